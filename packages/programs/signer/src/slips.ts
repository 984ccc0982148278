/**
 * Custody slips as the officer brings them: who may have signed them, and what must be true of their
 * addresses before a receipt is made. The derivation from the salt comes after; nothing is derived here.
 */
import {
  type CustodySlip,
  GapError,
  type OpenedSlip,
  openCustodySlip,
  wordsOf,
} from '@airlock/gap';
import { checkNotSurrendered } from './bundle-rules.ts';
import { type Addressee, checkAddressee, refuse } from './heads.ts';
import { formerPeersOf, peersOf, type RecordState, signedHashOf } from './record-state.ts';

/** Slips that were given, by their digest. */
export type Slips = ReadonlyMap<string, CustodySlip>;

/** A slip's bytes, and where they came from. */
export interface SlipFile {
  readonly source: string;
  readonly bytes: Uint8Array;
}

/**
 * Opens a slip of any coordinator that this record was ever paired with: a slip outlives the pairing,
 * and its content is proven by derivation, not by its signature.
 * @throws GapError that names the file
 */
export function openSlip(state: RecordState, { source, bytes }: SlipFile): OpenedSlip {
  const keys = [...peersOf(state, 'coordinator'), ...formerPeersOf(state, 'coordinator')];
  try {
    return openCustodySlip(bytes, keys);
  } catch (cause) {
    if (cause instanceof GapError) throw new GapError(cause.code, `${source}: ${cause.message}`);
    throw cause;
  }
}

/** Opens slips for this keyring. @throws GapError @throws SignerError wrong_keyring, wrong_network */
export function openSlips(
  state: RecordState,
  keyring: Addressee,
  files: readonly SlipFile[],
): Slips {
  const slips = new Map<string, CustodySlip>();
  for (const file of files) {
    const { slip, digest } = openSlip(state, file);
    checkAddressee(keyring, { ...slip, what: `the slip ${file.source}` });
    slips.set(digest, slip);
  }
  return slips;
}

/** The first words of a digest, as people name a slip. */
export function slipName(digest: string): string {
  const words = wordsOf(digest).slice(0, 4).join(' ').toUpperCase();
  return `${words} (${digest.slice(0, 16)}…)`;
}

/**
 * What a receipt says but for the derivation: each address was issued by this record, for the UUID and
 * level of the slip, and its key is unused.
 * @throws SignerError wrong_keyring, wrong_network, key_not_issued, slip_address_mismatch,
 * key_already_signed, key_surrendered
 */
export function reviewSlip(state: RecordState, keyring: Addressee, slip: CustodySlip): void {
  checkAddressee(keyring, { ...slip, what: 'the slip' });
  for (const [index, { uuid, address, securityLevel }] of slip.addresses.entries()) {
    const at = `address ${index} of the slip`;
    const issued = state.issued.get(uuid);
    if (issued === undefined) {
      refuse('key_not_issued', `${at}: this record never issued the key of ${address}`);
    }
    if (issued.address !== address || issued.securityLevel !== securityLevel) {
      refuse(
        'slip_address_mismatch',
        `${at}: its UUID gives ${issued.address} at level ${issued.securityLevel}, the slip says ${address} at level ${securityLevel}`,
        'make no use of this slip, and erase nothing online; report it to the coordinator operator',
      );
    }
    const signed = signedHashOf(state, uuid);
    if (signed !== null) {
      refuse(
        'key_already_signed',
        `${at}: the key of ${address} has signed ${signed}, and no other bundle can move its money`,
        'leave that address out: the coordinator makes another slip',
      );
    }
    checkNotSurrendered(state, { uuid, address, at });
  }
}

/** What the slip's addresses held when they were set aside, in iota. */
export function totalOf({ addresses }: CustodySlip): bigint {
  return addresses.reduce((sum, { amount }) => sum + amount, 0n);
}
