/** Whether a key may be given away: one of this record that has signed nothing. A pure rule. */
import type { SecurityLevel } from '@airlock/protocol';
import { refuse } from './heads.ts';
import { isSurrendered, type RecordState, signedHashOf } from './record-state.ts';

export interface SurrenderedKey {
  readonly uuid: string;
  readonly address: string;
  readonly securityLevel: SecurityLevel;
  /** Whether it was given away before: then nothing is recorded again. */
  readonly isAgain: boolean;
}

/** @throws SignerError key_not_issued, key_already_signed */
export function reviewSurrender(state: RecordState, address: string): SurrenderedKey {
  const uuid = state.uuidOf.get(address);
  const issued = uuid === undefined ? undefined : state.issued.get(uuid);
  if (issued === undefined) {
    refuse(
      'key_not_issued',
      `this record never issued ${address}`,
      'check the address, and that this is the signer of its keyring',
    );
  }
  const signed = signedHashOf(state, issued.uuid);
  if (signed !== null) {
    refuse(
      'key_already_signed',
      `the key of ${address} has signed ${signed}: another wallet would sign with it again`,
      'never give it away; if that bundle is not confirmed yet, broadcast it again',
    );
  }
  return { ...issued, isAgain: isSurrendered(state, issued.uuid) };
}
