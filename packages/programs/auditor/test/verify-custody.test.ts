/** Custody slips and receipts, and requests whose keys are in a slip. */
import { openEnvelope, sealCustodyReceipt } from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import { addressesOfSlip } from '../src/address-bytes.ts';
import {
  auditOf,
  batchOf,
  cards,
  coordinatorCard,
  custodyReceiptOf,
  type Files,
  finalized,
  findingsOf,
  keyOf,
  keysOf,
  OTHER_KEYRING,
  ownSlot,
  requestOf,
  respond,
  slipInputSlot,
  slipOf,
  stranger,
  sweep,
  type TestKey,
  TestRecord,
} from './world.ts';

const [a, b, c] = await keysOf(1, 2, 3);
const a2 = await keyOf(1, 2);
const batch = batchOf([a, b, c]);
const slip = slipOf([a, b]);

describe('a slip', () => {
  test('of keys of the batches gives no finding, and says what it is', () => {
    const result = auditOf({ ...cards, batch, slip });
    expect(result.findings).toEqual([]);
    const report = result.files.find(({ path }) => path === 'slip');
    expect(report).toMatchObject({
      holds: `custody slip of co_${'5'.repeat(32)}: 2 addresses with 200 i, as the coordinator says`,
      notes: ['it holds UUIDs: whoever has it and the salt has the money'],
    });
    expect(report?.words?.split(' ')).toHaveLength(8);
    expect(JSON.stringify(result)).not.toContain(a.uuid);
  });

  test('of keys of no batch given is noted', () => {
    const report = auditOf({ ...cards, slip }).files.find(({ path }) => path === 'slip');
    expect(report?.notes).toContain('2 of its keys are not in any given batch');
  });

  test.each<[string, Files, string]>([
    [
      'with another address for a UUID',
      { slip: slipOf([{ ...a, address: c.address }]) },
      'slip_mismatch slip',
    ],
    [
      'at another level than issued',
      { slip: slipOf([{ ...a, securityLevel: 2 }]) },
      'slip_mismatch slip',
    ],
    [
      'with another UUID for an address',
      { slip: slipOf([{ ...a, uuid: c.uuid }]) },
      'slip_mismatch slip',
    ],
    [
      'for another network',
      { slip: slipOf([a], { network: 'devnet' }) },
      'network_mismatch slip, network_mismatch slip',
    ],
    [
      'for another keyring',
      { slip: slipOf([a], { keyringId: OTHER_KEYRING }) },
      'keyring_unknown slip, slip_mismatch slip',
    ],
    ['of nobody', { slip: slipOf([a], { identity: stranger }) }, 'card_missing slip'],
  ])('%s is found', (_, files, finding) => {
    expect(findingsOf({ ...cards, batch, ...files }).join(', ')).toBe(finding);
  });

  test('that lies does not name the key of a request', () => {
    const lie = slipOf([{ ...a, address: c.address }]);
    const slots = [slipInputSlot(c, 100n, { slip: lie, index: 0 }), ownSlot(b, 100n)];
    const request = requestOf([finalized(slots)]);
    expect(findingsOf({ ...cards, batch, slip: lie, request })).toEqual(['slip_mismatch slip']);
  });

  test("is the coordinator's: one by a signer's key is refused by its card", () => {
    const files = { ...cards, batch, receipt: sealCustodyReceipt(RECEIPT, stranger) };
    const card = coordinatorCard({ identity: stranger });
    expect(findingsOf({ ...files, 'stranger.card': card })).toEqual(['card_role receipt']);
  });

  test('has its addresses read a second time, from its bytes', () => {
    expect(addressesOfSlip(openEnvelope(slip).payload)).toEqual([a.address, b.address]);
  });
});

const RECEIPT = {
  orderId: `co_${'5'.repeat(32)}`,
  slipDigest: 'ab'.repeat(32),
  keyringId: `kr_${'11'.repeat(16)}`,
  network: 'private',
  count: 2,
  copies: ['safe A'],
} as const;

describe('a receipt', () => {
  test('of a slip gives no finding; without the slip, a note', () => {
    const receipt = custodyReceiptOf(slip);
    expect(findingsOf({ ...cards, batch, slip, receipt })).toEqual([]);
    const alone = auditOf({ ...cards, receipt });
    expect(alone.findings).toEqual([]);
    expect(alone.files.find(({ path }) => path === 'receipt')).toMatchObject({
      holds: `custody receipt of co_${'5'.repeat(32)}: 2 addresses, copies "safe A"`,
      notes: ['the slip that it answers is not given'],
    });
  });

  test.each([
    ['another order', { orderId: `co_${'6'.repeat(32)}` }, []],
    ['another count', { count: 3 }, []],
    ['another keyring', { keyringId: OTHER_KEYRING }, ['keyring_mismatch receipt']],
    ['another network', { network: 'devnet' as const }, ['network_mismatch receipt']],
  ])('custody_mismatch: %s than the slip whose digest it names', (_, changes, more) => {
    const receipt = custodyReceiptOf(slip, changes);
    expect(findingsOf({ ...cards, batch, slip, receipt })).toEqual(
      ['custody_mismatch receipt slip', ...more].sort(),
    );
  });
});

describe('a request out of custody', () => {
  const record = new TestRecord().open({ batches: [batch] });
  const asked = (key: TestKey, index: number): Uint8Array => {
    const bundle = finalized([slipInputSlot(key, 100n, { slip, index }), ownSlot(c, 100n)]);
    return requestOf([bundle], { expectedHead: record.head });
  };

  test('gives no finding with its slip, and its key is then in the batch', () => {
    const request = asked(a, 0);
    const copy = record.copied();
    const response = respond(request, [a], { record: copy });
    const files = { ...cards, batch, slip, request, response, record: copy.exported() };
    const result = auditOf(files);
    expect(result.findings).toEqual([]);
    expect(result.totals.keysSigned).toBe(1);
    expect(result.files.find(({ path }) => path === 'request')?.notes).toEqual([]);
  });

  test('key_requested_twice: of a key that was asked by its UUID before', () => {
    const other = requestOf([sweep(a, b)], { sequence: 2, expectedHead: record.head });
    const files = { ...cards, slip, request: asked(a, 0), other };
    expect(findingsOf(files)).toContain('key_requested_twice request other');
  });

  test('own_output_used: to a key that another one spends out of custody', () => {
    const other = requestOf([sweep(c, a)], { sequence: 2, expectedHead: record.head });
    const files = { ...cards, batch, slip, request: asked(a, 0), other };
    expect(findingsOf(files)).toContain('own_output_used other request');
  });

  test.each([
    ['a place that it does not have', a, 2],
    ['the place of another address', a, 1],
    ['another level than its own', a2, 0],
  ])('slip_mismatch: %s', (_, key, index) => {
    const request = asked({ ...key, address: a.address }, index);
    const found = findingsOf({ ...cards, batch, slip, request });
    expect(found).toContain('slip_mismatch request slip');
  });

  test('verdict_mismatch: recorded with another key than the slip names', () => {
    const request = asked(a, 0);
    const copy = record.copied();
    const response = respond(request, [a], {
      record: copy,
      verdicts: (verdicts) => verdicts.map((each) => ({ ...each, keys: [['f'.repeat(64), 1]] })),
    });
    const found = findingsOf({ ...cards, batch, slip, request, response });
    expect(found).toContain('verdict_mismatch response');
  });
});
