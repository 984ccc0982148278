/** Whole sets of files: clean ones give no finding, and each planted fault gives its code. */

import {
  type CborMap,
  decodeCbor,
  encodeCbor,
  leavesOf,
  merklePaths,
  openAddressBatch,
  openEnvelope,
  sealEnvelope,
  uuidCommitment,
} from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import {
  auditOf,
  batchOf,
  cards,
  coordinator,
  type Files,
  finalized,
  findingsOf,
  inputSlots,
  keyOf,
  keysOf,
  OTHER_KEYRING,
  ownSlot,
  paymentSlot,
  type RespondOptions,
  requestOf,
  respond,
  signer,
  signerCard,
  slotOf,
  stranger,
  sweep,
  TestRecord,
} from './world.ts';

const [a, b, c, d] = await keysOf(1, 2, 3, 4);
const keys = [a, b, c, d];
const outside = 'OUTSIDE'.padEnd(81, '9');

/** One request, its answer, the record and the batch: nothing is wrong with it. */
function cleanSet(options: Partial<RespondOptions> = {}): Files {
  const batch = batchOf(keys);
  const record = new TestRecord().open({ batches: [batch] });
  const request = requestOf([sweep(a, b)], { expectedHead: record.head });
  const response = respond(request, keys, { record, ...options });
  return {
    ...cards,
    batch,
    request,
    response,
    record: record.exported(),
  };
}

/** The file with one bit turned; places below 0 count from the end. */
const turned = (file: Uint8Array, at: number): Uint8Array =>
  file.map((byte, index) => (index === (at + file.length) % file.length ? byte ^ 1 : byte));

describe('clean sets', () => {
  test('a batch, a request, its response and the record give no finding', () => {
    const result = auditOf(cleanSet());
    expect(result.findings).toEqual([]);
    expect(result.verdict).toBe('ok');
    expect(result.totals).toEqual({
      files: 6,
      findings: 0,
      keys: 4,
      keysSigned: 1,
      withdrawals: 0,
      entries: 4,
      voids: 0,
      signaturesVerified: 1,
    });
    expect(result.files.every(({ verdict }) => verdict === 'ok')).toBe(true);
  });

  test('levels 1 to 3, a withdrawal, a slip key and a cold output give no finding', async () => {
    const second = await keyOf(11, 2);
    const third = await keyOf(12, 3);
    const slip = await keyOf(13);
    const cold = await keyOf(14);
    const coldBatch = batchOf([cold], { identity: stranger, keyringId: OTHER_KEYRING });
    const opened = openAddressBatch(coldBatch, stranger.publicKey);
    const proof = {
      statementFile: opened.statementFile,
      index: 0,
      path: merklePaths(leavesOf(opened.addresses))[0]!,
      commitment: uuidCommitment(cold.uuid),
    };
    const slipRole = {
      kind: 'input',
      key: { kind: 'slip', slipDigest: '0'.repeat(64), index: 0 },
      securityLevel: 1,
    } as const;
    const bundle = finalized([
      ...inputSlots(second, 50n),
      ...inputSlots(third, 40n),
      slotOf(slip.address, -10n, slipRole),
      paymentSlot(outside, 30n, 1),
      slotOf(cold.address, 30n, { kind: 'cold', securityLevel: 1, proof }),
      ownSlot(a, 40n),
    ]);
    const record = new TestRecord().open();
    const request = requestOf([bundle, sweep(b, c)], { expectedHead: record.head });
    const response = respond(request, [second, third, slip, b], { record });
    const files = {
      ...cards,
      'cold.card': signerCard({ identity: stranger, keyringId: OTHER_KEYRING }),
      request,
      response,
      coldBatch,
    };
    const result = auditOf(files);
    expect(result.findings).toEqual([]);
    expect(result.totals.signaturesVerified).toBe(4);
    expect(result.totals.withdrawals).toBe(1);
    const { notes } = result.files.find(({ path }) => path === 'request')!;
    expect(notes).toEqual(['6 of its own keys are not in any given batch']);

    // The slip's key has its UUID from the verdict: a second hash is found by the address alone.
    const again = finalized([slotOf(slip.address, -10n, slipRole), ownSlot(d, 10n)]);
    const other = requestOf([again], { sequence: 2, expectedHead: record.head });
    const both = { ...files, other, answer: respond(other, [slip], { record }) };
    expect(findingsOf(both)).toEqual(['key_two_hashes response answer']);
  });

  test('the same file twice is skipped, and neither twice an answer nor an older record is a fault', () => {
    const record = new TestRecord().open();
    const older = record.exported();
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    const response = respond(request, keys, { record });
    const files = { ...cards, older, request, response, copy: request, newer: record.exported() };
    const result = auditOf(files);
    expect(result.findings).toEqual([]);
    const copy = result.files.find(({ path }) => path === 'copy');
    expect(copy).toMatchObject({ verdict: 'skipped', holds: 'the same bytes as request' });
  });

  test('an output to a key that signs later is no fault', () => {
    const record = new TestRecord().open();
    const first = requestOf([sweep(a, b)], { expectedHead: record.head });
    const one = respond(first, keys, { record });
    const second = requestOf([sweep(b, c)], { sequence: 2, expectedHead: record.head });
    const two = respond(second, keys, { record });
    expect(findingsOf({ ...cards, second, first, one, two })).toEqual([]);
  });
});

describe('envelopes and cards', () => {
  test('file_not_airlock: a named file of another kind; in a folder it is skipped', () => {
    const bytes = Buffer.from('hello');
    expect(findingsOf({ ...cards, letter: bytes })).toEqual(['file_not_airlock letter']);
  });

  test('encoding: a truncated file, and one with a byte too many', () => {
    const batch = batchOf(keys);
    const long = new Uint8Array([...batch, 0]);
    expect(findingsOf({ ...cards, batch: batch.slice(0, -1), long })).toEqual([
      'encoding batch',
      'encoding long',
    ]);
  });

  test('encoding: a batch that holds a UUID twice', () => {
    expect(findingsOf({ ...cards, batch: batchOf([a, a]) })).toEqual(['encoding batch']);
  });

  test('card_missing: no card of the key that signed it', () => {
    const { 'signer.card': _, ...files } = cleanSet();
    expect(findingsOf(files)).toEqual([
      'card_missing batch',
      'card_missing record',
      'card_missing response',
      'keyring_unknown request',
    ]);
  });

  test('card_role: a request signed by the signer, a batch signed by the coordinator', () => {
    const batch = batchOf(keys, { identity: coordinator });
    const request = requestOf([sweep(a, b)], { identity: signer });
    expect(findingsOf({ ...cards, batch, request })).toEqual([
      'card_role batch',
      'card_role request',
    ]);
  });

  test('signature_invalid: the last byte of each signature turned', () => {
    const { 'coordinator.card': card, 'signer.card': _, ...files } = cleanSet();
    const broken = Object.entries(files).map(([name, bytes]) => [name, turned(bytes, -1)] as const);
    expect(
      findingsOf({ ...cards, card: turned(card!, -1), ...Object.fromEntries(broken) }),
    ).toEqual(
      ['batch', 'card', 'record', 'request', 'response'].map((name) => `signature_invalid ${name}`),
    );
  });

  test('card_untrusted: the words are not among those on paper', () => {
    const result = auditOf(cards);
    const words = result.files.map((file) => file.words!);
    expect(words.every((text) => text.split(' ').length === 8)).toBe(true);
    expect(findingsOf(cards, words)).toEqual([]);
    expect(findingsOf(cards, [words[0]!.toUpperCase().replaceAll(' ', '-')])).toEqual([
      'card_untrusted coordinator.card',
    ]);
    expect(findingsOf({ ...cards, batch: batchOf(keys) }, [words[1]!])).toEqual([
      'card_missing batch',
      'card_untrusted signer.card',
    ]);
  });

  test('card_conflict: one key with two keyrings, one keyring on two networks; a new label is none', () => {
    const network = signerCard({ identity: stranger, network: 'devnet' });
    const keyring = signerCard({ keyringId: OTHER_KEYRING });
    const label = signerCard({ label: 'vault 2' });
    expect(findingsOf({ ...cards, network, keyring, label })).toEqual([
      'card_conflict signer.card keyring',
      'card_conflict signer.card network',
    ]);
  });

  test('a second key for one keyring is no finding, but a note', () => {
    const result = auditOf({ ...cards, second: signerCard({ identity: stranger }) });
    expect(result.findings).toEqual([]);
    expect(result.files.find(({ path }) => path === 'second')!.notes).toEqual([
      'its keyring is shown with another key by signer.card',
    ]);
  });

  test('a statement alone is verified by its signature', () => {
    const statement = openAddressBatch(batchOf(keys), signer.publicKey).statementFile;
    expect(findingsOf({ ...cards, statement })).toEqual([]);
    expect(findingsOf({ ...cards, statement: turned(statement, -1) })).toEqual([
      'signature_invalid statement',
    ]);
  });
});

describe('batches', () => {
  test('keyring_mismatch and network_mismatch: other than on the card', () => {
    const keyring = batchOf(keys, { keyringId: OTHER_KEYRING });
    const network = batchOf([a], { number: 2, network: 'devnet' });
    expect(findingsOf({ ...cards, keyring })).toEqual(['keyring_mismatch keyring']);
    expect(findingsOf({ ...cards, network })).toEqual(['network_mismatch network']);
  });

  test('root_mismatch: other addresses than those of the signed root', () => {
    const mine = openAddressBatch(batchOf([a, b]), signer.publicKey);
    const fields = decodeCbor(openEnvelope(batchOf([a, c])).payload) as CborMap;
    const payload = encodeCbor(new Map([...fields, [1n, mine.statementFile]]));
    const batch = sealEnvelope('address-batch', payload, [signer]);
    expect(findingsOf({ ...cards, batch })).toEqual(['root_mismatch batch']);
  });

  test('batch_two_roots: one number with two roots, in two batches or in batch and record', () => {
    const one = batchOf([a]);
    const two = batchOf([b]);
    expect(findingsOf({ ...cards, one, two })).toEqual(['batch_two_roots one two']);
    const record = new TestRecord().open({ batches: [] });
    record.append({ kind: 'issued', batch: 1, count: 1, root: 'ab'.repeat(32) });
    expect(findingsOf({ ...cards, one, record: record.exported() })).toEqual([
      'batch_two_roots one record',
    ]);
  });
});
