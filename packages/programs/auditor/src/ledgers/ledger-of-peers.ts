/**
 * Who was paired when: a record signs for coordinators only that it has paired and not revoked, and a
 * void frees inputs only while an officer could have withheld approval.
 */
import type { RecordEntry } from '@airlock/gap';
import type { AddFinding } from '../findings.ts';
import type { KnownEntry } from './chains.ts';
import type { EntrySource } from './ledger-of-records.ts';
import { peerNameOf, type Standing } from './standing.ts';

/** One file of a request, and the keys that signed it. */
interface Asking {
  readonly file: string;
  readonly peers: readonly string[];
}

export class LedgerOfPeers {
  /** By the request's digest, which does not depend on who signed it. */
  readonly #askings = new Map<string, Asking[]>();
  /** By keyring and key: coordinators that some entry pairs. */
  readonly #coordinators = new Set<string>();

  /** Notes who signed a file of the request with this digest. */
  asked(digest: string, file: string, publicKeys: readonly Uint8Array[]): void {
    const askings = this.#askings.get(digest) ?? [];
    askings.push({ file, peers: publicKeys.map(peerNameOf) });
    this.#askings.set(digest, askings);
  }

  /** Notes a coordinator that an entry pairs. */
  entry({ keyringId, isSigners }: EntrySource, { event }: RecordEntry): void {
    if (event.kind !== 'paired' || event.role !== 'coordinator' || !isSigners) return;
    this.#coordinators.add(`${keyringId} ${peerNameOf(event.publicKey)}`);
  }

  /**
   * Whether the record may have answered this key with an entry made at this standing: it is paired, or
   * follows a coordinator that was and asks for the same request again, whose stored answer it gets.
   */
  #mayAsk(peer: string, keyringId: string, standing: Standing): boolean {
    if (standing.isPaired('coordinator', peer) !== false) return true;
    const isPairedLater =
      !standing.speaksOf(peer) && this.#coordinators.has(`${keyringId} ${peer}`);
    return isPairedLater && standing.hasPeer('coordinator') !== false;
  }

  /** Checks an entry against who is paired before it. */
  check({ source, entry }: KnownEntry, standing: Standing, add: AddFinding): void {
    const { keyringId, file } = source;
    const { number, event } = entry;
    if (event.kind === 'voided' && event.frees && standing.hasPeer('officer') === false) {
      const message = `entry ${number} frees the bundles of ${event.requestId}, but no officer is paired before it: any copy of the signer could have signed them`;
      add({ code: 'void_frees', file, message });
    }
    if (event.kind !== 'signed') return;
    const mayAsk = (peer: string): boolean => this.#mayAsk(peer, keyringId, standing);
    const askings = this.#askings.get(event.requestDigest) ?? [];
    const [first] = askings;
    // The same request may be given as signed by several coordinators: one that may ask is enough.
    if (first === undefined || askings.some(({ peers }) => peers.every(mayAsk))) return;
    const peer = first.peers.find((each) => !mayAsk(each)) ?? '?';
    const why = standing.speaksOf(peer)
      ? 'revoked, or paired in another role,'
      : 'never paired as coordinator';
    const message = `entry ${number} signs request ${event.sequence} of the key ${peer.slice(0, 16)}…, which the record has ${why} before it`;
    add({ code: 'coordinator_not_paired', file, otherFile: first.file, message });
  }
}
