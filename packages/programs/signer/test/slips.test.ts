/** Custody slips against the record: who may sign them, what a request may take from them, what is refused. */
import type { RecordEvent, RequestSlot, SlotRole } from '@airlock/gap';
import { uuidCommitment } from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import { checkBundle, checkPayee } from '../src/bundle-rules.ts';
import type { RecordFold, RecordState } from '../src/record-state.ts';
import { slipsOf } from '../src/review.ts';
import { openSlip, openSlips, reviewSlip, type Slips, slipName, totalOf } from '../src/slips.ts';
import {
  addEntry,
  addVerdicts,
  bundle,
  COORDINATOR,
  cold,
  input,
  issue,
  KEYRING,
  k0,
  k1,
  k2,
  k3,
  k4,
  level2,
  level3,
  newState,
  own,
  pay,
  requestOf,
  review,
  SIGNER,
  STRANGER,
  slipInput,
  slipOf,
  slotOf,
  sweep,
  verdictOf,
} from './world.ts';

const HERE = { id: KEYRING.id, network: 'private' } as const;
const slip = slipOf([k0, k2, level2]);

const given = (state: RecordState, ...files: Uint8Array[]): Slips =>
  openSlips(
    state,
    HERE,
    files.map((bytes, index) => ({ source: `file ${index}`, bytes })),
  );

/** What becomes of these bundles with these slips. */
const verdict = (state: RecordFold, bundles: RequestSlot[][], ...files: Uint8Array[]): string =>
  verdictOf(() =>
    review(state, requestOf(state, bundles), { slips: given(state, slip, ...files) }),
  );

const surrender = (state: RecordFold, uuid: string): void =>
  addEntry(state, { kind: 'surrendered', commitment: uuidCommitment(uuid) });

const fromSlip = (key = k0, index = 0, file = slip): RequestSlot[] =>
  slipInput(key, 5n, { slip: file, index });

describe('an input whose key is in a slip', () => {
  test('is accepted with the slip, at whatever level it was issued', () => {
    expect(verdict(newState(), [bundle(fromSlip(), own(k1, 5n))])).toBe('accepted');
    expect(verdict(newState(), [bundle(fromSlip(level2, 2), own(k1, 5n))])).toBe('accepted');
  });

  test('is reviewed as the key of its UUID, and names its slip', () => {
    const state = newState();
    const request = requestOf(state, [bundle(fromSlip(k2, 1), own(k1, 5n))]);
    const { bundles } = review(state, request, { slips: given(state, slip) });
    const [digest] = slipsOf(request.bundles);
    expect(bundles[0]?.inputs).toMatchObject([{ uuid: k2.uuid, slipDigest: digest }]);
  });

  test('goes with inputs of another slip and inputs by UUID', () => {
    const other = slipOf([k3]);
    const slots = bundle(fromSlip(), fromSlip(k3, 0, other), input(k4, 1n), own(k1, 11n));
    expect(verdict(newState(), [slots], other)).toBe('accepted');
    expect(slipsOf([slots])).toHaveLength(2);
  });

  test('is refused without the slip, by a message that names it and what its loss means', () => {
    const other = slipOf([k3]);
    const state = newState();
    const request = requestOf(state, [bundle(fromSlip(k3, 0, other), own(k1, 5n))]);
    const act = (): unknown => review(state, request, { slips: given(state, slip) });
    expect(verdictOf(act)).toBe('slip_required');
    const [digest = ''] = slipsOf(request.bundles);
    expect(act).toThrow(expect.objectContaining({ message: expect.stringContaining('erased') }));
    expect(act).toThrow(
      expect.objectContaining({
        next: expect.stringMatching(`${digest}.*every copy of it is lost`),
      }),
    );
  });

  test('is refused at a place that the slip does not have', () => {
    expect(verdict(newState(), [bundle(fromSlip(k0, 3), own(k1, 5n))])).toBe(
      'slip_index_out_of_range',
    );
  });

  test('is refused with the address, or the level, of another place', async () => {
    expect(verdict(newState(), [bundle(fromSlip(k0, 1), own(k1, 5n))])).toBe(
      'slip_address_mismatch',
    );
    const lower = { ...(await issue('key 38', 1)), uuid: level2.uuid };
    expect(verdict(newState(), [bundle(fromSlip(lower, 2), own(k1, 5n))])).toBe(
      'slip_address_mismatch',
    );
    const levels = { ...level2, securityLevel: 1 as const };
    expect(verdict(newState(), [bundle(fromSlip(levels, 2), own(k1, 5n))])).toBe(
      'slip_address_mismatch',
    );
  });

  test('meets all rules of keys: a slip that lies gains nothing', async () => {
    const stranger = await issue('nobody');
    const lies = slipOf([
      stranger,
      { ...k0, address: k4.address },
      { ...level3, securityLevel: 1 },
    ]);
    const state = newState();
    const at = (key: typeof k0, index: number): string =>
      verdict(state, [bundle(slipInput(key, 5n, { slip: lies, index }), own(k1, 5n))], lies);
    expect(at(stranger, 0)).toBe('key_not_issued');
    expect(at({ ...k0, address: k4.address }, 1)).toBe('input_address_mismatch');
    expect(at({ ...level3, securityLevel: 1 }, 2)).toBe('input_level_mismatch');
    addVerdicts(state, review(state, requestOf(state, [sweep(k0, k3)])));
    expect(verdict(state, [bundle(fromSlip(), own(k1, 5n))])).toBe('key_already_signed');
  });

  test('is the same key as by UUID: not twice in one request, not an output beside it', () => {
    const twice = [bundle(fromSlip(), own(k1, 5n)), sweep(k0, k3)];
    expect(verdict(newState(), twice)).toBe('key_repeated');
    expect(verdict(newState(), [bundle(fromSlip(), fromSlip(), own(k1, 10n))])).toBe(
      'key_repeated',
    );
    expect(verdict(newState(), [bundle(fromSlip(), own(k0, 5n))])).toBe('own_output_is_input');
    expect(verdict(newState(), [sweep(k3, k1), bundle(fromSlip(), pay(1, 5n, k0.address))])).toBe(
      'output_to_signed_key',
    );
  });

  test('of a request that was answered needs no slip any more', () => {
    const state = newState();
    const request = requestOf(state, [bundle(fromSlip(), own(k1, 5n))]);
    addVerdicts(state, review(state, request, { slips: given(state, slip) }));
    expect(verdictOf(() => review(state, request))).toBe('accepted');
    expect(review(state, request).bundles[0]?.inputs[0]?.uuid).toBe(k0.uuid);
  });

  test('of a signed bundle in a new request needs it again', () => {
    const state = newState();
    const slots = bundle(fromSlip(), own(k1, 5n));
    addVerdicts(state, review(state, requestOf(state, [slots]), { slips: given(state, slip) }));
    expect(verdictOf(() => review(state, requestOf(state, [slots])))).toBe('slip_required');
    expect(verdict(state, [slots])).toBe('accepted');
  });
});

describe('a slip', () => {
  const reviewOf = (file: Uint8Array, state = newState()): string =>
    verdictOf(() => reviewSlip(state, HERE, openSlip(state, { source: 'file', bytes: file }).slip));

  test('of unused keys of this record is accepted, and adds up', () => {
    expect(reviewOf(slip)).toBe('accepted');
    expect(totalOf(openSlip(newState(), { source: 'file', bytes: slip }).slip)).toBe(15n);
  });

  test('is named by four words and the first digits of its digest', () => {
    expect(slipName('00'.repeat(32))).toBe('ABLE ABLE ABLE ABLE (0000000000000000…)');
  });

  test.each([
    ['another keyring', 'wrong_keyring', { keyringId: `kr_${'9'.repeat(32)}` }],
    ['another network', 'wrong_network', { network: 'mainnet' }],
  ] as const)('for %s is refused', (_, code, changes) => {
    expect(reviewOf(slipOf([k0], changes))).toBe(code);
    const state = newState();
    const file = { source: 'file', bytes: slipOf([k0], changes) };
    expect(verdictOf(() => openSlips(state, HERE, [file]))).toBe(code);
  });

  test('with an address that is not that of its UUID is refused by its place', () => {
    const swapped = slipOf([k1, { ...k0, address: k2.address }]);
    const state = newState();
    const { slip: opened } = openSlip(state, { source: 'file', bytes: swapped });
    expect(() => reviewSlip(state, HERE, opened)).toThrow(
      expect.objectContaining({
        code: 'slip_address_mismatch',
        message: expect.stringContaining('address 1 of the slip'),
      }),
    );
    expect(reviewOf(slipOf([{ ...level2, securityLevel: 3 }]))).toBe('slip_address_mismatch');
  });

  test('with a key that was not issued here, has signed, or was given away is refused', async () => {
    expect(reviewOf(slipOf([k0, await issue('nobody')]))).toBe('key_not_issued');
    const signed = newState();
    addVerdicts(signed, review(signed, requestOf(signed, [sweep(k2, k3)])));
    expect(reviewOf(slip, signed)).toBe('key_already_signed');
    const given = newState();
    surrender(given, k2.uuid);
    expect(reviewOf(slip, given)).toBe('key_surrendered');
  });

  test('opens for a coordinator that was revoked since, for no stranger and no signer', () => {
    const state = newState();
    const revoked: RecordEvent = { kind: 'revoked', publicKey: COORDINATOR.publicKey };
    addEntry(state, revoked);
    expect(openSlip(state, { source: 'file', bytes: slip }).slip.addresses).toHaveLength(3);
    for (const identity of [STRANGER, SIGNER]) {
      const bytes = slipOf([k0], {}, identity);
      expect(() => openSlip(state, { source: 'stick', bytes })).toThrow(/^stick: /);
    }
    addEntry(state, { kind: 'paired', role: 'signer', publicKey: STRANGER.publicKey });
    const bytes = slipOf([k0], {}, STRANGER);
    expect(() => openSlip(state, { source: 'stick', bytes })).toThrow(/^stick: /);
  });
});

describe('a key whose seed was given away', () => {
  test('signs nothing and receives nothing, as own, as payee or as cold', () => {
    const state = newState();
    surrender(state, k0.uuid);
    const at = (...bundles: RequestSlot[][]): string =>
      verdictOf(() => review(state, requestOf(state, bundles)));
    expect(at(sweep(k0, k1))).toBe('key_surrendered');
    expect(at(sweep(k1, k0))).toBe('output_to_surrendered_key');
    expect(at(bundle(input(k1, 5n), pay(1, 5n, k0.address)))).toBe('output_to_surrendered_key');
    expect(verdict(state, [bundle(fromSlip(), own(k1, 5n))])).toBe('key_surrendered');
    expect(at(sweep(k1, k2))).toBe('accepted');
  });

  test('does not hinder the bundle that had been signed before, which pays to it', () => {
    const state = newState();
    const slots = sweep(k1, k0);
    addVerdicts(state, review(state, requestOf(state, [slots])));
    surrender(state, k0.uuid);
    expect(verdictOf(() => review(state, requestOf(state, [slots])))).toBe('accepted');
  });
});

describe('a key that signed alone', () => {
  test('signs no other hash, and receives nothing', () => {
    const state = newState();
    const keys = [[uuidCommitment(k0.uuid), 1]] as const;
    const verdictAlone = { bundleHash: 'H'.repeat(80).concat('9'), keys, withdrawalIds: [] };
    addEntry(state, { kind: 'signed-alone', verdict: verdictAlone });
    const at = (...bundles: RequestSlot[][]): string =>
      verdictOf(() => review(state, requestOf(state, bundles)));
    expect(at(sweep(k0, k1))).toBe('key_already_signed');
    expect(at(sweep(k1, k0))).toBe('own_output_already_signed');
  });
});

describe('another keyring of ours', () => {
  const paired = (): RecordFold => {
    const state = newState();
    addEntry(state, { kind: 'paired', role: 'signer', publicKey: STRANGER.publicKey });
    return state;
  };
  const at = (state: RecordFold, slot: RequestSlot): string =>
    verdictOf(() => review(state, requestOf(state, [bundle(input(k0, 5n), slot)])));

  test('is named by its id', () => {
    const state = paired();
    const slots = bundle(input(k0, 5n), cold(5n, { identity: STRANGER }));
    const { bundles } = review(state, requestOf(state, [slots]));
    expect(bundles[0]?.outputs[0]?.keyringId).toBe(`kr_${'c'.repeat(32)}`);
  });

  test('is not this one, under whatever identity', () => {
    const file = cold(5n, { identity: STRANGER, keyringId: KEYRING.id });
    expect(at(paired(), file)).toBe('cold_keyring_unknown');
  });

  test('does not own what this record has issued', () => {
    expect(at(paired(), cold(5n, { identity: STRANGER, keys: [k3, k4] }))).toBe(
      'cold_keyring_unknown',
    );
  });
});

describe('the rules of a bundle that this signer builds', () => {
  test('are those of a request: an input without its fragments is refused', () => {
    const role: SlotRole = { ...slotRoleOf(level2) };
    const slots = [slotOf(role, { address: level2.address, value: -5n }), own(k1, 5n)];
    expect(verdictOf(() => checkBundle(slots, 'it'))).toBe('slot_missing');
  });

  test('refuse a payee that the bundle spends', () => {
    const spending = new Set([k0.uuid]);
    const pays = (address: string): string =>
      verdictOf(() => checkPayee(newState(), { address, at: 'it' }, spending));
    expect([pays(k0.address), pays(k1.address)]).toEqual(['output_to_signed_key', 'accepted']);
  });
});

function slotRoleOf(key: typeof k0): SlotRole {
  const { uuid, securityLevel } = key;
  return { kind: 'input', key: { kind: 'uuid', uuid }, securityLevel };
}
