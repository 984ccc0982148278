/** What the signer's commands need from outside: disk, clock, randomness and the officer's terminal. */
import type { Argon2 } from '@airlock/protocol';
import type { Disk } from './disk.ts';

export interface Terminal {
  /** A line on standard output. */
  readonly out: (line: string) => void;
  /** A line on standard error. */
  readonly note: (line: string) => void;
  /** Cells of the terminal, or null where there is none to show codes in. */
  readonly size: () => { readonly columns: number; readonly rows: number } | null;
  /** Paints a screen from its upper left corner; null gives the screen of before back. */
  readonly paint: (lines: readonly string[] | null) => void;
  /** The next key within so many milliseconds, or null. */
  readonly key: (waitMs: number) => Promise<string | null>;
  /** Lines on standard input until Ctrl-C or its end: a scanner's, not echoed, or another program's. */
  readonly lines: () => AsyncIterable<string>;
  /** Progress of long work, on standard error if that is a terminal. */
  readonly progress: (done: number, total: number) => void;
  /** Asks for a line; null where nobody can answer. */
  readonly ask: (question: string) => Promise<string | null>;
  /** Asks for a line that is not echoed, and is bytes from the first key on; the caller wipes them. */
  readonly askSecret: (question: string) => Promise<Uint8Array | null>;
}

export interface NetworkInterface {
  readonly name: string;
  readonly isUp: boolean;
  readonly isLoopback: boolean;
}

/** The machine as it is now. */
export interface System {
  /** The network interfaces that this process could use, addressed or not. */
  readonly interfaces: () => readonly NetworkInterface[];
  /** The swap areas in use. */
  readonly swaps: () => readonly string[];
  /** Why a crash could write this process's memory to a disk, or null if it cannot. */
  readonly coreDumps: () => string | null;
}

export interface Environment {
  readonly disk: Disk;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  readonly terminal: Terminal;
  readonly argon2: Argon2;
  readonly system: System;
  /** Runs before any command. @throws SignerError self_test_failed */
  readonly selfTest: () => Promise<void>;
}
