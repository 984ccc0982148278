/**
 * The rules every signing request meets before any signature exists: a pure function of the record's
 * state and the request. Whatever is uncertain is refused, each fault by its own code.
 */
import {
  encodeAddressProof,
  GapError,
  type KeySource,
  type OpenedRequest,
  type RequestSlot,
  type SlotRole,
  verifyAddressProof,
} from '@airlock/gap';
import type { SecurityLevel } from '@airlock/protocol';
import { checkBundle, checkKey, checkPayee } from './bundle-rules.ts';
import { type Addressee, checkAddressee, checkHead, checkSequence, refuse } from './heads.ts';
import {
  formerPeersOf,
  isSurrendered,
  peersOf,
  type RecordState,
  signedHashOf,
} from './record-state.ts';
import { type Slips, slipName } from './slips.ts';

export interface ReviewedInput {
  /** Index of the input's first slot. */
  readonly index: number;
  readonly uuid: string;
  readonly address: string;
  readonly securityLevel: SecurityLevel;
  readonly amount: bigint;
  /** Of the custody slip that its key was in, or null. */
  readonly slipDigest: string | null;
}

export interface ReviewedOutput {
  readonly address: string;
  readonly amount: bigint;
  readonly tag: string;
  readonly role: Exclude<SlotRole, { kind: 'input' | 'fragment' }>;
  /** Of another keyring of ours that it goes to, or null. */
  readonly keyringId: string | null;
}

export interface ReviewedBundle {
  readonly hash: string;
  readonly inputs: readonly ReviewedInput[];
  readonly outputs: readonly ReviewedOutput[];
}

export interface ReviewedRequest extends OpenedRequest {
  readonly bundles: readonly ReviewedBundle[];
}

/** What the request as a whole has used so far. */
interface Used {
  readonly hashes: Set<string>;
  readonly keys: Set<string>;
  readonly withdrawals: Set<string>;
}

/** Whose UUIDs the inputs' keys are. */
interface KeySources {
  readonly slips: Slips;
  /** Of a request that was answered before: it needs no slip, since the record knows its keys. */
  readonly isAnswered: boolean;
}

/** The UUID of an input's key, or null if it is in a slip that does not name this input. */
function uuidOfInput(
  state: RecordState,
  { address, role }: RequestSlot,
  { slips, isAnswered }: KeySources,
): string | null {
  if (role.kind !== 'input') return null;
  const { key } = role;
  if (key.kind === 'uuid') return key.uuid;
  if (isAnswered) return state.uuidOf.get(address) ?? null;
  return slips.get(key.slipDigest)?.addresses[key.index]?.uuid ?? null;
}

/** The slip that a key names was given, and its address and level are those of the input. */
function checkSlipKey(
  { slot, at }: { slot: RequestSlot; at: string },
  { slipDigest, index }: Extract<KeySource, { kind: 'slip' }>,
  slips: Slips,
): void {
  const slip = slips.get(slipDigest);
  if (slip === undefined) {
    refuse(
      'slip_required',
      `${at}: the key of ${slot.address} is in custody slip ${slipName(slipDigest)}, which was not given; the coordinator has erased that UUID`,
      `give it with --slip; digest ${slipDigest}. If every copy of it is lost, no request spends these addresses any more: their UUIDs are then in this record and its backups alone, and "surrender" gives out a seed`,
    );
  }
  const listed = slip.addresses[index];
  if (listed === undefined) {
    refuse(
      'slip_index_out_of_range',
      `${at}: names address ${index} of a slip that has ${slip.addresses.length}`,
    );
  }
  const isSame =
    slot.role.kind === 'input' &&
    listed.address === slot.address &&
    listed.securityLevel === slot.role.securityLevel;
  if (isSame) return;
  refuse(
    'slip_address_mismatch',
    `${at}: address ${index} of the slip is ${listed.address} at level ${listed.securityLevel}, not ${slot.address}`,
  );
}

function reviewInput(
  state: RecordState,
  { slot, index, where }: { slot: RequestSlot; index: number; where: string },
  { hash, sources }: { hash: string; sources: KeySources },
): ReviewedInput {
  const { role, address } = slot;
  if (role.kind !== 'input') throw new TypeError('expected an input');
  const at = `${where}, slot ${index}`;
  if (role.key.kind === 'slip' && !sources.isAnswered) {
    checkSlipKey({ slot, at }, role.key, sources.slips);
  }
  const uuid = uuidOfInput(state, slot, sources);
  if (uuid === null) throw new TypeError('expected a key that the record knows');
  const { securityLevel } = role;
  checkKey(state, { uuid, address, securityLevel, at }, hash);
  return {
    index,
    uuid,
    address,
    securityLevel,
    amount: -slot.value,
    slipDigest: role.key.kind === 'slip' ? role.key.slipDigest : null,
  };
}

/** Keys that any bundle of the request spends: no output may pay to them. */
function inputUuids(
  state: RecordState,
  bundles: readonly (readonly RequestSlot[])[],
  sources: KeySources,
): Set<string> {
  const uuids = bundles.flat().map((slot) => uuidOfInput(state, slot, sources));
  return new Set(uuids.filter((uuid) => uuid !== null));
}

function checkOwnOutput(
  state: RecordState,
  { slot, uuid, at }: { slot: RequestSlot; uuid: string; at: string },
  { spending, isKnown }: { spending: ReadonlySet<string>; isKnown: boolean },
): void {
  const issued = state.issued.get(uuid);
  if (issued === undefined) {
    refuse('own_output_not_issued', `${at}: said to be own, but this record never issued its key`);
  }
  if (issued.address !== slot.address) {
    refuse('own_output_address_mismatch', `${at}: the key said to own it has ${issued.address}`);
  }
  if (isKnown) return;
  if (signedHashOf(state, uuid) !== null) {
    refuse('own_output_already_signed', `${at}: its key has signed; money there would be stranded`);
  }
  if (isSurrendered(state, uuid)) {
    refuse('output_to_surrendered_key', `${at}: the seed of that address was given away`);
  }
  if (spending.has(uuid)) {
    refuse('own_output_is_input', `${at}: this request also spends that address`);
  }
}

/**
 * The address is of another keyring of ours, as a paired signer of that keyring has stated.
 * @returns the id of that keyring
 */
function checkColdOutput(
  state: RecordState,
  slot: RequestSlot,
  { at, keyring, isKnown }: { at: string; keyring: Addressee; isKnown: boolean },
): string {
  const { role, address } = slot;
  if (role.kind !== 'cold') throw new TypeError('expected a cold output');
  // What was signed while a keyring was paired stays what it was when the keyring is revoked.
  const former = isKnown ? formerPeersOf(state, 'signer') : [];
  for (const publicKey of [...peersOf(state, 'signer'), ...former]) {
    try {
      const statement = verifyAddressProof({
        proof: encodeAddressProof(role.proof),
        address,
        securityLevel: role.securityLevel,
        publicKey,
      });
      // Another signer of this very keyring has another record of the same keys: nothing is other there.
      const isOther = statement.keyringId !== keyring.id && !state.uuidOf.has(address);
      if (statement.network === keyring.network && isOther) return statement.keyringId;
    } catch (cause) {
      if (!(cause instanceof GapError)) throw cause;
    }
  }
  refuse('cold_keyring_unknown', `${at}: no paired keyring proves this address to be its own`);
}

/** @returns the id of the keyring that a cold output goes to */
function checkOutput(
  state: RecordState,
  { slot, at, keyring }: { slot: RequestSlot; at: string; keyring: Addressee },
  { spending, used, hash }: { spending: ReadonlySet<string>; used: Used; hash: string },
): string | null {
  const { role } = slot;
  const isKnown = state.signedBundles.has(hash);
  if (role.kind === 'own') {
    checkOwnOutput(state, { slot, uuid: role.uuid, at }, { spending, isKnown });
    return null;
  }
  if (!isKnown) checkPayee(state, { address: slot.address, at }, spending);
  if (slot.tag !== slot.obsoleteTag) {
    refuse('tag_mismatch', `${at}: the tag shown is not the one that the hash covers`);
  }
  if (role.kind === 'cold') return checkColdOutput(state, slot, { at, keyring, isKnown });
  if (role.kind !== 'withdrawal') return null;
  const signed = state.withdrawals.get(role.withdrawalId);
  if (signed !== undefined && signed !== hash) {
    refuse(
      'withdrawal_already_signed',
      `${at}: withdrawal ${role.withdrawalId} was paid by bundle ${signed}`,
    );
  }
  if (used.withdrawals.has(role.withdrawalId)) {
    refuse('withdrawal_repeated', `${at}: withdrawal ${role.withdrawalId} stands there twice`);
  }
  used.withdrawals.add(role.withdrawalId);
  return null;
}

/**
 * A bundle that this record has signed before reveals nothing new when it is signed again, whatever
 * became of its outputs' keys since. But roles and ids are not covered by its hash: they must be those
 * that were recorded, so that nothing else is shown or written down about it.
 */
function checkKnownWithdrawals(
  state: RecordState,
  { hash, where, outputs }: { hash: string; where: string; outputs: readonly ReviewedOutput[] },
): void {
  if (!state.signedBundles.has(hash)) return;
  const ids = outputs.flatMap(({ role }) =>
    role.kind === 'withdrawal' ? [role.withdrawalId] : [],
  );
  const recorded = [...state.withdrawals.values()].filter((bundle) => bundle === hash).length;
  if (ids.length === recorded && ids.every((id) => state.withdrawals.get(id) === hash)) return;
  refuse('role_mismatch', `${where} was signed before, with other withdrawals`);
}

interface Context {
  readonly keyring: Addressee;
  readonly sources: KeySources;
  readonly spending: ReadonlySet<string>;
  readonly used: Used;
}

function reviewBundle(
  state: RecordState,
  { slots, where }: { slots: readonly RequestSlot[]; where: string },
  { keyring, sources, spending, used }: Context,
): ReviewedBundle {
  const hash = checkBundle(slots, where);
  if (state.freedBundles.has(hash)) {
    refuse('bundle_voided', `${where}: a void has freed its inputs for other bundles`);
  }
  if (used.hashes.has(hash)) refuse('bundle_repeated', `${where} stands in the request twice`);
  used.hashes.add(hash);
  const inputs: ReviewedInput[] = [];
  for (const [index, slot] of slots.entries()) {
    if (slot.role.kind !== 'input') continue;
    const input = reviewInput(state, { slot, index, where }, { hash, sources });
    if (used.keys.has(input.uuid)) {
      refuse('key_repeated', `${where}, slot ${index}: the request spends this key twice`);
    }
    used.keys.add(input.uuid);
    inputs.push(input);
  }
  const outputs: ReviewedOutput[] = [];
  for (const [index, slot] of slots.entries()) {
    const { role } = slot;
    if (role.kind === 'input' || role.kind === 'fragment') continue;
    const at = `${where}, slot ${index}`;
    const keyringId = checkOutput(state, { slot, at, keyring }, { spending, used, hash });
    outputs.push({ address: slot.address, amount: slot.value, tag: slot.tag, role, keyringId });
  }
  checkKnownWithdrawals(state, { hash, where, outputs });
  return { hash, inputs, outputs };
}

/**
 * Reviews a request that is signed by a paired coordinator. One that was answered before passes again,
 * also without its slips: its bundles are the very ones its keys have signed.
 * @throws SignerError with the code of the first rule that is broken
 */
export function reviewRequest(
  state: RecordState,
  keyring: Addressee,
  { opened, slips }: { readonly opened: OpenedRequest; readonly slips: Slips },
): ReviewedRequest {
  const { request } = opened;
  checkAddressee(keyring, request);
  const isAnswered = checkSequence(state, opened);
  checkHead(state, request.expectedHead, isAnswered);
  const sources = { slips, isAnswered };
  const context = {
    keyring,
    sources,
    spending: inputUuids(state, request.bundles, sources),
    used: { hashes: new Set<string>(), keys: new Set<string>(), withdrawals: new Set<string>() },
  };
  const bundles = request.bundles.map((slots, index) =>
    reviewBundle(state, { slots, where: `bundle ${index + 1}` }, context),
  );
  return { ...opened, bundles };
}

/** Digests of the slips that a request's inputs name, each once. */
export function slipsOf(bundles: readonly (readonly RequestSlot[])[]): string[] {
  const digests = bundles.flat().flatMap(({ role }) => {
    const isSlip = role.kind === 'input' && role.key.kind === 'slip';
    return isSlip ? [role.key.slipDigest] : [];
  });
  return [...new Set(digests)];
}
