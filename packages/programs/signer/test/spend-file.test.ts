/** The file of a spend: what of the record goes into it, and what is refused when it comes back. */
import {
  EMPTY_HEAD,
  GapError,
  headOf,
  type RecordEvent,
  readEntry,
  type SealedEntry,
  sealEntry,
} from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import {
  encodeSpendFile,
  isSpendFile,
  openSpendFile,
  SPEND_ENTRIES_MAX,
  SPEND_FILE_BYTES_MAX,
  sinceLastAnswer,
} from '../src/spend-file.ts';
import { addressOf, NOW, openedEvent, PAIRED, SIGNER, STRANGER } from './world.ts';

const bundleHash = addressOf('B');
const alone: RecordEvent = {
  kind: 'signed-alone',
  verdict: { bundleHash, keys: [['ab'.repeat(32), 2]], withdrawalIds: [] },
};
const voided: RecordEvent = {
  kind: 'voided',
  requestId: `sr_${'1'.repeat(32)}`,
  sequence: 1,
  requestDigest: 'ab'.repeat(32),
  bundleHashes: [bundleHash],
  frees: false,
};
const signed: RecordEvent = {
  kind: 'signed',
  requestId: `sr_${'1'.repeat(32)}`,
  sequence: 1,
  requestDigest: 'ab'.repeat(32),
  verdicts: [{ bundleHash, keys: [['ab'.repeat(32), 2]], withdrawalIds: [] }],
};

function chain(events: readonly RecordEvent[], identity = SIGNER): SealedEntry[] {
  let head = EMPTY_HEAD;
  return events.map((event) => {
    const sealed = sealEntry(head, { at: NOW, event }, identity);
    head = headOf(readEntry(sealed, identity.publicKey), sealed.body);
    return sealed;
  });
}

const file = (entries: readonly SealedEntry[]): Uint8Array =>
  encodeSpendFile({ bundleHash, trytes: ['9'.repeat(2673)], entries });

function codeOf(bytes: Uint8Array): string {
  try {
    openSpendFile(bytes, SIGNER.publicKey);
    return '';
  } catch (cause) {
    if (cause instanceof GapError) return cause.code;
    throw cause;
  }
}

const text = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

describe('entries since the last answer', () => {
  test.each<[string, RecordEvent[], number]>([
    ['all, if nothing was answered', [openedEvent(), PAIRED, alone], 3],
    ['those after a signed request', [openedEvent(), signed, PAIRED, alone], 2],
    ['those after a void', [openedEvent(), signed, voided, alone], 1],
    ['those after other spends, too', [openedEvent(), signed, alone, alone], 2],
  ])('are %s', (_, events, count) => {
    const entries = chain(events);
    expect(sinceLastAnswer(entries, SIGNER.publicKey)).toEqual(entries.slice(-count));
  });

  test('are the last ones if there are many', () => {
    const entries = chain([openedEvent(), ...Array<RecordEvent>(SPEND_ENTRIES_MAX).fill(alone)]);
    expect(sinceLastAnswer(entries, SIGNER.publicKey)).toEqual(entries.slice(1));
  });
});

describe('a spend that comes back', () => {
  const entries = chain([openedEvent(), PAIRED, alone]);

  test('gives the entries that it was written with', () => {
    expect(isSpendFile(file(entries))).toBe(true);
    expect(openSpendFile(file(entries), SIGNER.publicKey)).toEqual(entries);
  });

  test('at its most entries is read; with one more it is refused', () => {
    const many = chain(Array<RecordEvent>(SPEND_ENTRIES_MAX + 1).fill(alone));
    expect(codeOf(file(many.slice(1)))).toBe('');
    expect(codeOf(file(many))).toBe('field_range');
  });

  const { record } = JSON.parse(Buffer.from(file(entries)).toString('utf8')) as {
    record: string[];
  };
  test.each<[string, string, Uint8Array]>([
    ['without a record', 'field_missing', text({ bundleHash, trytes: [] })],
    ['with an empty record', 'field_range', text({ bundleHash, record: [] })],
    ['with a record that is no list', 'field_missing', text({ bundleHash, record: 'AAAA' })],
    ['with an entry that is no text', 'field_type', text({ bundleHash, record: [1] })],
    ['with an entry that is no base64', 'field_type', text({ bundleHash, record: ['!'] })],
    ['with an entry that is cut', 'cbor_truncated', text({ bundleHash, record: ['oQE='] })],
    ['of another bundle', 'field_range', text({ bundleHash: addressOf('C'), record })],
    ['without its own entry', 'field_range', text({ bundleHash, record: record.slice(0, 2) })],
    ['of another signer', 'signature_invalid', file(chain([alone], STRANGER))],
    ['that is no object', 'envelope_malformed', text('null')],
    ['that is no JSON', 'envelope_malformed', text('{"bundleHash":')],
    ['that is too long', 'too_large', new Uint8Array(SPEND_FILE_BYTES_MAX + 1).fill(32)],
  ])('%s is refused: %s', (_, code, bytes) => {
    expect(codeOf(bytes)).toBe(code);
  });
});
