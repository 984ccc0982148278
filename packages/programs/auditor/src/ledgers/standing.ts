/**
 * What holds on one branch of a record after each of its entries: its home, who is paired, what was
 * issued, what was used without a request, the last sequence signed, and whether its signer has seen a network.
 */
import type { RecordEvent, Role } from '@airlock/gap';
import type { Undo } from './chains.ts';

const NOTHING: Undo = () => undefined;

/** How a key was used without a request. */
export type AloneUse = 'signed-alone' | 'surrendered';

/** A public key as peers are named. */
export const peerNameOf = (publicKey: Uint8Array): string => Buffer.from(publicKey).toString('hex');

export class Standing {
  /** Whether the branch is given from its record's first entry on: nothing stands in entries unseen. */
  readonly isComplete: boolean;
  /** Null while it rests on entries that are not given. */
  epoch: number | null;
  networkAccepted: boolean | null;
  /** Of the entries given. */
  lastSequence = 0;
  readonly #peers = new Map<string, Role | 'revoked'>();
  readonly #paired = new Map<Role | 'revoked', number>();
  /** How often each root was issued. */
  readonly #issued = new Map<string, number>();
  #rootsNotGiven = 0;
  readonly #isGiven: (root: string) => boolean;
  /** By commitment: what a key was used for without a request. */
  readonly #alone = new Map<string, AloneUse>();

  /** @param isGiven whether the batch with this root is among the files */
  constructor(isComplete: boolean, isGiven: (root: string) => boolean) {
    this.isComplete = isComplete;
    this.epoch = isComplete ? 1 : null;
    this.networkAccepted = isComplete ? false : null;
    this.#isGiven = isGiven;
  }

  /** Whether the key is paired in this role; null if that may stand in entries that are not given. */
  isPaired(role: Role, peer: string): boolean | null {
    const known = this.#peers.get(peer);
    if (known === undefined) return this.isComplete ? false : null;
    return known === role;
  }

  /** Whether the entries given speak of the key: it was paired or revoked. */
  speaksOf(peer: string): boolean {
    return this.#peers.has(peer);
  }

  /** Whether anybody is paired in this role; null if that may stand in entries that are not given. */
  hasPeer(role: Role): boolean | null {
    if ((this.#paired.get(role) ?? 0) > 0) return true;
    return this.isComplete ? false : null;
  }

  /** Whether every key that was issued is known: no entry is missing, and no batch. */
  get knowsIssued(): boolean {
    return this.isComplete && this.#rootsNotGiven === 0;
  }

  hasIssued(root: string): boolean {
    return this.#issued.has(root);
  }

  #count(role: Role | 'revoked' | undefined, change: 1 | -1): void {
    if (role !== undefined) this.#paired.set(role, (this.#paired.get(role) ?? 0) + change);
  }

  #setPeer(peer: string, role: Role | 'revoked'): Undo {
    const before = this.#peers.get(peer);
    this.#count(before, -1);
    this.#count(role, 1);
    this.#peers.set(peer, role);
    return () => {
      this.#count(role, -1);
      this.#count(before, 1);
      if (before === undefined) this.#peers.delete(peer);
      else this.#peers.set(peer, before);
    };
  }

  /** A root that is issued once more changes nothing: a batch may be issued again after `resumed`. */
  #issue(root: string): Undo {
    const before = this.#issued.get(root) ?? 0;
    const isNotGiven = before === 0 && !this.#isGiven(root);
    this.#issued.set(root, before + 1);
    if (isNotGiven) this.#rootsNotGiven += 1;
    return () => {
      if (before === 0) this.#issued.delete(root);
      else this.#issued.set(root, before);
      if (isNotGiven) this.#rootsNotGiven -= 1;
    };
  }

  /** What a key was used for without a request before this entry, or null. */
  useAlone(commitment: string): AloneUse | null {
    return this.#alone.get(commitment) ?? null;
  }

  #use(commitments: readonly string[], use: AloneUse): Undo {
    const before = commitments.map((each) => [each, this.#alone.get(each)] as const);
    for (const commitment of commitments) this.#alone.set(commitment, use);
    return () => {
      for (const [commitment, known] of before) {
        if (known === undefined) this.#alone.delete(commitment);
        else this.#alone.set(commitment, known);
      }
    };
  }

  /** Takes in one entry's event. */
  apply(event: RecordEvent): Undo {
    const { epoch, networkAccepted, lastSequence } = this;
    switch (event.kind) {
      case 'moved-in':
      case 'resumed':
        this.epoch = event.epoch;
        return () => {
          this.epoch = epoch;
        };
      case 'paired':
        return this.#setPeer(peerNameOf(event.publicKey), event.role);
      case 'revoked':
        return this.#setPeer(peerNameOf(event.publicKey), 'revoked');
      case 'issued':
        return this.#issue(event.root);
      case 'signed':
        this.lastSequence = Math.max(lastSequence, event.sequence);
        return () => {
          this.lastSequence = lastSequence;
        };
      case 'network-accepted':
        this.networkAccepted = true;
        return () => {
          this.networkAccepted = networkAccepted;
        };
      case 'signed-alone':
        return this.#use(
          event.verdict.keys.map(([commitment]) => commitment),
          'signed-alone',
        );
      case 'surrendered':
        return this.#use([event.commitment], 'surrendered');
      default:
        return NOTHING;
    }
  }
}
