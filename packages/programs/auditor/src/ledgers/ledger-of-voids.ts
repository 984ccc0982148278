/**
 * What will never be signed, by the record's word: requests by digest and sequence, and the bundle
 * hashes of voids that free their inputs. Against it stands what any file shows as signed.
 */
import type { Voiding } from '@airlock/gap';
import type { KnownRequest } from '../context.ts';
import type { AddFinding } from '../findings.ts';
import type { Evidence, HashUse } from './hash-uses.ts';
import type { EntrySource, Source } from './ledger-of-records.ts';

type Named = Pick<Voiding, 'requestId' | 'sequence' | 'requestDigest' | 'bundleHashes'>;

/** How a void's words about a request differ from the request that has this digest, or null. */
export function findVoidFault(
  voiding: Named,
  { request, bundleHashes }: KnownRequest,
): string | null {
  if (voiding.requestId !== request.requestId) {
    return `it names ${voiding.requestId}, the request is ${request.requestId}`;
  }
  if (voiding.sequence !== request.sequence) {
    return `it names sequence ${voiding.sequence}, the request has ${request.sequence}`;
  }
  return voiding.bundleHashes.join() === bundleHashes.join()
    ? null
    : 'its bundle hashes are not those of the request';
}

interface Void extends Source {
  readonly voiding: Voiding;
}

export class LedgerOfVoids {
  /** By all that they say: the last file that shows one, best the receipt. */
  readonly #voids = new Map<string, Void>();
  /** By keyring and digest, sequence or bundle hash: a file that shows it, best the response itself. */
  readonly #signed = new Map<string, string>();
  /** By keyring and bundle hash. */
  readonly #freed = new Set<string>();

  /** Notes an entry that voids. */
  voided({ keyringId, file, isSigners }: EntrySource, voiding: Voiding): void {
    this.#voids.set(JSON.stringify([keyringId, voiding]), { keyringId, file, voiding });
    if (!voiding.frees || !isSigners) return;
    for (const hash of voiding.bundleHashes) this.#freed.add(`${keyringId} ${hash}`);
  }

  /** Notes that a file shows a request as signed, and these of its bundles. */
  signed(
    { keyringId, file }: Source,
    request: Pick<Named, 'sequence' | 'requestDigest' | 'bundleHashes'>,
    evidence: Exclude<Evidence, 'requested'>,
  ): void {
    const { requestDigest, sequence, bundleHashes } = request;
    for (const name of [requestDigest, `sequence ${sequence}`, ...bundleHashes]) {
      const key = `${keyringId} ${name}`;
      if (evidence === 'released' || !this.#signed.has(key)) this.#signed.set(key, file);
    }
  }

  /** Whether a void of this keyring has freed the inputs of the bundle with this hash. */
  isFreed({ keyringId, hash }: Pick<HashUse, 'keyringId' | 'hash'>): boolean {
    return this.#freed.has(`${keyringId} ${hash}`);
  }

  /** @returns how many requests are void */
  check(requests: ReadonlyMap<string, KnownRequest>, add: AddFinding): number {
    for (const { keyringId, file, voiding } of this.#voids.values()) {
      const { requestDigest, sequence, requestId } = voiding;
      const request = requests.get(requestDigest);
      const fault = request === undefined ? null : findVoidFault(voiding, request);
      if (request !== undefined && fault !== null) {
        add({ code: 'void_mismatch', file, otherFile: request.file, message: fault });
      }
      const names = [requestDigest, `sequence ${sequence}`];
      const name = names.find((each) => this.#signed.has(`${keyringId} ${each}`));
      if (name !== undefined) {
        const otherFile = this.#signed.get(`${keyringId} ${name}`) as string;
        const message = `${requestId} (sequence ${sequence}, digest ${requestDigest}) is void, but ${name} was signed`;
        add({ code: 'voided_signed', file, otherFile, message });
      }
      for (const hash of voiding.frees ? voiding.bundleHashes : []) {
        const otherFile = this.#signed.get(`${keyringId} ${hash}`);
        if (otherFile === undefined) continue;
        const message = `the void of ${requestId} frees the inputs of ${hash}, which was signed`;
        add({ code: 'freed_signed', file, otherFile, message });
      }
    }
    const names = [...this.#voids.values()].map((each) =>
      JSON.stringify([each.keyringId, each.voiding.requestDigest]),
    );
    return new Set(names).size;
  }
}
