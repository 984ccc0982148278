/** Signing requests: each planted fault gives its code and no other. */
import { openAddressBatch, type RequestSlot, uuidCommitment } from '@airlock/gap';
import { bundleHash, exposesKey, normalizeHash, SUPPLY } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import {
  batchOf,
  cards,
  coordinatorCard,
  type Files,
  finalized,
  findingsOf,
  identityOf,
  inputSlots,
  keyOf,
  keysOf,
  OTHER_KEYRING,
  ownSlot,
  paymentSlot,
  requestOf,
  type signer,
  signerCard,
  slotOf,
  stranger,
  sweep,
} from './world.ts';

const [a, b, c] = await keysOf(1, 2, 3);
const outside = 'OUTSIDE'.padEnd(81, '9');

const ofBundle = (slots: readonly RequestSlot[]): string[] =>
  findingsOf({ ...cards, request: requestOf([slots]) });

const ofRequest = (options: Parameters<typeof requestOf>[1], more: Files = {}): string[] =>
  findingsOf({ ...cards, ...more, request: requestOf([sweep(a, b)], options) });

describe('requests', () => {
  test('keyring_unknown: no signer card shows it', () => {
    expect(ofRequest({ keyringId: OTHER_KEYRING })).toEqual(['keyring_unknown request']);
  });

  test("network_mismatch: other than the signer's card, other than the coordinator's", () => {
    const other = identityOf(4);
    const card = coordinatorCard({ identity: other, network: 'devnet' });
    expect(ofRequest({ identity: other, network: 'devnet' }, { card })).toEqual([
      'network_mismatch request',
    ]);
    expect(ofRequest({ identity: other }, { card })).toEqual(['network_mismatch request']);
  });

  test('bundle_sum: values that do not sum to 0', () => {
    const slots = finalized([...inputSlots(a, 100n), ownSlot(b, 99n)]);
    expect(ofBundle(slots)).toEqual(['bundle_sum request']);
  });

  test('bundle_value: a part sum beyond the supply, an output of 0', () => {
    const huge = [...inputSlots(a, SUPPLY), ...inputSlots(b, 1n)];
    const slots = finalized([...huge, ownSlot(c, SUPPLY), paymentSlot(outside, 1n, 1)]);
    expect(ofBundle(slots)).toEqual(['bundle_value request']);
    const zero = finalized([...inputSlots(a, 5n), ownSlot(b, 5n), paymentSlot(outside, 0n, 1)]);
    expect(ofBundle(zero)).toEqual(['bundle_value request']);
  });

  test('bundle_slots: a fragment too few, one too many, one of another address, an input twice', async () => {
    const two = await keyOf(5, 2);
    const fragment = slotOf(two.address, 0n, { kind: 'fragment' });
    const [input] = inputSlots(two, 9n) as [RequestSlot];
    const out = ownSlot(b, 9n);
    for (const slots of [
      [input, out],
      [input, fragment, fragment, out],
      [input, slotOf(outside, 0n, { kind: 'fragment' }), out],
    ]) {
      const found = ofBundle(finalized(slots));
      expect(new Set(found)).toEqual(new Set(['bundle_slots request']));
    }
    const twice = finalized([...inputSlots(a, 4n), out, ...inputSlots(a, 5n)]);
    expect(ofBundle(twice)).toEqual(['bundle_slots request']);
  });

  test('bundle_hash_13: a hash whose normalised form holds a 13', () => {
    const slots = [...inputSlots(a, 100n), ownSlot(b, 100n)];
    const exposed = Array.from({ length: 500 }, (_, timestamp) =>
      slots.map((slot) => ({ ...slot, timestamp })),
    ).find((candidate) => exposesKey(normalizeHash(bundleHash(candidate))))!;
    expect(ofBundle(exposed)).toEqual(['bundle_hash_13 request']);
  });

  test('cold_proof: of another address, of another keyring; card_missing: of an unknown signer', async () => {
    const cold = await keyOf(6);
    const bundleFor = (identity: typeof signer, keyringId: string, commitment: string) => {
      const batch = batchOf([cold], { identity, keyringId });
      const { statementFile } = openAddressBatch(batch, identity.publicKey);
      const proof = { statementFile, index: 0, path: [], commitment };
      const slot = slotOf(cold.address, 9n, { kind: 'cold', securityLevel: 1, proof });
      return finalized([...inputSlots(a, 9n), slot]);
    };
    const right = uuidCommitment(cold.uuid);
    const card = signerCard({ identity: stranger, keyringId: OTHER_KEYRING });
    const found = (slots: RequestSlot[], more: Files = { card }): string[] =>
      findingsOf({ ...cards, ...more, request: requestOf([slots]) });
    expect(found(bundleFor(stranger, OTHER_KEYRING, right))).toEqual([]);
    expect(found(bundleFor(stranger, OTHER_KEYRING, '0'.repeat(64)))).toEqual([
      'cold_proof request',
    ]);
    expect(found(bundleFor(stranger, `kr_${'33'.repeat(16)}`, right))).toEqual([
      'cold_proof request',
    ]);
    expect(found(bundleFor(stranger, OTHER_KEYRING, right), {})).toEqual(['card_missing request']);
  });

  test('own_output_used: to a key that an earlier request spends, or this one', () => {
    const first = requestOf([sweep(a, b)]);
    const second = requestOf([sweep(c, a)], { sequence: 2 });
    expect(findingsOf({ ...cards, second, first })).toEqual(['own_output_used second first']);
    // The first of two requests for one bundle counts, wherever it stands.
    const third = requestOf([sweep(a, b)], { sequence: 3 });
    expect(findingsOf({ ...cards, third, first, second })).toEqual([
      'own_output_used second first',
    ]);
    const both = requestOf([sweep(a, b), sweep(b, c)]);
    expect(findingsOf({ ...cards, both })).toEqual(['own_output_used both both']);
  });

  test('sequence_two_digests: one sequence for two requests', () => {
    const one = requestOf([sweep(a, b)]);
    const two = requestOf([sweep(b, c)]);
    expect(findingsOf({ ...cards, one, two })).toContain('sequence_two_digests one two');
  });
});
