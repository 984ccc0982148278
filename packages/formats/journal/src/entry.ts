/**
 * A journal entry's one encoding: JSON with sorted keys and no white space, amounts as decimal
 * strings. SHA-256 of these bytes chains each entry to the next.
 */
import { createHash } from 'node:crypto';
import { JournalError } from './error.ts';
import type { JournalEntry } from './event.ts';
import { entrySchema } from './event-schema.ts';

/** Where a journal stands: how many entries it has and the hash of the last. */
export interface JournalHead {
  readonly number: number;
  readonly hash: string;
}

export const EMPTY_JOURNAL: JournalHead = { number: 0, hash: '0'.repeat(64) };

/** JSON with object keys in code-unit order and bigints as decimal strings. */
function canonical(value: unknown): string {
  if (typeof value === 'bigint') return JSON.stringify(value.toString());
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(fields).sort()) {
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonical(fields[key])}`;
  }
  return `{${text}}`;
}

export function encodeEntry(entry: JournalEntry): string {
  return canonical(entry);
}

/** The head after an encoded entry. */
export function headAfter(number: number, encoded: string): JournalHead {
  return { number, hash: createHash('sha256').update(encoded, 'utf8').digest('hex') };
}

/**
 * Parses an encoded entry that must follow `head`.
 * @throws JournalError entry_malformed, chain_broken
 */
export function decodeEntry(encoded: string, head: JournalHead): JournalEntry {
  let json: unknown;
  try {
    json = JSON.parse(encoded);
  } catch (cause) {
    throw new JournalError('entry_malformed', `entry ${head.number + 1} is no JSON`, cause);
  }
  const parsed = entrySchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = `${issue?.path.join('.')}: ${issue?.message}`;
    throw new JournalError('entry_malformed', `entry ${head.number + 1}: ${where}`, parsed.error);
  }
  const entry = parsed.data;
  if (encodeEntry(entry) !== encoded) {
    throw new JournalError(
      'entry_malformed',
      `entry ${head.number + 1} is not in its one encoding`,
    );
  }
  if (entry.number !== head.number + 1 || entry.previous !== head.hash) {
    throw new JournalError(
      'chain_broken',
      `expected entry ${head.number + 1} after ${head.hash}, but entry ${entry.number} after ${entry.previous} came`,
    );
  }
  return entry;
}
