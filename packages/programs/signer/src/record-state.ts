/**
 * What follows from the record: the four maps that every signature is checked against, as a pure
 * fold over its entries. Keys are named by the commitment to their UUID: one UUID is one key at all
 * three levels.
 */
import {
  EMPTY_HEAD,
  type Head,
  type IssuedAddress,
  type RecordEntry,
  type Role,
  type SealedEntry,
  uuidCommitment,
  type Verdict,
} from '@airlock/gap';
import type { SecurityLevel } from '@airlock/protocol';

export interface SignedKey {
  readonly bundleHash: string;
  readonly securityLevel: SecurityLevel;
}

export interface AnsweredRequest {
  readonly requestId: string;
  readonly digest: string;
  /** Number of the entry that answers it. */
  readonly entryNumber: number;
}

/** Whether this home may add to its record: not one that handed it over. */
export type Standing = 'holder' | 'moved-out';

export interface Peer {
  readonly role: Role;
  readonly publicKey: Uint8Array;
}

export interface RecordState {
  readonly head: Head;
  /** Hash of each entry; index 0 is the empty head's. */
  readonly hashes: readonly string[];
  readonly entries: readonly SealedEntry[];
  /** By UUID. */
  readonly issued: ReadonlyMap<string, IssuedAddress>;
  /** UUID by address. */
  readonly uuidOf: ReadonlyMap<string, string>;
  /** Addresses of each batch; index 0 is batch 1. */
  readonly batches: readonly (readonly IssuedAddress[])[];
  /** By commitment: the one bundle hash and level a key may sign. */
  readonly signedKeys: ReadonlyMap<string, SignedKey>;
  /** Bundle hash by withdrawal id. */
  readonly withdrawals: ReadonlyMap<string, string>;
  readonly signedBundles: ReadonlySet<string>;
  /** Keys whose seed was given away, never to sign here: the number of that entry, by commitment. */
  readonly surrendered: ReadonlyMap<string, number>;
  /** Of bundles that were signed without a request: the number of their entry, by hash. */
  readonly signedAlone: ReadonlyMap<string, number>;
  /** By sequence. */
  readonly requests: ReadonlyMap<number, AnsweredRequest>;
  readonly lastSequence: number;
  /** Requests that will never be signed, by sequence. */
  readonly voids: ReadonlyMap<number, AnsweredRequest>;
  /** Bundles that a void has freed the inputs of: never to be signed. */
  readonly freedBundles: ReadonlySet<string>;
  readonly standing: Standing;
  /** Of the home that holds the record now; 1 for the first. */
  readonly epoch: number;
  /** The entry that says that this signer was used with a network, or null. */
  readonly networkAcceptedAt: number | null;
  /** By public key (hexadecimal); revoked ones are gone. */
  readonly peers: ReadonlyMap<string, Peer>;
  /** Peers that were revoked, by public key. */
  readonly revokedPeers: ReadonlyMap<string, Peer>;
}

/** The fold's working copy: the same maps, writable by {@link applyEntry} alone. */
export class RecordFold implements RecordState {
  head: Head = EMPTY_HEAD;
  readonly hashes: string[] = [EMPTY_HEAD.hash];
  readonly entries: SealedEntry[] = [];
  readonly issued: Map<string, IssuedAddress> = new Map();
  readonly uuidOf: Map<string, string> = new Map();
  readonly batches: (readonly IssuedAddress[])[] = [];
  readonly signedKeys: Map<string, SignedKey> = new Map();
  readonly withdrawals: Map<string, string> = new Map();
  readonly signedBundles: Set<string> = new Set();
  readonly surrendered: Map<string, number> = new Map();
  readonly signedAlone: Map<string, number> = new Map();
  readonly requests: Map<number, AnsweredRequest> = new Map();
  lastSequence = 0;
  readonly voids: Map<number, AnsweredRequest> = new Map();
  readonly freedBundles: Set<string> = new Set();
  standing: Standing = 'holder';
  epoch = 1;
  networkAcceptedAt: number | null = null;
  readonly peers: Map<string, Peer> = new Map();
  readonly revokedPeers: Map<string, Peer> = new Map();
}

export interface AppliedEntry {
  readonly sealed: SealedEntry;
  readonly entry: RecordEntry;
  readonly head: Head;
  /** Of an issued entry: the addresses, already checked against the entry's root. */
  readonly addresses: readonly IssuedAddress[];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function applyVerdict(state: RecordFold, { bundleHash, keys, withdrawalIds }: Verdict): void {
  state.signedBundles.add(bundleHash);
  for (const [commitment, securityLevel] of keys) {
    state.signedKeys.set(commitment, { bundleHash, securityLevel });
  }
  for (const id of withdrawalIds) state.withdrawals.set(id, bundleHash);
}

/** Advances the state by one entry that has been verified to follow its head. */
export function applyEntry(state: RecordFold, applied: AppliedEntry): void {
  const { entry, head, sealed, addresses } = applied;
  state.head = head;
  state.hashes.push(head.hash);
  state.entries.push(sealed);
  const { event } = entry;
  switch (event.kind) {
    case 'opened':
      return;
    case 'paired':
      state.peers.set(hex(event.publicKey), event);
      return;
    case 'revoked': {
      const key = hex(event.publicKey);
      const peer = state.peers.get(key);
      if (peer !== undefined) state.revokedPeers.set(key, peer);
      state.peers.delete(key);
      return;
    }
    case 'issued':
      state.batches.push(addresses);
      for (const issued of addresses) {
        state.issued.set(issued.uuid, issued);
        state.uuidOf.set(issued.address, issued.uuid);
      }
      return;
    case 'signed':
      for (const verdict of event.verdicts) applyVerdict(state, verdict);
      state.requests.set(event.sequence, {
        requestId: event.requestId,
        digest: event.requestDigest,
        entryNumber: entry.number,
      });
      state.lastSequence = Math.max(state.lastSequence, event.sequence);
      return;
    case 'voided':
      state.voids.set(event.sequence, {
        requestId: event.requestId,
        digest: event.requestDigest,
        entryNumber: entry.number,
      });
      if (event.frees) for (const hash of event.bundleHashes) state.freedBundles.add(hash);
      return;
    case 'moved-out':
      state.standing = 'moved-out';
      return;
    case 'moved-in':
    case 'resumed':
      state.standing = 'holder';
      state.epoch = event.epoch;
      return;
    case 'network-accepted':
      state.networkAcceptedAt ??= entry.number;
      return;
    case 'signed-alone':
      applyVerdict(state, event.verdict);
      state.signedAlone.set(event.verdict.bundleHash, entry.number);
      return;
    case 'surrendered':
      state.surrendered.set(event.commitment, entry.number);
  }
}

/** Whether the signer had been used with a network when it wrote this entry. */
export function networkAcceptedBy(state: RecordState, entryNumber: number): boolean {
  return state.networkAcceptedAt !== null && state.networkAcceptedAt <= entryNumber;
}

/** The bundle hash that the key of a UUID has signed, if any. */
export function signedHashOf(state: RecordState, uuid: string): string | null {
  return state.signedKeys.get(uuidCommitment(uuid))?.bundleHash ?? null;
}

/** Whether the seed of a UUID was given away. */
export function isSurrendered(state: RecordState, uuid: string): boolean {
  return state.surrendered.has(uuidCommitment(uuid));
}

/** How many spends and surrenders without a request a record has up to an entry: the log counts them. */
export function countAlone(
  { signedAlone, surrendered, head }: RecordState,
  entryNumber: number = head.number,
): number {
  const numbers = [...signedAlone.values(), ...surrendered.values()];
  return numbers.filter((number) => number <= entryNumber).length;
}

/** Public keys of the peers with a role. */
export function peersOf(state: RecordState, role: Role): Uint8Array[] {
  return [...state.peers.values()].filter((peer) => peer.role === role).map((p) => p.publicKey);
}

/** Public keys of the peers that had a role and were revoked. */
export function formerPeersOf(state: RecordState, role: Role): Uint8Array[] {
  const former = [...state.revokedPeers.values()].filter((peer) => peer.role === role);
  return former.map((peer) => peer.publicKey);
}
