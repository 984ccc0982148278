/** The rules of keys, outputs and withdrawals: each refusal with its own code, and what stays allowed. */
import type { RequestSlot, SlotRole } from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import type { RecordFold } from '../src/record-state.ts';
import {
  addEntry,
  addressOf,
  addVerdicts,
  type Bundles,
  bundle,
  COLD,
  COORDINATOR,
  cold,
  input,
  issue,
  k0,
  k1,
  k2,
  k3,
  k4,
  k5,
  level2,
  level3,
  newState,
  own,
  pay,
  requestOf,
  review,
  SIGNER,
  signedState,
  slotOf,
  sweep,
  verdict,
  verdictOf,
  withdrawalIdOf,
} from './world.ts';

const after = (state: RecordFold, ...bundles: Bundles): string =>
  verdictOf(() => review(state, requestOf(state, bundles)));

describe('a key', () => {
  test('signs its first hash', () => {
    expect(verdict(sweep())).toBe('accepted');
  });

  test('signs the same bundle again under another request and sequence', () => {
    const first = sweep();
    expect(after(signedState(first), first)).toBe('accepted');
  });

  test('signs the same bundle again after the keys it paid to have signed themselves', () => {
    const first = bundle(input(k0, 9n), own(k1, 5n), pay(1, 4n, k2.address));
    const state = signedState(first);
    addVerdicts(state, review(state, requestOf(state, [sweep(k1, k4)])));
    addVerdicts(state, review(state, requestOf(state, [sweep(k2, k5)])));
    expect(after(state, first)).toBe('accepted');
    // What was not signed before may not pay to them now.
    expect(after(state, sweep(k3, k1))).toBe('own_output_already_signed');
  });

  test('refuses a second hash', () => {
    expect(after(signedState(sweep()), sweep(k0, k2))).toBe('key_already_signed');
  });

  test('refuses a second hash at another level of the same UUID', async () => {
    const state = signedState(bundle(input(level2, 5n), own(k1, 5n)));
    for (const level of [1, 3] as const) {
      const other = await issue('key 38', level);
      expect(other.uuid).toBe(level2.uuid);
      expect(after(state, bundle(input(other, 5n), own(k2, 5n)))).toBe('key_already_signed');
    }
  });

  test('that has signed nothing is refused at another level than it was issued at', async () => {
    expect(verdict(bundle(input(await issue('key 38', 1), 5n), own(k1, 5n)))).toBe(
      'input_level_mismatch',
    );
  });

  test('that was never issued is refused', async () => {
    expect(verdict(sweep(await issue('nobody')))).toBe('key_not_issued');
  });

  test("is refused with another key's address", () => {
    expect(verdict(sweep({ ...k0, address: k2.address }))).toBe('input_address_mismatch');
  });

  test('is refused twice in one bundle and in two bundles of one request', () => {
    const twice = bundle(input(k0, 2n), input(k0, 3n), own(k1, 5n));
    expect(verdict(twice)).toBe('key_repeated');
    expect(verdict(sweep(k0, k1), sweep(k0, k2))).toBe('key_repeated');
  });

  test('is refused when a known bundle and a new one of the same request both spend it', () => {
    const first = sweep();
    expect(after(signedState(first), first, sweep(k0, k2))).toBe('key_already_signed');
  });

  test('in a custody slip is refused without the slip', () => {
    const role: SlotRole = {
      kind: 'input',
      key: { kind: 'slip', slipDigest: 'ab'.repeat(32), index: 0 },
      securityLevel: 1,
    };
    const slot = slotOf(role, { address: k0.address, value: -5n });
    expect(verdict(bundle(slot, own(k1, 5n)))).toBe('slip_required');
  });
});

describe('an output to our own', () => {
  test('is refused if its key was never issued', async () => {
    expect(verdict(sweep(k0, await issue('nobody')))).toBe('own_output_not_issued');
  });

  test("is refused with an address that is not its key's", () => {
    expect(verdict(sweep(k0, { ...k1, address: addressOf('X') }))).toBe(
      'own_output_address_mismatch',
    );
  });

  test('is refused if its key has signed', () => {
    expect(after(signedState(sweep()), sweep(k1, k0))).toBe('own_output_already_signed');
  });

  test('is refused if any bundle of the request spends it', () => {
    expect(verdict(sweep(k0, k0))).toBe('own_output_is_input');
    expect(verdict(sweep(k0, k1), sweep(k1, k2))).toBe('own_output_is_input');
    expect(verdict(sweep(k1, k2), sweep(k0, k1))).toBe('own_output_is_input');
  });

  test('of a level above 1 is accepted, with inputs of all levels', () => {
    const slots = bundle(input(level2, 5n), input(level3, 6n), input(k0, 1n), own(k1, 12n));
    expect(verdict(slots)).toBe('accepted');
    expect(verdict(bundle(input(k0, 1n), own(level3, 1n)))).toBe('accepted');
  });
});

describe('an output to others', () => {
  test('is refused on an address whose key the request spends', () => {
    const slots = bundle(input(k0, 5n), input(k2, 1n), pay(1, 6n, k0.address));
    expect(verdict(slots)).toBe('output_to_signed_key');
  });

  test('is refused on an address whose key has signed, as withdrawal and as cold', () => {
    const state = signedState(sweep());
    addEntry(state, { kind: 'paired', role: 'signer', publicKey: COLD.publicKey });
    expect(after(state, bundle(input(k2, 5n), pay(1, 5n, k0.address)))).toBe(
      'output_to_signed_key',
    );
    expect(after(state, bundle(input(k2, 5n), cold(5n, { keys: [k0] })))).toBe(
      'output_to_signed_key',
    );
  });

  test('is accepted on an own address that no one has asked to sign', () => {
    expect(verdict(bundle(input(k0, 5n), pay(1, 5n, k2.address)))).toBe('accepted');
  });
});

describe('a withdrawal id', () => {
  const paying = (id: number, key = k0): RequestSlot[] => bundle(input(key, 5n), pay(id, 5n));

  test('that a bundle has paid is refused in another bundle', () => {
    expect(after(signedState(paying(1)), paying(1, k2))).toBe('withdrawal_already_signed');
  });

  test('is refused twice in a bundle and in two bundles of one request', () => {
    expect(verdict(bundle(input(k0, 5n), pay(1, 2n), pay(1, 3n)))).toBe('withdrawal_repeated');
    expect(verdict(paying(1), paying(1, k2))).toBe('withdrawal_repeated');
  });

  test('cannot be changed, added or taken away once the bundle was signed', () => {
    const slots = bundle(input(k0, 5n), pay(1, 2n), own(k1, 3n));
    const state = signedState(slots, paying(9, k2));
    const withRole = (index: number, role: SlotRole): RequestSlot[] =>
      slots.map((slot, i) => (i === index ? { ...slot, role } : slot));
    const payment = (id: number): SlotRole => ({
      kind: 'withdrawal',
      withdrawalId: withdrawalIdOf(id),
      authorization: null,
    });
    expect(after(state, slots)).toBe('accepted');
    // All of these have the very hash that was signed: roles are not part of it.
    expect(after(state, withRole(1, payment(9)))).toBe('withdrawal_already_signed');
    expect(after(state, withRole(1, payment(2)))).toBe('role_mismatch');
    expect(after(state, withRole(2, payment(2)))).toBe('role_mismatch');
    expect(after(state, withRole(2, payment(1)))).toBe('withdrawal_repeated');
    expect(after(state, withRole(1, { kind: 'own', uuid: k3.uuid }))).toBe(
      'own_output_address_mismatch',
    );
    const proven = cold(5n).role;
    expect(after(state, withRole(1, proven))).toBe('cold_keyring_unknown');
    addEntry(state, { kind: 'paired', role: 'signer', publicKey: COLD.publicKey });
    expect(after(state, withRole(1, proven))).toBe('cold_keyring_unknown');
    expect(after(state, withRole(2, proven))).toBe('cold_keyring_unknown');
  });

  test('of a known bundle cannot be paid again by a new bundle of the same request', () => {
    const slots = paying(1);
    expect(after(signedState(slots), slots, paying(1, k2))).toBe('withdrawal_already_signed');
    expect(after(signedState(slots), paying(1, k2), slots)).toBe('withdrawal_already_signed');
  });
});

describe('a cold output', () => {
  const slots = (output = cold(5n)): RequestSlot[] => bundle(input(k0, 5n), output);
  const paired = (): RecordFold => {
    const state = newState();
    addEntry(state, { kind: 'paired', role: 'signer', publicKey: COLD.publicKey });
    return state;
  };

  test('is accepted from a paired keyring, and again after that was revoked', () => {
    const state = paired();
    const request = requestOf(state, [slots()]);
    addVerdicts(state, review(state, request));
    addEntry(state, { kind: 'revoked', publicKey: COLD.publicKey });
    expect(verdictOf(() => review(state, request))).toBe('accepted');
    expect(after(state, slots())).toBe('accepted');
    expect(after(state, bundle(input(k2, 5n), cold(5n)))).toBe('cold_keyring_unknown');
  });

  test('is refused from an unpaired keyring, the own keyring and a coordinator', () => {
    for (const identity of [COLD, SIGNER, COORDINATOR]) {
      expect(verdict(slots(cold(5n, { identity })))).toBe('cold_keyring_unknown');
    }
  });

  test('is refused with a proof of another network, address or level', () => {
    const proven = cold(5n);
    expect(after(paired(), slots(cold(5n, { network: 'mainnet' })))).toBe('cold_keyring_unknown');
    expect(after(paired(), slots({ ...proven, address: addressOf('X') }))).toBe(
      'cold_keyring_unknown',
    );
    const role = { ...proven.role, securityLevel: 3 } as SlotRole;
    expect(after(paired(), slots({ ...proven, role }))).toBe('cold_keyring_unknown');
  });
});
