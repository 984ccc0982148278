/**
 * The real terminal: lines out, lines in without echo where they are secret, screens of codes and keys.
 * Keys come from standard input, or from the terminal itself where that is another program's output.
 */
import { openSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ReadStream } from 'node:tty';
import { ScannerLines } from './crossing/scanner-lines.ts';
import { isSystemError } from './disk.ts';
import type { Terminal } from './environment.ts';
import { SecretLine } from './secret-line.ts';

function openTerminal(): ReadStream | null {
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch (cause) {
    if (isSystemError(cause)) return null;
    throw cause;
  }
}

let opened: ReadStream | null | undefined;

/** Where an officer's keys come from; null where nobody can type. */
function keyboard(): ReadStream | null {
  if (process.stdin.isTTY) return process.stdin;
  opened ??= openTerminal();
  return opened;
}

/** Hands out chunks in raw mode until `take` has a result. */
function readKeys<T>(input: ReadStream, take: (chunk: Buffer) => T | undefined): Promise<T> {
  input.setRawMode(true);
  input.resume();
  return new Promise((resolve) => {
    const onData = (chunk: Buffer): void => {
      const result = take(chunk);
      if (result === undefined) return;
      input.off('data', onData);
      input.setRawMode(false);
      input.pause();
      resolve(result);
    };
    input.on('data', onData);
  });
}

/** Reads a line key by key without echo. */
async function askSecret(input: ReadStream, question: string): Promise<Uint8Array | null> {
  process.stderr.write(question);
  const line = new SecretLine();
  const state = await readKeys(input, (chunk) => {
    const now = line.type(chunk);
    return now === 'open' ? undefined : now;
  });
  process.stderr.write('\n');
  const typed = line.take();
  if (state === 'entered') return typed;
  typed.fill(0);
  return null;
}

/** Asks for a line that is echoed; null at Ctrl-C or the input's end, the cursor then on a line of its own. */
export function askVisible(
  input: NodeJS.ReadableStream,
  question: string,
  output: NodeJS.WritableStream = process.stderr,
): Promise<string | null> {
  const reader = createInterface({ input, output });
  return new Promise((resolve) => {
    let isAnswered = false;
    // After Ctrl-Z and fg.
    reader.on('SIGCONT', () => reader.prompt());
    reader.on('close', () => {
      if (!isAnswered) output.write('\n');
      resolve(null);
    });
    reader.question(question, (answer) => {
      isAnswered = true;
      resolve(answer);
      reader.close();
    });
  });
}

/** Waits for a key; where nobody can type, only for the time. */
function nextKey(waitMs: number): Promise<string | null> {
  const input = keyboard();
  return new Promise((resolve) => {
    let onData: (chunk: Buffer) => void = () => undefined;
    const end = (key: string | null): void => {
      clearTimeout(timer);
      input?.off('data', onData);
      input?.setRawMode(false);
      input?.pause();
      resolve(key);
    };
    onData = (chunk) => end(chunk.toString('utf8'));
    const timer = Number.isFinite(waitMs) ? setTimeout(() => end(null), waitMs) : undefined;
    input?.setRawMode(true);
    input?.resume();
    input?.on('data', onData);
  });
}

const QUIET_MS = 600;

/** A scanner types on until it is put down: nothing of that may get into the next prompt. */
function untilQuiet(input: ReadStream): Promise<void> {
  return new Promise((resolve) => {
    const restart = (): void => void timer.refresh();
    const timer = setTimeout(() => {
      input.off('data', restart);
      resolve();
    }, QUIET_MS);
    input.on('data', restart);
    input.resume();
  });
}

/** Chunks are taken in as they are asked for: a flood waits in its pipe. */
async function* scannedLines(): AsyncGenerator<string> {
  const { stdin } = process;
  const scanned = new ScannerLines();
  const waiting: string[] = [];
  let isOver = false;
  let wake: () => void = () => undefined;
  const take = (lines: readonly string[]): void => {
    waiting.push(...lines);
    wake();
  };
  const onData = (chunk: Buffer): void => {
    const { lines, isCancelled } = scanned.take(chunk.toString('latin1'));
    isOver ||= isCancelled;
    stdin.pause();
    take(lines);
  };
  const onEnd = (): void => {
    isOver = true;
    take(scanned.rest());
  };
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('data', onData).on('end', onEnd);
  try {
    for (;;) {
      const line = waiting.shift();
      if (line !== undefined) yield line;
      else if (isOver) return;
      else {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        stdin.resume();
        await woken;
      }
    }
  } finally {
    stdin.off('data', onData).off('end', onEnd);
    if (stdin.isTTY) {
      await untilQuiet(stdin);
      stdin.setRawMode(false);
      stdin.pause();
    } else {
      stdin.destroy();
    }
  }
}

/** Another screen, whose cursor is hidden; the one of before comes back (xterm's 1049 and 25). */
const ENTER_SCREEN = '\u001b[?1049h\u001b[?25l';
const LEAVE_SCREEN = '\u001b[?25h\u001b[?1049l';
const HOME_CURSOR = '\u001b[H';
const CLEAR_REST = '\u001b[J';
const ENDINGS = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;
let isPainted = false;

/** A screen may hold a seed: it goes before a signal ends the process as it would have. */
function leaveAndEnd(signal: (typeof ENDINGS)[number]): void {
  paint(null);
  // Of a terminal that is gone this fails, which must not keep the process.
  keyboard()
    ?.once('error', () => undefined)
    .setRawMode(false);
  process.kill(process.pid, signal);
}

/** A terminal that is gone has no more keys: the process would run out, and abort, before its signal. */
const hangUp = (): void => leaveAndEnd('SIGHUP');

function paint(lines: readonly string[] | null): void {
  const { stderr } = process;
  if (lines === null) {
    if (!isPainted) return;
    isPainted = false;
    stderr.write(LEAVE_SCREEN);
    for (const signal of ENDINGS) process.off(signal, leaveAndEnd);
    keyboard()?.off('end', hangUp);
    return;
  }
  if (!isPainted) {
    for (const signal of ENDINGS) process.on(signal, leaveAndEnd);
    keyboard()?.on('end', hangUp);
  }
  stderr.write(`${isPainted ? '' : ENTER_SCREEN}${HOME_CURSOR}${lines.join('\r\n')}${CLEAR_REST}`);
  isPainted = true;
}

const BAR_CELLS = 20;

/** A line that has nowhere to go may be one for the log: it is told where errors are. */
function writeOut(line: string): void {
  process.stdout.write(`${line}\n`, (cause) => {
    if (cause) process.stderr.write(`${line}\n`);
  });
}

export const nodeTerminal: Terminal = {
  out: writeOut,
  note: (line) => process.stderr.write(`${line}\n`),
  size: () => {
    const { isTTY, columns, rows } = process.stderr;
    return isTTY && keyboard() !== null ? { columns, rows } : null;
  },
  paint,
  key: nextKey,
  lines: scannedLines,
  progress: (done, total) => {
    if (!process.stderr.isTTY || total < 2) return;
    const filled = Math.floor((BAR_CELLS * done) / total);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)}`;
    const missing = done === total ? '\n' : `, ${total - done} missing  `;
    process.stderr.write(`\r${bar} ${done} of ${total}${missing}`);
  },
  ask: async (question) => {
    const input = keyboard();
    return input === null ? null : askVisible(input, question);
  },
  askSecret: async (question) => {
    const input = keyboard();
    return input === null ? null : askSecret(input, question);
  },
};
