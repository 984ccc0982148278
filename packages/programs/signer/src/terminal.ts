/** The real terminal: lines out, and lines in without echo where they are secret. */
import { createInterface } from 'node:readline';
import type { Terminal } from './environment.ts';
import { SecretLine } from './secret-line.ts';

/** Reads a line key by key without echo. */
function askSecret(question: string): Promise<Uint8Array | null> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.resume();
  return new Promise((resolve) => {
    const line = new SecretLine();
    const onData = (chunk: Buffer): void => {
      const state = line.type(chunk);
      if (state === 'open') return;
      stdin.setRawMode(false);
      stdin.pause();
      stdin.off('data', onData);
      stderr.write('\n');
      const typed = line.take();
      if (state === 'cancelled') typed.fill(0);
      resolve(state === 'cancelled' ? null : typed);
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
  ask: async (question) => (process.stdin.isTTY ? askVisible(question) : null),
  askSecret: async (question) => (process.stdin.isTTY ? askSecret(question) : null),
};
