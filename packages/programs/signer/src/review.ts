/**
 * The rules every signing request meets before any signature exists: a pure function of the record's
 * state and the request. Whatever is uncertain is refused, each fault by its own code.
 */
import {
  encodeAddressProof,
  GapError,
  INPUTS_MAX,
  type OpenedRequest,
  type RequestSlot,
  type SlotRole,
  verifyAddressProof,
} from '@airlock/gap';
import {
  bundleHash,
  exposesKey,
  findValueFault,
  type Network,
  normalizeHash,
  type SecurityLevel,
  slotsOfInput,
} from '@airlock/protocol';
import { type Addressee, checkAddressee, checkHead, checkSequence, refuse } from './heads.ts';
import { peersOf, type RecordState, signedHashOf } from './record-state.ts';

export interface ReviewedInput {
  /** Index of the input's first slot. */
  readonly index: number;
  readonly uuid: string;
  readonly address: string;
  readonly securityLevel: SecurityLevel;
  readonly amount: bigint;
}

export interface ReviewedOutput {
  readonly address: string;
  readonly amount: bigint;
  readonly tag: string;
  readonly role: Exclude<SlotRole, { kind: 'input' | 'fragment' }>;
}

export interface ReviewedBundle {
  readonly hash: string;
  readonly inputs: readonly ReviewedInput[];
  readonly outputs: readonly ReviewedOutput[];
}

export interface ReviewedRequest extends OpenedRequest {
  readonly bundles: readonly ReviewedBundle[];
}

/** One slot a level and no other: what IRI would take for the input's signature is what we sign. */
function checkSlots(slots: readonly RequestSlot[], where: string): void {
  const expected = new Set<number>();
  for (const [index, { value, role }] of slots.entries()) {
    if (role.kind !== 'input') continue;
    if (value >= 0n) refuse('role_mismatch', `${where}, slot ${index}: an input must spend`);
    const count = slotsOfInput(slots, index);
    if (count < role.securityLevel) {
      refuse(
        'slot_missing',
        `${where}, slot ${index}: level ${role.securityLevel} needs as many slots, ${count} came`,
      );
    }
    if (count > role.securityLevel) {
      refuse(
        'slot_extra',
        `${where}, slot ${index}: level ${role.securityLevel} needs as many slots, ${count} came`,
      );
    }
    for (let i = 1; i < count; i += 1) expected.add(index + i);
  }
  for (const [index, { value, role }] of slots.entries()) {
    const at = `${where}, slot ${index}`;
    if (expected.has(index)) {
      if (role.kind !== 'fragment') refuse('role_mismatch', `${at}: expected a fragment's slot`);
    } else if (role.kind === 'fragment') {
      refuse('slot_extra', `${at}: no input needs this fragment's slot`);
    } else if (role.kind !== 'input' && value < 0n) {
      refuse('role_mismatch', `${at}: an output must not spend`);
    } else if (role.kind !== 'input' && value === 0n) {
      refuse('output_zero', `${at}: an output of 0`);
    }
  }
}

/** What IRI's validator would not confirm, and a hash that would show a private chain value. */
function checkBundle(slots: readonly RequestSlot[], where: string): string {
  const fault = findValueFault(slots);
  if (fault !== null) refuse(fault, `${where}: ${fault.replaceAll('_', ' ')}`);
  checkSlots(slots, where);
  const inputs = slots.filter((slot) => slot.role.kind === 'input').length;
  if (inputs === 0) refuse('no_input', `${where} spends nothing`);
  if (inputs > INPUTS_MAX) {
    refuse('too_many_inputs', `${where} has ${inputs} inputs, at most ${INPUTS_MAX} are signed`);
  }
  const hash = bundleHash(slots);
  if (exposesKey(normalizeHash(hash))) {
    refuse('hash_exposes_key', `${where}: the normalised hash holds a 13`);
  }
  return hash;
}

/** What the request as a whole has used so far. */
interface Used {
  readonly hashes: Set<string>;
  readonly keys: Set<string>;
  readonly withdrawals: Set<string>;
}

function reviewInput(
  state: RecordState,
  { slot, index, where }: { slot: RequestSlot; index: number; where: string },
  hash: string,
): ReviewedInput {
  const { role } = slot;
  if (role.kind !== 'input') throw new TypeError('expected an input');
  const at = `${where}, slot ${index}`;
  if (role.key.kind === 'slip') {
    refuse('slip_required', `${at}: the key's UUID is in a custody slip that was not given`);
  }
  const { uuid } = role.key;
  const signed = signedHashOf(state, uuid);
  if (signed !== null && signed !== hash) {
    refuse(
      'key_already_signed',
      `${at}: the key of ${slot.address} has signed ${signed}; a second hash would let anyone forge`,
      'never sign this; the money on that address cannot be moved by another bundle',
    );
  }
  const issued = state.issued.get(uuid);
  if (issued === undefined) {
    refuse('key_not_issued', `${at}: this record never issued the key of ${slot.address}`);
  }
  if (issued.securityLevel !== role.securityLevel) {
    refuse(
      'input_level_mismatch',
      `${at}: the key was issued at level ${issued.securityLevel}, level ${role.securityLevel} came`,
    );
  }
  if (issued.address !== slot.address) {
    refuse('input_address_mismatch', `${at}: the key belongs to ${issued.address}`);
  }
  return {
    index,
    uuid,
    address: slot.address,
    securityLevel: role.securityLevel,
    amount: -slot.value,
  };
}

/** Keys that any bundle of the request spends: no output may pay to them. */
function inputUuids(bundles: readonly (readonly RequestSlot[])[]): Set<string> {
  const uuids = new Set<string>();
  for (const { role } of bundles.flat()) {
    if (role.kind === 'input' && role.key.kind === 'uuid') uuids.add(role.key.uuid);
  }
  return uuids;
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
  if (spending.has(uuid)) {
    refuse('own_output_is_input', `${at}: this request also spends that address`);
  }
}

function checkColdOutput(
  state: RecordState,
  slot: RequestSlot,
  { at, network, isKnown }: { at: string; network: Network; isKnown: boolean },
): void {
  const { role } = slot;
  if (role.kind !== 'cold') throw new TypeError('expected a cold output');
  // What was signed while a keyring was paired stays what it was when the keyring is revoked.
  const former = [...state.revokedPeers.values()].filter((peer) => peer.role === 'signer');
  const keys = [
    ...peersOf(state, 'signer'),
    ...(isKnown ? former.map((peer) => peer.publicKey) : []),
  ];
  for (const publicKey of keys) {
    try {
      const statement = verifyAddressProof({
        proof: encodeAddressProof(role.proof),
        address: slot.address,
        securityLevel: role.securityLevel,
        publicKey,
      });
      if (statement.network === network) return;
    } catch (cause) {
      if (!(cause instanceof GapError)) throw cause;
    }
  }
  refuse('cold_keyring_unknown', `${at}: no paired cold keyring proves this address to be its own`);
}

function checkOutput(
  state: RecordState,
  { slot, at, network }: { slot: RequestSlot; at: string; network: Network },
  { spending, used, hash }: { spending: ReadonlySet<string>; used: Used; hash: string },
): void {
  const { role } = slot;
  const isKnown = state.signedBundles.has(hash);
  if (role.kind === 'own') {
    checkOwnOutput(state, { slot, uuid: role.uuid, at }, { spending, isKnown });
    return;
  }
  const owner = state.uuidOf.get(slot.address);
  const isSpent =
    owner !== undefined && (spending.has(owner) || signedHashOf(state, owner) !== null);
  if (isSpent && !isKnown) {
    refuse('output_to_signed_key', `${at}: pays to an address whose key signs or has signed`);
  }
  if (slot.tag !== slot.obsoleteTag) {
    refuse('tag_mismatch', `${at}: the tag shown is not the one that the hash covers`);
  }
  if (role.kind === 'cold') checkColdOutput(state, slot, { at, network, isKnown });
  if (role.kind !== 'withdrawal') return;
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

function reviewBundle(
  state: RecordState,
  { slots, where, network }: { slots: readonly RequestSlot[]; where: string; network: Network },
  { spending, used }: { spending: ReadonlySet<string>; used: Used },
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
    const input = reviewInput(state, { slot, index, where }, hash);
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
    checkOutput(state, { slot, at, network }, { spending, used, hash });
    outputs.push({ address: slot.address, amount: slot.value, tag: slot.tag, role });
  }
  checkKnownWithdrawals(state, { hash, where, outputs });
  return { hash, inputs, outputs };
}

/**
 * Reviews a request that is signed by a paired coordinator. One that was answered before passes again:
 * its bundles are the very ones its keys have signed.
 * @throws SignerError with the code of the first rule that is broken
 */
export function reviewRequest(
  state: RecordState,
  keyring: Addressee,
  opened: OpenedRequest,
): ReviewedRequest {
  const { request } = opened;
  checkAddressee(keyring, request);
  const isKnown = checkSequence(state, opened);
  checkHead(state, request.expectedHead, isKnown);
  const spending = inputUuids(request.bundles);
  const used: Used = { hashes: new Set(), keys: new Set(), withdrawals: new Set() };
  const bundles = request.bundles.map((slots, index) =>
    reviewBundle(
      state,
      { slots, where: `bundle ${index + 1}`, network: keyring.network },
      { spending, used },
    ),
  );
  return { ...opened, bundles };
}
