/** The bundle hashes that one key or one withdrawal id belongs to, and which of them were signed. */

export interface HashUse {
  readonly hash: string;
  readonly file: string;
  /** What shows it: a request, a verdict in a record entry, or a response that carries signatures. */
  readonly evidence: Evidence;
}

/** From the weakest to the strongest; all but a request say that the key signed. */
const EVIDENCE = ['requested', 'recorded', 'released'] as const;
export type Evidence = (typeof EVIDENCE)[number];

export type IsFreed = (bundleHash: string) => boolean;

const rankOf = ({ evidence }: HashUse): number => EVIDENCE.indexOf(evidence);

/** Whether a signer says that this hash was signed. */
export const isSigned = (use: HashUse): boolean => use.evidence !== 'requested';

export class HashUses {
  readonly #uses = new Map<string, HashUse>();

  note(use: HashUse): void {
    const known = this.#uses.get(use.hash);
    // The first file is named, unless a later one shows more: best the response itself.
    if (known === undefined || rankOf(use) > rankOf(known)) this.#uses.set(use.hash, use);
  }

  absorb(other: HashUses): void {
    for (const use of other.#uses.values()) this.note(use);
  }

  get isSigned(): boolean {
    return [...this.#uses.values()].some(isSigned);
  }

  /**
   * The pairs that must not be: each further signed hash, then each merely requested one.
   * @param isFreed whether a void says that a hash will never be signed, so that asking for it is past
   */
  conflicts(isFreed: IsFreed): { readonly first: HashUse; readonly other: HashUse }[] {
    const uses = [...this.#uses.values()];
    const signed = uses.filter(isSigned);
    const requested = uses.filter((use) => !isSigned(use) && !isFreed(use.hash));
    const ordered = [...signed, ...requested];
    const [first, ...others] = ordered;
    return first === undefined ? [] : others.map((other) => ({ first, other }));
  }
}
