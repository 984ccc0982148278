/** The rules of bundles and requests as a whole: what IRI would not accept, heads and sequences. */
import { GapError, openSigningRequest, type RequestSlot } from '@airlock/gap';
import { bundleHash, exposesKey, normalizeHash, SUPPLY } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { signedHashOf } from '../src/record-state.ts';
import { reviewRequest } from '../src/review.ts';
import {
  addEntry,
  addressOf,
  addVerdicts,
  bundle,
  COORDINATOR,
  input,
  KEYRING,
  KEYS,
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
  seal,
  signedState,
  slotOf,
  sweep,
  verdict,
  verdictOf,
} from './world.ts';

describe('a bundle that IRI would not accept', () => {
  test('lacks a slot of its input', () => {
    const [first] = input(level2, 5n) as [RequestSlot];
    expect(verdict(bundle(first, own(k1, 5n)))).toBe('slot_missing');
    expect(verdict(bundle(input(level3, 5n).slice(0, 2), own(k1, 5n)))).toBe('slot_missing');
  });

  test('has a slot more than its input needs, whatever its role', () => {
    const room = slotOf({ kind: 'fragment' }, { address: k0.address });
    const zero = own(k0, 0n);
    expect(verdict(bundle(input(k0, 5n), room, own(k1, 5n)))).toBe('slot_extra');
    expect(verdict(bundle(input(k0, 5n), zero, own(k1, 5n)))).toBe('slot_extra');
    expect(verdict(bundle(input(k0, 5n), own(k1, 5n), room))).toBe('slot_extra');
    const elsewhere = slotOf({ kind: 'fragment' }, { address: addressOf('X') });
    expect(verdict(bundle(input(k0, 5n), elsewhere, own(k1, 5n)))).toBe('slot_extra');
  });

  test('does not sum to 0', () => {
    expect(verdict(bundle(input(k0, 5n), own(k1, 4n)))).toBe('sum_not_zero');
    expect(verdict(bundle(input(k0, 5n), own(k1, 6n)))).toBe('sum_not_zero');
  });

  test('leaves the supply with a part sum', () => {
    const slots = bundle(pay(1, SUPPLY), pay(2, 1n), input(k0, SUPPLY), input(k1, 1n));
    expect(verdict(slots)).toBe('value_out_of_range');
  });

  test('pays to an address whose last trit is not 0, which no file can hold', () => {
    const state = newState();
    const request = requestOf(state, [bundle(input(k0, 5n), pay(1, 5n, 'M'.repeat(81)))]);
    const opened = { request, digest: '0'.repeat(64) };
    const keyring = { id: KEYRING.id, network: 'private' } as const;
    expect(verdictOf(() => reviewRequest(state, keyring, { opened, slips: new Map() }))).toBe(
      'address_last_trit',
    );
  });

  test('has roles that contradict its values', () => {
    const spending = slotOf({ kind: 'own', uuid: k0.uuid }, { address: k0.address, value: -5n });
    expect(verdict(bundle(spending, own(k1, 5n)))).toBe('role_mismatch');
    const earning = { ...input(k0, -5n)[0]! };
    expect(verdict(bundle(earning, input(k1, 5n)))).toBe('role_mismatch');
    const [first, second] = input(level2, 5n) as [RequestSlot, RequestSlot];
    const paid = { ...second, role: { kind: 'own', uuid: level2.uuid } } as RequestSlot;
    expect(verdict(bundle(first, paid, own(k1, 5n)))).toBe('role_mismatch');
    const valued = slotOf({ kind: 'fragment' }, { address: addressOf('X'), value: 5n });
    expect(verdict(bundle(input(k0, 5n), valued))).toBe('slot_extra');
  });

  test('holds an output of 0', () => {
    expect(verdict(bundle(input(k0, 5n), own(k1, 5n), own(k2, 0n)))).toBe('output_zero');
    expect(verdict(bundle(input(k0, 5n), own(k1, 5n), pay(1, 0n)))).toBe('output_zero');
  });

  test('shows another tag than the hash covers, in a payout', () => {
    const tagged = { ...pay(1, 5n), tag: 'A'.padEnd(27, '9') };
    expect(verdict(bundle(input(k0, 5n), tagged))).toBe('tag_mismatch');
    expect(verdict(bundle(input(k0, 5n), { ...tagged, obsoleteTag: tagged.tag }))).toBe('accepted');
  });

  test('spends nothing', () => {
    expect(verdict([own(k1, 0n)])).toBe('output_zero');
    const state = newState();
    const request = requestOf(state, [[]]);
    const keyring = { id: KEYRING.id, network: 'private' } as const;
    const opened = { request, digest: '0'.repeat(64) };
    expect(verdictOf(() => reviewRequest(state, keyring, { opened, slips: new Map() }))).toBe(
      'no_input',
    );
  });

  test('spends more than 20 keys', () => {
    const inputs = (count: number): RequestSlot[] =>
      bundle(...KEYS.slice(0, count).map((key) => input(key, 1n)), own(KEYS[30]!, BigInt(count)));
    expect(verdict(inputs(20))).toBe('accepted');
    expect(verdict(inputs(21))).toBe('too_many_inputs');
  });

  test('has a normalised hash with a 13', () => {
    const slots = [...input(k0, 5n), own(k1, 5n)];
    for (let tag = 0; ; tag += 1) {
      const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
      const text = `${letters[tag % 26]}${letters[Math.floor(tag / 26) % 26]}`;
      slots[0] = { ...slots[0]!, obsoleteTag: text.padEnd(27, '9') };
      if (exposesKey(normalizeHash(bundleHash(slots)))) break;
    }
    expect(verdict(slots)).toBe('hash_exposes_key');
  });

  test('stands in the request twice', () => {
    expect(verdict(sweep(), sweep())).toBe('bundle_repeated');
  });
});

describe('a request', () => {
  const refusal = (changes: Parameters<typeof requestOf>[2], state = newState()): string =>
    verdictOf(() => review(state, requestOf(state, [sweep()], changes)));

  test('for another keyring or network is refused', () => {
    expect(refusal({ keyringId: `kr_${'0'.repeat(32)}` })).toBe('wrong_keyring');
    expect(refusal({ network: 'mainnet' })).toBe('wrong_network');
  });

  test('that was answered is accepted twenty times, also after ten later ones', () => {
    const state = newState();
    const first = requestOf(state, [sweep()]);
    addVerdicts(state, review(state, first));
    for (let i = 2; i < 12; i += 1) {
      addVerdicts(state, review(state, requestOf(state, [sweep(KEYS[i], KEYS[20 + i])])));
    }
    for (let i = 0; i < 20; i += 1) {
      const { digest, bundles } = review(state, first);
      expect(state.requests.get(first.sequence)?.digest).toBe(digest);
      expect(bundles.map(({ hash }) => hash)).toEqual([signedHashOf(state, k0.uuid)]);
    }
  });

  test('with a known sequence and another content is refused', () => {
    const state = signedState(sweep());
    expect(refusal({ sequence: 1 }, state)).toBe('sequence_reused');
  });

  test('with an unknown sequence below the last is refused', () => {
    const state = newState();
    addVerdicts(state, review(state, requestOf(state, [sweep(k4, k5)], { sequence: 7 })));
    expect(refusal({ sequence: 6 }, state)).toBe('sequence_not_rising');
    expect(refusal({ sequence: 7 }, state)).toBe('sequence_reused');
    expect(refusal({ sequence: 8 }, state)).toBe('accepted');
  });

  test('cannot use up the sequences that are left', () => {
    expect(refusal({ sequence: 1_000_000 })).toBe('accepted');
    expect(refusal({ sequence: 1_000_001 })).toBe('sequence_leaps');
    expect(refusal({ sequence: Number.MAX_SAFE_INTEGER })).toBe('sequence_leaps');
  });

  test('is refused by a signer that is behind, which says by how much', () => {
    const state = newState();
    const expectedHead = { number: 8, hash: 'ab'.repeat(32) };
    const act = (): unknown => review(state, requestOf(state, [sweep()], { expectedHead }));
    expect(act).toThrow('5 entries behind');
    expect(verdictOf(act)).toBe('signer_behind');
  });

  test('is refused by a signer on another chain, from its first entry to its last', () => {
    const state = newState();
    for (const number of [0, 1, 2, 3]) {
      expect(refusal({ expectedHead: { number, hash: 'ab'.repeat(32) } })).toBe('record_forked');
      const hash = state.hashes[number]!;
      expect(refusal({ expectedHead: { number, hash } }, state)).toBe('accepted');
    }
  });

  test('that knows too old a head is refused before anything is recorded', () => {
    const state = newState();
    const old = state.head;
    const first = requestOf(state, [sweep()]);
    addVerdicts(state, review(state, first));
    for (let i = 0; i < 4_200; i += 1) {
      addEntry(state, { kind: 'revoked', publicKey: SIGNER.publicKey });
    }
    expect(refusal({ expectedHead: old }, state)).toBe('accepted');
    for (let i = 0; i < 3_500; i += 1) {
      addEntry(state, { kind: 'revoked', publicKey: SIGNER.publicKey });
    }
    const next = requestOf(state, [sweep(k2, k3)], { expectedHead: old });
    expect(verdictOf(() => review(state, next))).toBe('head_too_old');
    expect(verdictOf(() => review(state, first))).toBe('accepted');
  });

  test('of an unpaired or a revoked coordinator is not opened', () => {
    const state = newState();
    const request = requestOf(state, [sweep()]);
    addEntry(state, { kind: 'revoked', publicKey: COORDINATOR.publicKey });
    expect(() => review(state, request)).toThrow(expect.objectContaining({ code: 'key_unknown' }));
  });

  test('with any one bit flipped is refused by name', () => {
    const state = newState();
    const file = seal(requestOf(state, [sweep()]));
    const keyring = { id: KEYRING.id, network: 'private' } as const;
    const accepted: number[] = [];
    for (let bit = 0; bit < file.length * 8; bit += 1) {
      const flipped = file.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      try {
        const opened = openSigningRequest(flipped, [COORDINATOR.publicKey]);
        reviewRequest(state, keyring, { opened, slips: new Map() });
        accepted.push(bit);
      } catch (cause) {
        if (!(cause instanceof GapError)) throw cause;
      }
    }
    expect(accepted).toEqual([]);
  });
});
