/**
 * The state on disk: one JSON line for each change, whole or not at all. The first line names the
 * format; a last line without its line feed was torn by a crash and is dropped.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { decodeTransaction, isTrytes, TRANSACTION_TRYTES } from '@airlock/protocol';
import { DevNodeError } from './error.ts';
import { ECHO_CHARACTERS_MAX } from './limits.ts';
import type { Milestone } from './milestones.ts';
import type { NewTransaction } from './tangle.ts';

/** Transactions that arrived together, and the milestone if they end with one. */
export interface Change {
  readonly transactions: readonly NewTransaction[];
  readonly milestone?: Milestone;
}

/** Where changes are kept: `recorded` are those of earlier runs, in order. */
export interface StateLog {
  readonly recorded: Iterable<Change>;
  append(change: Change): void;
  close(): void;
}

const HEADER = '{"format":"airlock-dev-node-state","version":1}\n';
const LINE_FEED = 10;
const SHORTEST_RUN = 8;

/** Runs of 9, most of an empty transaction, as their length in parentheses. */
function packTrytes(trytes: string): string {
  return trytes.replace(/9+/g, (run) => (run.length < SHORTEST_RUN ? run : `(${run.length})`));
}

function unpackTrytes(packed: string): string {
  return packed.replace(/\((\d{1,4})\)/g, (_, length: string) => '9'.repeat(Number(length)));
}

/** An error's message, from whichever realm: file system errors in tests are not our Error. */
function reasonOf(cause: unknown): string {
  const message = (cause as { message?: unknown } | null)?.message;
  return typeof message === 'string' ? message : String(cause);
}

function encodeChange({ transactions, milestone }: Change): string {
  const packed = transactions.map(({ hash, trytes }) => ({ hash, trytes: packTrytes(trytes) }));
  return `${JSON.stringify({ transactions: packed, ...(milestone && { milestone }) })}\n`;
}

/** @throws TypeError, SyntaxError, ProtocolError if the line is not what encodeChange wrote */
function decodeChange(line: string): Change {
  const { transactions, milestone } = JSON.parse(line);
  if (!Array.isArray(transactions)) throw new TypeError('expected a list of transactions');
  const decoded = transactions.map(({ hash, trytes }) => {
    const unpacked = unpackTrytes(String(trytes));
    if (typeof hash !== 'string' || !isTrytes(hash, 81) || unpacked.length !== TRANSACTION_TRYTES) {
      throw new TypeError('expected a hash of 81 trytes and 2,673 trytes');
    }
    return { hash, trytes: unpacked, transaction: decodeTransaction(unpacked) };
  });
  if (milestone === undefined) return { transactions: decoded };
  const { index, hash } = milestone;
  if (!Number.isSafeInteger(index) || hash !== decoded.at(-1)?.hash) {
    throw new TypeError('expected a milestone that is the last transaction');
  }
  return { transactions: decoded, milestone: { index, hash } };
}

/** Changes of a file's whole lines. @throws DevNodeError state_corrupt */
function* decodeLines(content: Buffer, path: string): Generator<Change> {
  let from = HEADER.length;
  for (let number = 2; from < content.length; number += 1) {
    const to = content.indexOf(LINE_FEED, from);
    try {
      yield decodeChange(content.toString('utf8', from, to));
    } catch (cause) {
      const reason = reasonOf(cause);
      const message = `${path}: line ${number} is damaged: ${reason.slice(0, ECHO_CHARACTERS_MAX)}`;
      throw new DevNodeError('state_corrupt', message, { cause });
    }
    from = to + 1;
  }
}

/** The whole lines of a file; refuses a file that is not ours before anything is cut off it. */
function readWholeLines(path: string, file: number): Buffer {
  // A device may have no end.
  if (!fstatSync(file).isFile()) {
    throw new DevNodeError('state_unusable', `cannot use state file: ${path} is not a plain file`);
  }
  const content = readFileSync(file);
  if (HEADER.startsWith(content.toString('utf8', 0, HEADER.length + 1).slice(0, HEADER.length))) {
    const isWhole = content.length >= HEADER.length;
    return isWhole ? content.subarray(0, content.lastIndexOf(LINE_FEED) + 1) : Buffer.alloc(0);
  }
  throw new DevNodeError('state_corrupt', `${path}: not a state file of the dev node`);
}

/** Opens or makes the file. @throws DevNodeError state_unusable, state_corrupt */
export function openStateFile(path: string): StateLog {
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof DevNodeError) throw cause;
      throw new DevNodeError('state_unusable', `cannot use state file: ${reasonOf(cause)}`, {
        cause,
      });
    }
  };
  const file = attempt(() => openSync(path, 'a+', 0o600));
  const content = attempt(() => readWholeLines(path, file));
  let size = content.length;
  const write = (text: string): void => {
    const bytes = Buffer.from(text);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    } catch (error) {
      // What a full disk left of the line must not stand before the next one.
      ftruncateSync(file, size);
      throw error;
    }
    size += bytes.length;
  };
  attempt(() => ftruncateSync(file, size));
  if (size === 0) attempt(() => write(HEADER));
  return {
    recorded: decodeLines(content, path),
    append: (change) => attempt(() => write(encodeChange(change))),
    close: () => closeSync(file),
  };
}

/** Keeps nothing: the state ends with the process. */
export const NO_STATE: StateLog = { recorded: [], append: () => {}, close: () => {} };
