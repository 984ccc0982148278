/** The real terminal: lines out, and lines in without echo where they are secret. */
import { createInterface } from 'node:readline';
import type { Terminal } from './environment.ts';

const ENTER = ['\r', '\n'];
const BACKSPACE = ['\u007f', '\b'];
const CTRL_C = '\u0003';

/** Reads a line key by key without echo. */
function askHidden(question: string): Promise<string | null> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  return new Promise((resolve) => {
    let line = '';
    const finish = (answer: string | null): void => {
      stdin.setRawMode(false);
      stdin.pause();
      stdin.off('data', onData);
      stderr.write('\n');
      resolve(answer);
    };
    const onData = (text: string): void => {
      for (const key of text) {
        if (ENTER.includes(key) || key === CTRL_C) {
          finish(key === CTRL_C ? null : line);
          return;
        }
        line = BACKSPACE.includes(key) ? line.slice(0, -1) : line + key;
      }
    };
    stdin.on('data', onData);
  });
}

function askVisible(question: string): Promise<string | null> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    reader.on('close', () => resolve(null));
    reader.question(question, (answer) => {
      resolve(answer);
      reader.close();
    });
  });
}

export const nodeTerminal: Terminal = {
  out: (line) => process.stdout.write(`${line}\n`),
  note: (line) => process.stderr.write(`${line}\n`),
  progress: (done, total) => {
    if (!process.stderr.isTTY || total < 2) return;
    process.stderr.write(`\r${done} of ${total}${done === total ? '\n' : ''}`);
  },
  ask: async (question, hidden) => {
    if (!process.stdin.isTTY) return null;
    return hidden ? askHidden(question) : askVisible(question);
  },
};
