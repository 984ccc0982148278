/** Files by their content: messages, spends, and what is none of ours, a copy, or refused. */
import { type Envelope, GapError, type MessageType, openEnvelope, sha256 } from '@airlock/gap';
import type { Context, FileFacts } from './context.ts';
import type { FindingCode } from './findings.ts';
import { isJson, readSpendFile, type SpendFile } from './messages/spend-file.ts';
import type { InputFile } from './read-files.ts';

/** The messages that cross the gap, and the file of a spend, which is none of them. */
export type FileType = MessageType | 'spend';

export interface OpenedMessage {
  readonly file: InputFile;
  readonly type: MessageType;
  readonly envelope: Envelope;
}

export interface OpenedSpend {
  readonly file: InputFile;
  readonly type: 'spend';
  readonly spend: SpendFile;
}

export type Opened = OpenedMessage | OpenedSpend;

export interface PartialReport extends FileFacts {
  readonly path: string;
  readonly type: FileType | 'unknown';
  readonly isSkipped?: true;
}

/** COSE_Sign's tag in its only deterministic encoding: every message begins so. */
const FIRST_BYTES = [0xd8, 0x62] as const;

const GAP_CODES: Partial<Record<GapError['code'], FindingCode>> = {
  key_unknown: 'card_missing',
  signature_invalid: 'signature_invalid',
  root_mismatch: 'root_mismatch',
  chain_broken: 'chain_broken',
};

export function addGapError(error: unknown, file: InputFile, context: Context): void {
  if (!(error instanceof GapError)) throw error;
  const code = GAP_CODES[error.code] ?? 'encoding';
  context.add({ code, file: file.path, message: `${error.code}: ${error.message}` });
}

const unknown = ({ path }: InputFile, holds: string): PartialReport => ({
  path,
  type: 'unknown',
  keyringId: null,
  holds,
  notes: [],
});

/** A file of another kind: skipped in a folder, a finding if it was named. */
function openForeign(file: InputFile, message: string, context: Context): PartialReport {
  const report = unknown(file, 'not an Airlock file');
  if (!file.isNamed) return { ...report, isSkipped: true };
  context.add({ code: 'file_not_airlock', file: file.path, message });
  return report;
}

/** @returns null if it is JSON of another kind. @throws GapError */
function openOurs(file: InputFile): Opened | null {
  if (!isJson(file.bytes)) {
    const envelope = openEnvelope(file.bytes);
    return { file, type: envelope.type, envelope };
  }
  const spend = readSpendFile(file.bytes);
  return spend === null ? null : { file, type: 'spend', spend };
}

/** A file by its content; a report if it is none of ours, a copy, or refused. */
export function openFile(
  file: InputFile,
  seen: Map<string, string>,
  context: Context,
): Opened | PartialReport {
  const { bytes, path } = file;
  if (!isJson(bytes) && !FIRST_BYTES.every((byte, index) => bytes[index] === byte)) {
    return openForeign(file, 'it does not begin as an Airlock file does', context);
  }
  const digest = sha256(bytes);
  const sameAs = seen.get(digest);
  if (sameAs !== undefined) {
    return { ...unknown(file, `the same bytes as ${sameAs}`), isSkipped: true };
  }
  try {
    const opened = openOurs(file);
    if (opened === null) {
      const message =
        'expected the JSON object that "airlock-signer spend" writes (bundleHash, trytes, record), got other JSON: leave it out';
      return openForeign(file, message, context);
    }
    seen.set(digest, path);
    return opened;
  } catch (error) {
    seen.set(digest, path);
    addGapError(error, file, context);
    return unknown(file, 'refused before its type was known');
  }
}
