/**
 * As someone would write it who owns the coordinator, its identity key included, and has talked the
 * officer into typing the right words: requests that try to take money or to make a key sign twice.
 * Each is refused by its own code, and leaves no trace in the home but its line in the log.
 */
import type { RequestSlot, SigningRequest, SlotRole } from '@airlock/gap';
import { bundleHash, exposesKey, normalizeHash, SUPPLY } from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { expectRefused } from './attack.ts';
import {
  addEntry,
  addressOf,
  addVerdicts,
  bundle,
  COORDINATOR,
  cold,
  input,
  issue,
  issuedEvent,
  KEYS,
  makeWorld,
  newState,
  own,
  pay,
  removeTemporaryFolders,
  requestOf,
  review,
  SIGNER,
  STRANGER,
  seal,
  slotOf,
  verdictOf,
  type World,
} from './world.ts';

const key = (index: number): (typeof KEYS)[number] => KEYS[index]!;
const level2 = key(38);
const level3 = key(39);
const room = (address: string): RequestSlot => slotOf({ kind: 'fragment' }, { address });
const sweep = (from: number, to: number): RequestSlot[] =>
  bundle(input(key(from), 5n), own(key(to), 5n));

type Bundles = (readonly RequestSlot[])[];
type Attack = readonly [name: string, code: string, bundles: () => Bundles | Promise<Bundles>];

/** A home in which keys 0 and 38 and withdrawal 1 are spent. */
let world: World;
/** What was signed before the attacks. */
let known: Uint8Array;

beforeAll(async () => {
  world = await makeWorld();
  const slots = bundle(input(key(0), 5n), pay(1, 2n), own(key(1), 3n));
  known = seal(requestOf(world.state(), [slots], { sequence: 5 }));
  expect((await world.sign(known, 'known')).exit).toBe(0);
  const levels = bundle(input(level2, 5n), own(key(2), 5n));
  const second = seal(requestOf(world.state(), [levels], { sequence: 6 }));
  expect((await world.sign(second, 'second')).exit).toBe(0);
});

afterAll(removeTemporaryFolders);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const refuses = (table: readonly Attack[]): void => {
  test.each(table)('%s: %s', async (_name, code, bundles) => {
    await expectRefused(world, seal(requestOf(world.state(), await bundles())), { code });
  });
};

describe('money led elsewhere', () => {
  const redirected = (changes: Partial<RequestSlot>): Bundles => [
    bundle(input(key(3), 5n), { ...own(key(4), 5n), ...changes }),
  ];
  const proven = (identity: typeof COORDINATOR): Bundles => [
    bundle(input(key(3), 5n), cold(5n, { identity })),
  ];
  refuses([
    [
      'another address for an output said to be own',
      'own_output_address_mismatch',
      () => redirected({ address: addressOf('X') }),
    ],
    [
      'a remainder to a key that was never issued',
      'own_output_not_issued',
      async () => [bundle(input(key(3), 5n), own(await issue('foreign'), 5n))],
    ],
    [
      'a remainder to a key that has signed',
      'own_output_already_signed',
      () => [bundle(input(key(3), 5n), own(key(0), 5n))],
    ],
    [
      'a remainder to a key that another bundle of the request spends',
      'own_output_is_input',
      () => [sweep(3, 4), sweep(4, 5)],
    ],
    [
      'a remainder to the input itself',
      'own_output_is_input',
      () => [bundle(input(key(3), 5n), own(key(3), 5n))],
    ],
    [
      'a payment to a key that has signed',
      'output_to_signed_key',
      () => [bundle(input(key(3), 5n), pay(7, 5n, key(0).address))],
    ],
    [
      'a payment to a key that the request spends',
      'output_to_signed_key',
      () => [bundle(input(key(3), 5n), input(key(4), 1n), pay(7, 6n, key(4).address))],
    ],
    [
      'another tag than the hash covers',
      'tag_mismatch',
      () => [bundle(input(key(3), 5n), { ...pay(7, 5n), tag: 'REFUND'.padEnd(27, '9') })],
    ],
    ['a cold address proven by the coordinator', 'cold_keyring_unknown', () => proven(COORDINATOR)],
    ['a cold address proven by a stranger', 'cold_keyring_unknown', () => proven(STRANGER)],
    ['a cold address proven by this signer', 'cold_keyring_unknown', () => proven(SIGNER)],
    [
      'a withdrawal that was paid',
      'withdrawal_already_signed',
      () => [bundle(input(key(3), 5n), pay(1, 5n))],
    ],
    [
      'a withdrawal paid twice',
      'withdrawal_repeated',
      () => [bundle(input(key(3), 5n), pay(7, 2n), pay(7, 3n))],
    ],
    [
      'a withdrawal paid by two bundles',
      'withdrawal_repeated',
      () => [bundle(input(key(3), 5n), pay(7, 5n)), bundle(input(key(4), 5n), pay(7, 5n))],
    ],
  ]);
});

describe('a key made to sign twice', () => {
  const slip: SlotRole = {
    kind: 'input',
    key: { kind: 'slip', slipDigest: 'ab'.repeat(32), index: 0 },
    securityLevel: 1,
  };
  const atLevel = async (level: 1 | 3, name: string): Promise<Bundles> => [
    bundle(input(await issue(name, level), 5n), own(key(4), 5n)),
  ];
  refuses([
    ['in another bundle', 'key_already_signed', () => [sweep(0, 4)]],
    [
      'in its own bundle with another remainder',
      'key_already_signed',
      () => [bundle(input(key(0), 5n), pay(1, 2n), own(key(4), 3n))],
    ],
    ['as the address of level 1', 'key_already_signed', () => atLevel(1, 'key 38')],
    ['as the address of level 3', 'key_already_signed', () => atLevel(3, 'key 38')],
    ['at a level that was not issued', 'input_level_mismatch', () => atLevel(1, 'key 39')],
    [
      'at two levels in one bundle',
      'input_level_mismatch',
      async () => [bundle(input(level3, 5n), input(await issue('key 39', 1), 1n), own(key(4), 6n))],
    ],
    [
      'twice in one bundle',
      'key_repeated',
      () => [bundle(input(key(3), 2n), input(key(3), 3n), own(key(4), 5n))],
    ],
    ['in two bundles of a request', 'key_repeated', () => [sweep(3, 4), sweep(3, 5)]],
    [
      'that was never issued',
      'key_not_issued',
      async () => [bundle(input(await issue('foreign'), 5n), own(key(4), 5n))],
    ],
    [
      "under another key's address",
      'input_address_mismatch',
      () => [bundle(input({ ...key(3), address: key(5).address }, 5n), own(key(4), 5n))],
    ],
    [
      'out of a slip that nobody gave',
      'slip_required',
      () => [bundle(slotOf(slip, { address: key(3).address, value: -5n }), own(key(4), 5n))],
    ],
    ['in a bundle that stands there twice', 'bundle_repeated', () => [sweep(3, 4), sweep(3, 4)]],
  ]);

  test('is refused by its commitment, also if its UUID was issued at two levels', async () => {
    const low = await issue('key 38', 1);
    const levels = [low, level2, await issue('key 38', 3)];
    for (const first of [low, level2]) {
      const state = newState();
      const issueAgain = (): void => addEntry(state, issuedEvent([low], 2), [low]);
      if (first === low) issueAgain();
      const slots = bundle(input(first, 5n), own(key(4), 5n));
      addVerdicts(state, review(state, requestOf(state, [slots])));
      if (first !== low) issueAgain();
      for (const again of levels) {
        const other = bundle(input(again, 5n), own(key(5), 5n));
        expect(verdictOf(() => review(state, requestOf(state, [other])))).toBe(
          'key_already_signed',
        );
      }
    }
  });
});

describe('a bundle that the network would read otherwise', () => {
  const withSum = (output: bigint): Bundles => [bundle(input(key(3), 5n), own(key(4), output))];
  /** Tags until the normalised hash holds a 13. */
  const exposing = (): Bundles => {
    const slots = [...input(key(3), 5n), own(key(4), 5n)];
    for (let count = 0; !exposesKey(normalizeHash(bundleHash(slots))); count += 1) {
      const letter = (value: number): string => String.fromCharCode(65 + (value % 26));
      const obsoleteTag = `${letter(count)}${letter(Math.floor(count / 26))}`.padEnd(27, '9');
      slots[0] = { ...slots[0]!, obsoleteTag };
    }
    return [slots];
  };
  refuses([
    ['too few slots', 'slot_missing', () => [bundle(input(level3, 5n)[0]!, own(key(4), 5n))]],
    [
      'a slot too many',
      'slot_extra',
      () => [bundle(input(key(3), 5n), room(key(3).address), own(key(4), 5n))],
    ],
    [
      'a slot that no input needs',
      'slot_extra',
      () => [bundle(input(key(3), 5n), own(key(4), 5n), room(addressOf('X')))],
    ],
    [
      'an output that spends',
      'role_mismatch',
      () => [
        bundle(
          slotOf({ kind: 'own', uuid: key(3).uuid }, { address: key(3).address, value: -5n }),
          own(key(4), 5n),
        ),
      ],
    ],
    [
      'an output of nothing',
      'output_zero',
      () => [bundle(input(key(3), 5n), own(key(4), 5n), pay(7, 0n))],
    ],
    ['less in than out', 'sum_not_zero', () => withSum(6n)],
    ['more in than out', 'sum_not_zero', () => withSum(4n)],
    [
      'part sums beyond the supply',
      'value_out_of_range',
      () => [bundle(pay(7, SUPPLY), pay(8, 1n), input(key(3), SUPPLY), input(key(4), 1n))],
    ],
    [
      'a value beyond the supply',
      'field_range',
      () => [bundle(input(key(3), SUPPLY + 1n), own(key(4), SUPPLY + 1n))],
    ],
    [
      'a value beyond 64 bits less one',
      'field_range',
      () => [bundle(input(key(3), 2n ** 63n), own(key(4), 2n ** 63n))],
    ],
    [
      'twenty-one inputs',
      'too_many_inputs',
      () => [bundle(...KEYS.slice(3, 24).map((each) => input(each, 1n)), own(key(30), 21n))],
    ],
    ['a hash that shows a private chain value', 'hash_exposes_key', exposing],
  ]);

  test('a balance that is lied about with sum 0 is signed: no ledger can be seen from here', async () => {
    const at = world.copy();
    const slots = bundle(input(key(3), 1_000_000n), pay(7, 999_999n), own(key(4), 1n));
    const file = seal(requestOf(at.state(), [slots]));
    // The network refuses such a bundle; and the key can sign no other, which costs its money.
    expect((await at.sign(file)).exit).toBe(0);
    const honest = seal(requestOf(at.state(), [sweep(3, 4)]));
    expect((await at.sign(honest, 'honest')).code).toBe('key_already_signed');
  });
});

describe('a request out of its place', () => {
  type Change = (state: ReturnType<World['state']>) => Partial<SigningRequest>;
  test.each<readonly [string, string, Change]>([
    ['for another keyring', 'wrong_keyring', () => ({ keyringId: `kr_${'0'.repeat(32)}` })],
    ['for mainnet', 'wrong_network', () => ({ network: 'mainnet' })],
    ['for devnet', 'wrong_network', () => ({ network: 'devnet' })],
    ['with a sequence that was signed', 'sequence_reused', () => ({ sequence: 5 })],
    ['with one that was passed over', 'sequence_not_rising', () => ({ sequence: 4 })],
    ['with one that would use up the rest', 'sequence_leaps', () => ({ sequence: 2 ** 40 })],
    [
      'with a head that this record has not reached',
      'signer_behind',
      ({ head }) => ({ expectedHead: { number: head.number + 1, hash: 'ab'.repeat(32) } }),
    ],
    [
      'with the head of another record',
      'record_forked',
      ({ head }) => ({ expectedHead: { number: head.number, hash: 'ab'.repeat(32) } }),
    ],
  ])('%s: %s', async (_name, code, changesOf) => {
    const state = world.state();
    const file = seal(requestOf(state, [sweep(3, 4)], changesOf(state)));
    await expectRefused(world, file, { code });
  });

  test('replayed, gives the bytes that were given and adds nothing', async () => {
    const head = world.head();
    expect((await world.sign(known, 'replayed')).exit).toBe(0);
    expect(hex(world.read('replayed'))).toBe(hex(world.read('known')));
    expect(world.head()).toEqual(head);
  });

  test('in the wrong order is refused, and its keys stay unused', async () => {
    const at = world.copy();
    const state = at.state();
    const [first, second] = [7, 8].map((sequence) =>
      seal(requestOf(state, [sweep(sequence, sequence + 10)], { sequence })),
    );
    expect((await at.sign(second!, 'second-first')).exit).toBe(0);
    expect((await at.sign(first!, 'first-second')).code).toBe('sequence_not_rising');
    const again = seal(requestOf(at.state(), [sweep(7, 20)]));
    expect((await at.sign(again, 'again')).exit).toBe(0);
  });
});
