/** Keys across files: one key, one hash; one UUID, one address, one level. */

import { type RecordEvent, uuidCommitment } from '@airlock/gap';
import { bundleHash, encodeInteger } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import {
  auditOf,
  batchOf,
  cards,
  type Files,
  finalized,
  findingsOf,
  inputSlots,
  keyOf,
  keysOf,
  ownSlot,
  paymentSlot,
  requestOf,
  respond,
  signerCard,
  slotOf,
  stranger,
  sweep,
  type TestKey,
  TestRecord,
  uuidOf,
  withdrawalIdOf,
} from './world.ts';

const [a, b, c] = await keysOf(1, 2, 3);
const a2 = await keyOf(1, 2);
const outside = 'OUTSIDE'.padEnd(81, '9');

/** Any 81 trytes will do for a record alone. */
const hashOf = (number: number): string => encodeInteger(BigInt(number), 81);

function signedEvent(
  sequence: number,
  verdict: { uuid: string; hash: string; withdrawals?: readonly number[] },
): RecordEvent {
  return {
    kind: 'signed',
    requestId: `sr_${sequence.toString().padStart(32, '0')}`,
    sequence,
    requestDigest: sequence.toString(16).padStart(64, '0'),
    verdicts: [
      {
        bundleHash: verdict.hash,
        keys: [[uuidCommitment(verdict.uuid), 1]],
        withdrawalIds: (verdict.withdrawals ?? []).map(withdrawalIdOf),
      },
    ],
  };
}

describe('one key, one hash', () => {
  test('key_two_hashes: two answered requests', () => {
    const record = new TestRecord().open();
    const one = requestOf([sweep(a, b)], { expectedHead: record.head });
    const answer1 = respond(one, [a], { record });
    const two = requestOf([sweep(a, c)], { sequence: 2, expectedHead: record.head });
    const answer2 = respond(two, [a], { record });
    const files = { ...cards, one, two, answer1, answer2 };
    expect(findingsOf(files)).toEqual(['key_two_hashes answer1 answer2']);
    // The record says the same, but the responses are what was released.
    expect(findingsOf({ ...files, record: record.exported() })).toEqual([
      'key_two_hashes answer1 answer2',
    ]);
    const [finding] = auditOf(files).findings;
    expect(finding!.message).toContain(a.address);
    expect(finding!.message).toContain(bundleHash(sweep(a, b)));
    expect(finding!.message).toContain(bundleHash(sweep(a, c)));
  });

  test('key_two_hashes: the three levels of one UUID are one key', () => {
    const record = new TestRecord().open();
    const one = requestOf([sweep(a, b)], { expectedHead: record.head });
    const answer1 = respond(one, [a], { record });
    const two = requestOf([sweep(a2, c)], { sequence: 2, expectedHead: record.head });
    const answer2 = respond(two, [a2], { record });
    expect(findingsOf({ ...cards, one, two, answer1, answer2 })).toEqual([
      'key_two_hashes answer1 answer2',
      'uuid_two_addresses one two',
      'uuid_two_levels one two',
    ]);
  });

  test('key_requested_twice: the second is not signed, or neither is', () => {
    const record = new TestRecord().open();
    const one = requestOf([sweep(a, b)], { expectedHead: record.head });
    const answer = respond(one, [a], { record });
    const two = requestOf([sweep(a, c)], { sequence: 2, expectedHead: record.head });
    expect(findingsOf({ ...cards, one, two })).toEqual(['key_requested_twice one two']);
    expect(findingsOf({ ...cards, one, two, answer })).toEqual(['key_requested_twice answer two']);
  });

  test('the same bundle asked again in a later request is no fault', () => {
    const one = requestOf([sweep(a, b)]);
    const two = requestOf([sweep(a, b)], { sequence: 2 });
    expect(findingsOf({ ...cards, one, two })).toEqual([]);
  });

  test('one planted duplicate among 500 record entries is found, and nothing else', () => {
    const record = new TestRecord().open();
    for (let number = 1; number <= 500; number += 1) {
      record.append(signedEvent(number, { uuid: uuidOf(number), hash: hashOf(number) }));
    }
    const clean = { ...cards, record: record.exported() };
    expect(auditOf(clean)).toMatchObject({ findings: [], totals: { keys: 500, keysSigned: 500 } });
    record.append(signedEvent(501, { uuid: uuidOf(250), hash: hashOf(501) }));
    expect(findingsOf({ ...cards, record: record.exported() })).toEqual([
      'key_two_hashes record record',
    ]);
  });

  test('names that are tied only later bring their hashes and levels together', () => {
    const record = new TestRecord().open();
    record.append(signedEvent(4, { uuid: a.uuid, hash: hashOf(1) }));
    const role = {
      kind: 'input',
      key: { kind: 'slip', slipDigest: '0'.repeat(64), index: 0 },
      securityLevel: 2,
    } as const;
    const slots = [slotOf(a.address, -9n, role), slotOf(a.address, 0n, { kind: 'fragment' })];
    const one = requestOf([finalized([...slots, ownSlot(c, 9n)])], { sequence: 2 });
    const files = { ...cards, record: record.exported(), one };
    expect(findingsOf(files)).toEqual([]);
    const two = requestOf([sweep(b, a)], { sequence: 3 });
    expect(findingsOf({ ...files, two })).toEqual([
      'key_requested_twice record one',
      'uuid_two_levels record one',
    ]);
  });

  test('one planted duplicate among 100 request files is found, and nothing else', async () => {
    const keys = await Promise.all(Array.from({ length: 100 }, (_, n) => keyOf(1000 + n)));
    const files: Record<string, Uint8Array> = { ...cards, batch: batchOf(keys) };
    for (const [index, key] of keys.entries()) {
      // Outputs go to the outside, so that no key but the inputs is named.
      const id = index + 1;
      const slots = finalized([...inputSlots(key, 10n), paymentSlot(outside, 10n, id)]);
      files[`request ${id}`] = requestOf([slots], { sequence: id });
    }
    const again = finalized([...inputSlots(keys[50]!, 11n), paymentSlot(outside, 11n, 101)]);
    const result = auditOf({ ...files, again: requestOf([again], { sequence: 101 }) });
    expect(result.totals).toMatchObject({ keys: 100, withdrawals: 101 });
    expect(result.findings).toMatchObject([
      { code: 'key_requested_twice', file: 'request 51', otherFile: 'again' },
    ]);
  });
});

describe('one name, one value', () => {
  const batches = (one: readonly TestKey[], two: readonly object[]): Files => ({
    ...cards,
    one: batchOf(one),
    two: batchOf(two as TestKey[], { number: 2 }),
  });

  test('uuid_two_addresses: in two batches; in a batch and as an own output', () => {
    expect(findingsOf(batches([a], [{ ...a, address: b.address }]))).toEqual([
      'uuid_two_addresses one two',
    ]);
    const request = requestOf([sweep(a, { ...b, address: c.address })]);
    expect(findingsOf({ ...cards, batch: batchOf([a, b]), request })).toEqual([
      'uuid_two_addresses batch request',
    ]);
  });

  test('uuid_two_levels: a batch says 1, a request 2', () => {
    const slots = finalized([...inputSlots({ ...a, securityLevel: 2 }, 9n), ownSlot(b, 9n)]);
    expect(findingsOf({ ...cards, batch: batchOf([a]), request: requestOf([slots]) })).toEqual([
      'uuid_two_levels batch request',
    ]);
  });

  test('address_two_uuids: in two batches, also of two keyrings', () => {
    expect(findingsOf(batches([a], [{ ...a, uuid: b.uuid }]))).toEqual([
      'address_two_uuids one two',
    ]);
    const keyringId = `kr_${'22'.repeat(16)}`;
    const other = batchOf([a], { identity: stranger, keyringId });
    const card = signerCard({ identity: stranger, keyringId });
    expect(findingsOf({ ...cards, card, batch: batchOf([a]), other })).toEqual([
      'address_two_uuids batch other',
    ]);
  });
});
