/** Spends without a request: what is believed of them, and each planted fault by its code. */
import { uuidCommitment } from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import { audit } from '../src/audit.ts';
import { fileOf, type SpendOptions, spendJson, spendOf } from './spend-world.ts';
import {
  auditOf,
  batchOf,
  cards,
  findingsOf,
  keyOf,
  keysOf,
  OTHER_KEYRING,
  requestOf,
  respond,
  signerCard,
  slipOf,
  stranger,
  sweep,
  TestRecord,
  withdrawalIdOf,
} from './world.ts';

const [a, b, c] = await keysOf(1, 2, 3);
const second = await keyOf(11, 2);
const third = await keyOf(12, 3);
const PAYEE = 'PAYEE'.padEnd(81, '9');
const OTHER_PAYEE = 'OTHER'.padEnd(81, '9');
const batch = batchOf([a, b, c, second, third]);
const base = { ...cards, batch };

const opened = (): TestRecord => new TestRecord().open({ batches: [batch] });
const spendA = (options: Partial<SpendOptions> = {}): Uint8Array =>
  spendOf([a], PAYEE, { record: opened(), ...options });
/** The findings of one spend of key a. */
const found = (options: Partial<SpendOptions>): string[] =>
  findingsOf({ ...base, spend: spendA(options) });

describe('an honest spend', () => {
  test('gives no finding; its keys, entries and one-time signatures count', () => {
    const record = opened();
    const spend = spendOf([a, second, third], PAYEE, { record });
    const result = auditOf({ ...base, spend, record: record.exported() });
    expect(result.findings).toEqual([]);
    expect(result.totals).toMatchObject({ keys: 5, keysSigned: 3, entries: 4 });
    expect(result.totals.signaturesVerified).toBe(3);
    const { bundleHash } = spendJson([a, second, third], PAYEE, { record: opened() });
    expect(result.files.find(({ path }) => path === 'spend')).toMatchObject({
      type: 'spend',
      verdict: 'ok',
      keyringId: expect.stringMatching(/^kr_/),
      holds: `bundle ${bundleHash}, made by the signer without a request: 3 inputs, 1 payees, 4 entries`,
      notes: [`signed bundle ${bundleHash} without a request, entry 4`],
    });
  });

  test('is part of the progress that is shown', () => {
    const files = Object.entries({ ...base, spend: spendOf([a, b], PAYEE, { record: opened() }) });
    const inputs = files.map(([path, bytes]) => ({ path, bytes, isNamed: true }));
    const steps: string[] = [];
    const onProgress = (done: number, total: number): void => {
      steps.push(`${done} of ${total}`);
    };
    audit(inputs, [], { trusted: null, onProgress });
    expect(steps).toEqual(['1 of 2', '2 of 2']);
  });

  test('after other answers, with its own entries alone, laid out by another tool, twice', () => {
    const record = opened();
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    const response = respond(request, [a], { record });
    const json = spendJson([c], PAYEE, { record, from: record.entries.length });
    const pretty = fileOf(JSON.stringify(json, null, 2));
    const files = { ...base, request, response, spend: fileOf(json), copy: fileOf(json), pretty };
    const result = auditOf(files);
    expect(result.findings).toEqual([]);
    expect(result.totals).toMatchObject({ keysSigned: 2, entries: 3, signaturesVerified: 3 });
    expect(result.files.find(({ path }) => path === 'copy')?.holds).toBe('the same bytes as spend');
  });

  test('whose keys are in no batch given is noted, not blamed', () => {
    const result = auditOf({ ...cards, spend: spendA() });
    expect(result.findings).toEqual([]);
    const { notes } = result.files.find(({ path }) => path === 'spend')!;
    expect(notes[1]).toBe('1 of its own keys are not in any given batch');
  });
});

describe('one key, two hashes', () => {
  test('key_two_hashes: two spends of one signer, with or without the batch', () => {
    const record = opened();
    const one = spendOf([a], PAYEE, { record });
    const two = spendOf([a], OTHER_PAYEE, { record });
    for (const files of [base, cards]) {
      expect(findingsOf({ ...files, one, two })).toEqual(['key_two_hashes one two']);
    }
    const [finding] = auditOf({ ...base, one, two }).findings;
    expect(finding!.message).toContain(a.address);
  });

  test('key_two_hashes and record_fork: two copies of a home', () => {
    const record = opened();
    const copy = record.copied();
    const one = spendOf([a], PAYEE, { record });
    const two = spendOf([a], OTHER_PAYEE, { record: copy });
    expect(findingsOf({ ...base, one, two })).toEqual([
      'key_two_hashes one two',
      'record_fork one two',
    ]);
  });

  test('key_two_hashes: a spend and a response; a record tells the same', () => {
    const record = opened();
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    const response = respond(request, [a], { record });
    const spend = spendOf([a], PAYEE, { record, from: record.entries.length });
    const files = { ...base, request, response, spend };
    expect(findingsOf(files)).toEqual(['key_two_hashes spend response']);
    expect(findingsOf({ ...files, record: record.exported() })).toEqual([
      'key_two_hashes response spend',
    ]);
  });

  test('key_two_hashes: by the signature alone, though the record was taken from its entry', () => {
    const one = spendA();
    const record = opened();
    const json = spendJson([a], OTHER_PAYEE, { record });
    const cut = fileOf({ ...json, record: json.record.slice(0, -1) });
    expect(findingsOf({ ...base, one, cut })).toEqual([
      'key_two_hashes one cut',
      'verdict_mismatch cut',
    ]);
  });

  test('no key_two_hashes by a signature that is none: nobody is accused by what he did not sign', () => {
    const one = spendA();
    const json = spendJson([a], OTHER_PAYEE, { record: opened() });
    const [pays, spends] = json.trytes as [string, string];
    const forged = `${spends[0] === 'A' ? 'B' : 'A'}${spends.slice(1)}`;
    const cut = fileOf({
      ...json,
      trytes: [pays, forged],
      record: json.record.slice(0, -1),
    });
    expect(findingsOf({ ...base, one, cut })).toEqual(['verdict_mismatch cut', 'wots_invalid cut']);
  });

  test('key_requested_twice: asked for after it was spent alone', () => {
    const request = requestOf([sweep(a, b)]);
    expect(findingsOf({ ...base, spend: spendA(), request })).toEqual([
      'key_requested_twice spend request',
    ]);
  });

  test('surrendered_signed and key_not_issued come through the entries', async () => {
    const record = opened();
    record.append({ kind: 'surrendered', commitment: uuidCommitment(a.uuid) });
    expect(found({ record })).toEqual(['surrendered_signed spend spend']);
    const [stray] = await keysOf(77);
    const spend = spendOf([stray], PAYEE, { record: opened() });
    expect(findingsOf({ ...base, spend })).toEqual(['key_not_issued spend']);
  });
});

describe('whose it is', () => {
  test('card_missing: no card shows the key that signed the entries', () => {
    const record = new TestRecord(stranger).open();
    const spend = spendOf([a], PAYEE, { record });
    expect(findingsOf({ ...base, spend })).toEqual(['card_missing spend']);
    const { 'signer.card': _, ...rest } = cards;
    const none = auditOf({ ...rest, spend: spendA() });
    expect(none.findings.map(({ code }) => code)).toEqual(['card_missing']);
    expect(none.findings[0]!.message).toContain('none of the 0 cards of signers');
    expect(none.files.find(({ path }) => path === 'spend')).toMatchObject({
      type: 'spend',
      keyringId: null,
      holds: 'refused, not looked into',
    });
    expect(none.totals).toMatchObject({ keys: 0, signaturesVerified: 0 });
  });

  test('card_missing: an untrusted card counts for nothing', () => {
    const words = auditOf(cards).files.map((file) => file.words!);
    expect(findingsOf({ ...cards, spend: spendA() }, [words[1]!])).toEqual([
      'card_missing spend',
      'card_untrusted signer.card',
    ]);
  });

  test('of several signers, the one whose key signed the entries', () => {
    const card = signerCard({ identity: stranger, keyringId: OTHER_KEYRING });
    const record = new TestRecord(stranger).open({ keyringId: OTHER_KEYRING });
    const spend = spendOf([a], PAYEE, { record });
    const result = auditOf({ ...cards, card, spend });
    expect(result.findings).toEqual([]);
    expect(result.files.find(({ path }) => path === 'spend')!.keyringId).toBe(OTHER_KEYRING);
  });

  test('record_opening: its first entry opens another keyring', () => {
    const record = new TestRecord().open({ keyringId: OTHER_KEYRING, batches: [batch] });
    expect(found({ record })).toEqual(['record_opening spend']);
  });
});

describe('its record', () => {
  const cut = (change: (record: readonly string[]) => readonly unknown[]): string[] => {
    const json = spendJson([a], PAYEE, { record: opened() });
    return findingsOf({ ...base, spend: fileOf({ ...json, record: change(json.record) }) });
  };

  test('chain_broken: an entry in the middle left out, two exchanged, one of another record', () => {
    expect(cut((record) => record.toSpliced(1, 1))).toEqual(['chain_broken spend']);
    expect(cut(([x, y, ...rest]) => [y, x, ...rest])).toEqual(['chain_broken spend']);
    const other = spendJson([b], PAYEE, { record: opened() });
    expect(cut((record) => [...other.record, ...record.slice(-1)])).toEqual(['chain_broken spend']);
  });

  test('verdict_mismatch: the last entry left out, or of another bundle', () => {
    expect(cut((record) => record.slice(0, -1))).toEqual(['verdict_mismatch spend']);
    const record = opened();
    const json = spendJson([a], PAYEE, { record });
    const next = spendJson([b], PAYEE, { record });
    const spend = fileOf({ ...json, record: next.record });
    expect(findingsOf({ ...base, spend })).toEqual(['verdict_mismatch spend']);
  });

  test('record_fork: another continuation than that of the record given', () => {
    const record = opened();
    const copy = record.copied();
    copy.append({ kind: 'network-accepted' });
    const spend = spendOf([a], PAYEE, { record });
    expect(findingsOf({ ...base, spend, copy: copy.exported() })).toEqual([
      'record_fork copy spend',
    ]);
  });

  test('verdict_mismatch: keys of other commitments, levels, or another number; withdrawals', () => {
    expect(found({ keys: () => [[uuidCommitment(b.uuid), 1]] })).toEqual([
      'verdict_mismatch spend batch',
    ]);
    expect(found({ keys: () => [[uuidCommitment(a.uuid), 2]] })).toContain(
      'verdict_mismatch spend',
    );
    const more = [uuidCommitment(b.uuid), 1] as const;
    expect(found({ keys: (keys) => [...keys, more] })).toEqual(['verdict_mismatch spend']);
    expect(found({ withdrawalIds: [withdrawalIdOf(1)] })).toEqual(['verdict_mismatch spend']);
  });

  test('verdict_mismatch: commitments of two inputs exchanged', () => {
    const keys: SpendOptions['keys'] = ([x, y]) => [y!, x!];
    const spend = spendOf([a, b], PAYEE, { record: opened(), keys });
    expect(findingsOf({ ...base, spend })).toEqual(['verdict_mismatch spend batch']);
    // Without batch and slip nobody can tell; a slip is enough.
    expect(findingsOf({ ...cards, spend })).toEqual([]);
    const slip = slipOf([a, b]);
    expect(findingsOf({ ...cards, slip, spend })).toEqual(['verdict_mismatch spend slip']);
  });
});
