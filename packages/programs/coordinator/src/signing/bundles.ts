/** From a planned sweep to the slots of its bundle: inputs first, then outputs, one timestamp for all. */
import type { KeySource, RequestSlot, SlotRole } from '@airlock/gap';
import type { SweepInput, SweepOutput } from '@airlock/journal';
import { finalizeBundle, NULL_TAG, type SecurityLevel, type Slot } from '@airlock/protocol';

export interface SweepEssence {
  readonly inputs: readonly SweepInput[];
  readonly outputs: readonly SweepOutput[];
  /** Unix time in seconds. */
  readonly timestamp: number;
  /** Of slot 0. */
  readonly obsoleteTag: string;
}

/** Slots in the order of their index; an input has one slot a security level. */
export function slotsOf({ inputs, outputs, timestamp, obsoleteTag }: SweepEssence): Slot[] {
  const slots: Slot[] = [];
  const base = { obsoleteTag: NULL_TAG, tag: NULL_TAG, timestamp };
  for (const { address, amount, securityLevel } of inputs) {
    slots.push({ ...base, address, value: -amount });
    for (let level = 1; level < securityLevel; level += 1) {
      slots.push({ ...base, address, value: 0n });
    }
  }
  for (const { address, amount, tag } of outputs) {
    // The hash covers obsoleteTag alone: a payout's tag goes there too.
    slots.push({ ...base, address, value: amount, tag, obsoleteTag: tag });
  }
  const [first, ...rest] = slots;
  if (first === undefined) throw new RangeError('expected at least one input');
  return [{ ...first, obsoleteTag }, ...rest];
}

/** The bundle hash of a sweep, and the obsoleteTag of slot 0 with which it holds no 13. */
export function finalizeSweep(essence: Omit<SweepEssence, 'obsoleteTag'>): {
  readonly hash: string;
  readonly obsoleteTag: string;
} {
  const { slots, hash } = finalizeBundle(slotsOf({ ...essence, obsoleteTag: NULL_TAG }));
  const [first] = slots;
  if (first === undefined) throw new RangeError('expected at least one input');
  return { hash, obsoleteTag: first.obsoleteTag };
}

/** What a request says of a sweep's addresses beyond the bundle: from vault, slips and batches. */
export interface RoleSource {
  readonly keyOf: (address: string) => KeySource;
  readonly uuidOf: (address: string) => string;
  /** Of an address of another keyring of ours. */
  readonly proofOf: (address: string) => Omit<Extract<SlotRole, { kind: 'cold' }>, 'kind'>;
}

function roleOf({ kind, address, withdrawalId }: SweepOutput, source: RoleSource): SlotRole {
  if (kind === 'own') return { kind, uuid: source.uuidOf(address) };
  if (kind === 'cold') return { kind, ...source.proofOf(address) };
  if (withdrawalId === null) throw new TypeError('what was paid unasked is in no request');
  return { kind: 'withdrawal', withdrawalId, authorization: null };
}

/** The slots with their roles, as a signing request carries them. */
export function requestSlotsOf(essence: SweepEssence, source: RoleSource): RequestSlot[] {
  const slots = slotsOf(essence);
  const roles: SlotRole[] = [];
  for (const { address, securityLevel } of essence.inputs) {
    const level = securityLevel as SecurityLevel;
    roles.push({ kind: 'input', key: source.keyOf(address), securityLevel: level });
    for (let i = 1; i < level; i += 1) roles.push({ kind: 'fragment' });
  }
  for (const output of essence.outputs) roles.push(roleOf(output, source));
  return slots.map((slot, index) => ({ ...slot, role: roles[index] as RequestSlot['role'] }));
}
