/** What the signer's commands need from outside: disk, clock, randomness and the officer's terminal. */
import type { Disk } from './disk.ts';

export interface Terminal {
  /** A line on standard output. */
  readonly out: (line: string) => void;
  /** A line on standard error. */
  readonly note: (line: string) => void;
  /** Progress of long work, on standard error if that is a terminal. */
  readonly progress: (done: number, total: number) => void;
  /** Asks for a line; null where nobody can answer. Hidden input is not echoed. */
  readonly ask: (question: string, hidden: boolean) => Promise<string | null>;
}

export interface Environment {
  readonly disk: Disk;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  readonly terminal: Terminal;
}
