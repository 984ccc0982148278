/**
 * The rules of one bundle and its keys, whoever has built it: a coordinator or this signer itself.
 * Pure functions of the record's state and the slots; each fault has its own code.
 */
import { INPUTS_MAX } from '@airlock/gap';
import {
  bundleHash,
  exposesKey,
  findValueFault,
  normalizeHash,
  type SecurityLevel,
  type Slot,
  slotsOfInput,
} from '@airlock/protocol';
import { refuse } from './heads.ts';
import { isSurrendered, type RecordState, signedHashOf } from './record-state.ts';

/** A slot of a bundle as far as these rules look at its role. */
export interface RuledSlot extends Slot {
  readonly role:
    | { readonly kind: 'input'; readonly securityLevel: SecurityLevel }
    | { readonly kind: 'fragment' | 'own' | 'withdrawal' | 'cold' | 'payee' };
}

/** One slot a level and no other: what IRI would take for the input's signature is what we sign. */
function checkSlots(slots: readonly RuledSlot[], where: string): void {
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

/**
 * What IRI's validator would not confirm, and a hash that would show a private chain value.
 * @returns the bundle hash
 */
export function checkBundle(slots: readonly RuledSlot[], where: string): string {
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

/** The key that an input names. */
export interface NamedKey {
  readonly uuid: string;
  readonly address: string;
  readonly securityLevel: SecurityLevel;
  /** Where it stands, for error texts. */
  readonly at: string;
}

/** A key may sign this hash: it has signed no other, is nobody else's, and is what it is said to be. */
export function checkKey(
  state: RecordState,
  { uuid, address, securityLevel, at }: NamedKey,
  hash: string,
): void {
  const signed = signedHashOf(state, uuid);
  if (signed !== null && signed !== hash) {
    refuse(
      'key_already_signed',
      `${at}: the key of ${address} has signed ${signed}; a second hash would let anyone forge`,
      'never sign this; the money on that address cannot be moved by another bundle',
    );
  }
  checkNotSurrendered(state, { uuid, address, at });
  const issued = state.issued.get(uuid);
  if (issued === undefined) {
    refuse('key_not_issued', `${at}: this record never issued the key of ${address}`);
  }
  if (issued.securityLevel !== securityLevel) {
    refuse(
      'input_level_mismatch',
      `${at}: the key was issued at level ${issued.securityLevel}, level ${securityLevel} came`,
    );
  }
  if (issued.address !== address) {
    refuse('input_address_mismatch', `${at}: the key belongs to ${issued.address}`);
  }
}

/** @throws SignerError key_surrendered */
export function checkNotSurrendered(
  state: RecordState,
  { uuid, address, at }: Omit<NamedKey, 'securityLevel'>,
): void {
  if (!isSurrendered(state, uuid)) return;
  refuse(
    'key_surrendered',
    `${at}: the seed of ${address} was given away, and its key never signs here again`,
    'never sign this; whoever was given the seed moves what is on that address',
  );
}

/** Money to others or to another keyring must not come to a key of ours that is used up. */
export function checkPayee(
  state: RecordState,
  { address, at }: { readonly address: string; readonly at: string },
  spending: ReadonlySet<string>,
): void {
  const owner = state.uuidOf.get(address);
  if (owner === undefined) return;
  if (spending.has(owner) || signedHashOf(state, owner) !== null) {
    refuse('output_to_signed_key', `${at}: pays to an address whose key signs or has signed`);
  }
  if (isSurrendered(state, owner)) {
    refuse(
      'output_to_surrendered_key',
      `${at}: pays to an address of this record whose seed was given away`,
    );
  }
}
