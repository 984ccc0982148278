/** From a plan to its bundle: slots, hash, roles, and what IOTA's own validator says of it. */
import {
  addressOfSeed,
  assembleBundle,
  encodeTransaction,
  exposesKey,
  findBundleFault,
  normalizeHash,
  signatureToTrytes,
  signHash,
} from '@airlock/protocol';
import validator from '@iota/bundle-validator';
import converter from '@iota/transaction-converter';
import { describe, expect, test } from '@jest/globals';
import { finalizeSweep, type RoleSource, requestSlotsOf, slotsOf } from '../src/signing/bundles.ts';
import { NULL_TAG, trytesOf } from './booked.ts';
import { foreignAddress } from './world.ts';

const TAG = 'PAYOUT9TAG'.padEnd(27, '9');
const seed = (byte: number): Uint8Array => new Uint8Array(48).fill(byte, 10);
const inputs = ([2, 1] as const).map((securityLevel, i) => ({
  address: addressOfSeed(seed(i + 1), securityLevel),
  amount: 50n,
  securityLevel,
  depositIds: [],
}));
const outputs = [
  { address: foreignAddress('P'), amount: 30n, kind: 'withdrawal', withdrawalId: 'w1', tag: TAG },
  { address: foreignAddress('R'), amount: 70n, kind: 'own', withdrawalId: null, tag: NULL_TAG },
] as const;
const timestamp = 1_700_000_000;

describe('slotsOf', () => {
  test('gives inputs first, one slot a level, then outputs, all with one timestamp', () => {
    const slots = slotsOf({
      inputs,
      outputs,
      timestamp,
      obsoleteTag: trytesOf('O', 1).slice(0, 27),
    });
    expect(slots.map(({ value }) => value)).toEqual([-50n, 0n, -50n, 30n, 70n]);
    expect(slots.map(({ address }) => address)).toEqual([
      inputs[0]!.address,
      inputs[0]!.address,
      inputs[1]!.address,
      outputs[0].address,
      outputs[1].address,
    ]);
    expect(new Set(slots.map((slot) => slot.timestamp))).toEqual(new Set([timestamp]));
  });

  test('puts a payout’s tag into its obsoleteTag, which the hash covers', () => {
    const slots = slotsOf({ inputs, outputs, timestamp, obsoleteTag: NULL_TAG });
    expect(slots[3]).toMatchObject({ tag: TAG, obsoleteTag: TAG });
    expect(slots[0]).toMatchObject({ tag: NULL_TAG, obsoleteTag: NULL_TAG });
    const { hash } = finalizeSweep({ inputs, outputs, timestamp });
    const other = [{ ...outputs[0], tag: NULL_TAG }, outputs[1]];
    expect(finalizeSweep({ inputs, outputs: other, timestamp }).hash).not.toBe(hash);
  });

  test('refuses a sweep without inputs', () => {
    expect(() => slotsOf({ inputs: [], outputs: [], timestamp, obsoleteTag: NULL_TAG })).toThrow(
      RangeError,
    );
    expect(() => finalizeSweep({ inputs: [], outputs: [], timestamp })).toThrow(RangeError);
  });
});

describe('finalizeSweep', () => {
  test('raises slot 0’s obsoleteTag until the normalised hash holds no 13', () => {
    let raised = 0;
    for (let second = 0; second < 40; second += 1) {
      const sweep = { inputs, outputs, timestamp: timestamp + second };
      const { hash, obsoleteTag } = finalizeSweep(sweep);
      expect(exposesKey(normalizeHash(hash))).toBe(false);
      if (obsoleteTag !== NULL_TAG) raised += 1;
    }
    expect(raised).toBeGreaterThan(20);
  });

  test('a signed sweep passes IOTA’s own bundle validator and ours', () => {
    const { hash, obsoleteTag } = finalizeSweep({ inputs, outputs, timestamp });
    const slots = slotsOf({ inputs, outputs, timestamp, obsoleteTag });
    const fragments = new Map<number, string>();
    for (const [place, index] of [0, 2].entries()) {
      const level = inputs[place]!.securityLevel;
      const signature = signHash({ seed: seed(place + 1), bundleHash: hash, level });
      for (const [offset, text] of signatureToTrytes(signature).entries()) {
        fragments.set(index + offset, text);
      }
    }
    const transactions = assembleBundle({ slots, hash, fragments });
    expect(findBundleFault(transactions)).toBeNull();
    const objects = transactions.map((each) =>
      converter.asTransactionObject(encodeTransaction(each)),
    );
    expect(validator.default(objects)).toBe(true);
    const broken = objects.map((each, i) => (i === 3 ? { ...each, value: 31 } : each));
    expect(validator.default(broken)).toBe(false);
  });
});

test('requestSlotsOf gives every slot its role', () => {
  const { obsoleteTag } = finalizeSweep({ inputs, outputs, timestamp });
  const uuids = new Map([
    [inputs[0]!.address, 'uuid 1'],
    [inputs[1]!.address, 'uuid 2'],
    [outputs[1].address, 'uuid 3'],
  ]);
  const uuidOf = (address: string): string => uuids.get(address)!;
  const source: RoleSource = {
    uuidOf,
    keyOf: (address) => ({ kind: 'uuid', uuid: uuidOf(address) }),
    proofOf: () => {
      throw new Error('no output goes to another keyring');
    },
  };
  const slots = requestSlotsOf({ inputs, outputs, timestamp, obsoleteTag }, source);
  expect(slots.map(({ role }) => role)).toEqual([
    { kind: 'input', key: { kind: 'uuid', uuid: 'uuid 1' }, securityLevel: 2 },
    { kind: 'fragment' },
    { kind: 'input', key: { kind: 'uuid', uuid: 'uuid 2' }, securityLevel: 1 },
    { kind: 'withdrawal', withdrawalId: 'w1', authorization: null },
    { kind: 'own', uuid: 'uuid 3' },
  ]);
});
