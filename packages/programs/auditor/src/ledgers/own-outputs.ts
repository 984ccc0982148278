/**
 * Outputs to own keys: none may go to a key that was asked to sign, or signed, before or in the same
 * request, since money that arrives there later could only be moved by a second signature.
 */
import { type RecordEvent, uuidCommitment } from '@airlock/gap';
import type { KnownRequest } from '../context.ts';
import type { AddFinding } from '../findings.ts';
import { commitmentOf } from '../messages/slip-keys.ts';
import type { KnownEntry } from './chains.ts';
import type { EntrySource } from './ledger-of-records.ts';
import type { Standing } from './standing.ts';

interface Spent {
  readonly sequence: number;
  readonly file: string;
  readonly isSigned: boolean;
}

/** Keeps the first sequence; of one sequence, what was noted first. */
function keepFirst(spent: Map<string, Spent>, name: string, next: Spent): void {
  const first = spent.get(name);
  if (first === undefined || next.sequence < first.sequence) spent.set(name, next);
}

export class OwnOutputs {
  /** By keyring and commitment: the first sequence with which a record says that the key signed. */
  readonly #recorded = new Map<string, Spent>();
  /** By keyring and bundle hash: the first sequence with which its record has signed it. */
  readonly #signed = new Map<string, number>();

  /** Notes what an entry says was signed, whether its request is given or not. */
  recorded(
    { keyringId, file, isSigners }: EntrySource,
    { sequence, verdicts }: Extract<RecordEvent, { kind: 'signed' }>,
  ): void {
    for (const { bundleHash, keys } of verdicts) {
      for (const [commitment] of keys) {
        const spent = { sequence, file, isSigned: true };
        keepFirst(this.#recorded, `${keyringId} ${commitment}`, spent);
      }
      const name = `${keyringId} ${bundleHash}`;
      const first = this.#signed.get(name) ?? sequence;
      if (isSigners) this.#signed.set(name, Math.min(first, sequence));
    }
  }

  /** The first sequence that spends each key, by a request given or by a record. */
  #spentKeys(requests: readonly KnownRequest[]): ReadonlyMap<string, Spent> {
    const spent = new Map<string, Spent>();
    for (const { request, file, slips } of requests) {
      const { keyringId, sequence } = request;
      for (const { role, address } of request.bundles.flat()) {
        const commitment = role.kind === 'input' ? commitmentOf({ role, address }, slips) : null;
        if (commitment === null) continue;
        keepFirst(spent, `${keyringId} ${commitment}`, { sequence, file, isSigned: false });
      }
    }
    for (const [name, recorded] of this.#recorded) keepFirst(spent, name, recorded);
    return spent;
  }

  /**
   * Checks an entry that signs against the keys that signed alone or were given away before it: they
   * have no sequence. A bundle that was signed before them is asked for again without harm.
   */
  checkAlone(
    { source, entry }: KnownEntry,
    standing: Standing,
    { requests, add }: { requests: ReadonlyMap<string, KnownRequest>; add: AddFinding },
  ): void {
    const { event, number } = entry;
    const known = event.kind === 'signed' ? requests.get(event.requestDigest) : undefined;
    if (event.kind !== 'signed' || known === undefined) return;
    for (const [bundle, slots] of known.request.bundles.entries()) {
      const name = `${source.keyringId} ${known.bundleHashes[bundle]}`;
      if ((this.#signed.get(name) ?? event.sequence) < event.sequence) continue;
      for (const { role, address } of slots) {
        const use = role.kind === 'own' ? standing.useAlone(uuidCommitment(role.uuid)) : null;
        if (use === null) continue;
        const how = use === 'surrendered' ? 'was given away' : 'has signed alone';
        const message = `an output goes to ${address}, whose key ${how} before entry ${number} signs it`;
        add({ code: 'own_output_used', file: known.file, otherFile: source.file, message });
      }
    }
  }

  /** Checks all requests together: the first sequence that spends a key against outputs to it. */
  check(requests: readonly KnownRequest[], add: AddFinding): void {
    const spent = this.#spentKeys(requests);
    for (const { request, bundleHashes, file } of requests) {
      const { keyringId, sequence, bundles } = request;
      for (const [bundle, slots] of bundles.entries()) {
        // A bundle that was signed before reveals and pays nothing new when it is asked for again.
        const signed = this.#signed.get(`${keyringId} ${bundleHashes[bundle]}`) ?? sequence;
        const at = Math.min(signed, sequence);
        for (const { role, address } of slots) {
          if (role.kind !== 'own') continue;
          const first = spent.get(`${keyringId} ${uuidCommitment(role.uuid)}`);
          if (first === undefined || first.sequence > at) continue;
          const how = first.isSigned ? 'has signed request' : 'is asked to sign by request';
          const message = `an output goes to ${address}, whose key ${how} ${first.sequence}`;
          add({ code: 'own_output_used', file, otherFile: first.file, message });
        }
      }
    }
  }
}
