/**
 * A spend that this signer builds alone, from slips and what the officer says: its bundle, and the
 * rules it meets. They are those of a request's bundle; payees are anybody's, and have no id.
 */
import { INPUTS_MAX } from '@airlock/gap';
import {
  finalizeBundle,
  formatAmount,
  NULL_TAG,
  type SecurityLevel,
  type Slot,
} from '@airlock/protocol';
import { checkBundle, checkKey, checkPayee, type RuledSlot } from './bundle-rules.ts';
import { SignerError, type SignerErrorCode } from './error.ts';
import { refuse } from './heads.ts';
import { type RecordState, signedHashOf } from './record-state.ts';
import type { ReviewedInput } from './review.ts';
import type { Slips } from './slips.ts';

/** Payees of one bundle: with 20 inputs of three slots they stay below the slots of a bundle. */
export const PAYEES_MAX = 60;
/** Unix time in seconds of the year 9999: what a bundle's slot may carry. */
const TIMESTAMP_MAX = 253_402_300_799;

export interface Spent {
  readonly address: string;
  readonly amount: bigint;
}

/** A spend as it was asked for: one payee may take the rest. */
export interface AskedSpend {
  readonly inputs: readonly Spent[];
  readonly payees: readonly { readonly address: string; readonly amount: bigint | null }[];
  /** 27 trytes, of every payee's slot. */
  readonly tag: string;
}

export interface Spend {
  readonly inputs: readonly Spent[];
  readonly payees: readonly Spent[];
  readonly tag: string;
}

/** All that a bundle follows from. */
export interface SpendPlan extends Spend {
  /** Unix time in seconds. */
  readonly timestamp: number;
}

export interface ReviewedSpend {
  readonly hash: string;
  readonly slots: readonly RuledSlot[];
  readonly inputs: readonly ReviewedInput[];
  readonly payees: readonly (Spent & { /** Issued by this record. */ readonly isOwn: boolean })[];
  readonly tag: string;
}

const sumOf = (amounts: readonly { readonly amount: bigint }[]): bigint =>
  amounts.reduce((sum, { amount }) => sum + amount, 0n);

/**
 * Gives the rest to the payee without an amount; without one, the amounts come out even.
 * @throws SignerError sum_not_zero, no_input, too_many_inputs, usage
 */
export function settleSpend({ inputs, payees, tag }: AskedSpend): Spend {
  if (inputs.length === 0) refuse('no_input', 'the bundle spends nothing', 'name each --input');
  if (inputs.length > INPUTS_MAX) {
    refuse(
      'too_many_inputs',
      `${inputs.length} inputs were named, at most ${INPUTS_MAX} are signed`,
      'spend the others in another bundle',
    );
  }
  const open = payees.filter(({ amount }) => amount === null).length;
  if (payees.length === 0 || payees.length > PAYEES_MAX || open > 1) {
    const next = 'name each --to once, and leave the amount out of one of them at most';
    refuse('usage', `expected 1 to ${PAYEES_MAX} payees, of which one takes the rest`, next);
  }
  const given = sumOf(inputs);
  const taken = payees.reduce((sum, { amount }) => sum + (amount ?? 0n), 0n);
  const rest = given - taken;
  if (open === 1 ? rest <= 0n : rest !== 0n) {
    refuse(
      'sum_not_zero',
      `the inputs hold ${formatAmount(given)}, the payees get ${formatAmount(taken)}`,
      'every address is spent whole: say who gets all of it; one --to without an amount takes the rest',
    );
  }
  const settled = payees.map(({ address, amount }) => ({ address, amount: amount ?? rest }));
  return { inputs, payees: settled, tag };
}

const keyOf = ({ address, amount }: Spent): string => `${address} ${amount}`;

/** Whether two spends are the same, in whatever order they were typed. */
export function isSameSpend(one: Spend, other: Spend): boolean {
  const text = ({ inputs, payees, tag }: Spend): string =>
    JSON.stringify([inputs.map(keyOf).sort(), payees.map(keyOf).sort(), tag]);
  return text(one) === text(other);
}

/** The plan of a spend that begins now, by the offline clock in milliseconds. */
export function planSpend(spend: Spend, now: number): SpendPlan {
  const seconds = Math.floor(now / 1000);
  return { ...spend, timestamp: Math.min(Math.max(seconds, 0), TIMESTAMP_MAX) };
}

/** A key as a slip lists it. */
interface ListedKey {
  readonly uuid: string;
  readonly securityLevel: SecurityLevel;
  readonly slipDigest: string | null;
}

/** Keys by address; of a spend that was recorded before, also those that no slip lists. */
function findKey(state: RecordState, slips: Slips, address: string): ListedKey {
  for (const [slipDigest, { addresses }] of slips) {
    const listed = addresses.find((each) => each.address === address);
    if (listed !== undefined) return { ...listed, slipDigest };
  }
  const uuid = state.uuidOf.get(address);
  const key = uuid === undefined ? undefined : state.issued.get(uuid);
  const bundle = recordedAlone(state, address);
  if (key !== undefined && bundle !== null) return { ...key, slipDigest: null };
  return refuse(
    'slip_required',
    `${address} is in none of the slips that were given`,
    'give the slip that lists it with --slip; if every copy is lost, "surrender" gives out its seed',
  );
}

/** The number of the entry by which the key of an address has signed alone, or null. */
export function recordedAlone(state: RecordState, address: string): number | null {
  const uuid = state.uuidOf.get(address);
  const hash = uuid === undefined ? null : signedHashOf(state, uuid);
  return hash === null ? null : (state.signedAlone.get(hash) ?? null);
}

interface Built {
  readonly slots: readonly RuledSlot[];
  readonly hash: string;
  /** Of each input in turn. */
  readonly starts: readonly number[];
}

/** Inputs first, then payees, one timestamp; slot 0 is an input, and its tag is raised. */
function build({ inputs, payees, tag, timestamp }: SpendPlan, keys: readonly ListedKey[]): Built {
  const base = { obsoleteTag: NULL_TAG, tag: NULL_TAG, timestamp };
  const slots: Slot[] = [];
  const roles: RuledSlot['role'][] = [];
  const starts: number[] = [];
  for (const [place, { address, amount }] of inputs.entries()) {
    const { securityLevel } = keys[place] ?? {};
    if (securityLevel === undefined) throw new TypeError('expected a key of every input');
    starts.push(slots.length);
    slots.push({ ...base, address, value: -amount });
    roles.push({ kind: 'input', securityLevel });
    for (let level = 1; level < securityLevel; level += 1) {
      slots.push({ ...base, address, value: 0n });
      roles.push({ kind: 'fragment' });
    }
  }
  for (const { address, amount } of payees) {
    // The hash covers obsoleteTag alone: the payees' tag goes there too.
    slots.push({ ...base, address, value: amount, tag, obsoleteTag: tag });
    roles.push({ kind: 'payee' });
  }
  const { slots: final, hash } = finalizeBundle(slots);
  const ruled = final.map((slot, index) => ({
    ...slot,
    role: roles[index] ?? ({ kind: 'payee' } as const),
  }));
  return { slots: ruled, hash, starts };
}

const OTHER_AMOUNTS =
  'correct the addresses and amounts of --input and --to, and repeat the command';
const OTHER_SLIP =
  'make no use of this slip: the record says otherwise; report the code and the slip';

/** What to do where a rule of requests is broken: here no coordinator has asked, but the officer. */
const NEXT: Readonly<Partial<Record<SignerErrorCode, string>>> = {
  output_to_signed_key: 'name another --to: the key of that address is used up, or signs here',
  output_to_surrendered_key:
    'name another --to: whoever was given the seed takes what comes to that address',
  address_last_trit: OTHER_AMOUNTS,
  value_out_of_range: OTHER_AMOUNTS,
  output_zero: OTHER_AMOUNTS,
  role_mismatch: OTHER_AMOUNTS,
  key_not_issued: OTHER_SLIP,
  input_level_mismatch: OTHER_SLIP,
  input_address_mismatch: OTHER_SLIP,
};

/**
 * Builds a planned spend and holds it to the rules of bundles and keys. One that this record has
 * signed before passes again, whatever became of its payees since.
 * @throws SignerError with the code of the first rule that is broken
 */
export function reviewSpend(state: RecordState, plan: SpendPlan, slips: Slips): ReviewedSpend {
  try {
    return holdToRules(state, plan, slips);
  } catch (cause) {
    if (!(cause instanceof SignerError)) throw cause;
    const { code, message, next } = cause;
    throw new SignerError(code, message, { next: NEXT[code] ?? next, cause });
  }
}

function holdToRules(state: RecordState, plan: SpendPlan, slips: Slips): ReviewedSpend {
  const keys = plan.inputs.map(({ address }) => findKey(state, slips, address));
  const uuids = new Set(keys.map(({ uuid }) => uuid));
  if (uuids.size !== keys.length) refuse('key_repeated', 'one key is spent twice', 'name it once');
  const { slots, starts, hash: built } = build(plan, keys);
  const hash = checkBundle(slots, 'the bundle');
  if (hash !== built) throw new TypeError('expected the hash that was made');
  const inputs = plan.inputs.map(({ address, amount }, place): ReviewedInput => {
    const key = keys[place];
    if (key === undefined) throw new TypeError('expected a key of every input');
    checkKey(state, { ...key, address, at: `input ${place + 1}` }, hash);
    return { ...key, address, amount, index: starts[place] ?? 0 };
  });
  if (!state.signedBundles.has(hash)) {
    for (const [place, { address }] of plan.payees.entries()) {
      checkPayee(state, { address, at: `payee ${place + 1}` }, uuids);
    }
  }
  const payees = plan.payees.map((each) => ({ ...each, isOwn: state.uuidOf.has(each.address) }));
  return { hash, slots, inputs, payees, tag: plan.tag };
}
