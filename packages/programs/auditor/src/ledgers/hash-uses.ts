/** The bundle hashes that one key or one withdrawal id belongs to, and which of them were signed. */

export interface HashUse {
  readonly keyringId: string;
  readonly hash: string;
  readonly file: string;
  /** What shows it: a request, a verdict in a record entry, or a response that carries signatures. */
  readonly evidence: Evidence;
}

/** From the weakest to the strongest; all but a request say that the key signed. */
const EVIDENCE = ['requested', 'recorded', 'released'] as const;
export type Evidence = (typeof EVIDENCE)[number];

/** Whether a void of the use's own keyring has freed the inputs of its bundle. */
export type IsFreed = (use: HashUse) => boolean;

const rankOf = ({ evidence }: HashUse): number => EVIDENCE.indexOf(evidence);

/** Whether a signer says that this hash was signed. */
export const isSigned = (use: HashUse): boolean => use.evidence !== 'requested';

export class HashUses {
  /** By keyring and hash. */
  readonly #uses = new Map<string, HashUse>();

  note(use: HashUse): void {
    const name = `${use.keyringId} ${use.hash}`;
    const known = this.#uses.get(name);
    // The first file is named, unless a later one shows more: best the response itself.
    if (known === undefined || rankOf(use) > rankOf(known)) this.#uses.set(name, use);
  }

  absorb(other: HashUses): void {
    for (const use of other.#uses.values()) this.note(use);
  }

  get isSigned(): boolean {
    return this.firstSigned !== null;
  }

  /** The first use by which a signer says that a hash was signed, or null. */
  get firstSigned(): HashUse | null {
    return [...this.#uses.values()].find(isSigned) ?? null;
  }

  /**
   * The pairs that must not be: each further signed hash, then each merely requested one.
   * @param isFreed whether a void says that a hash will never be signed, so that asking for it is past
   */
  conflicts(isFreed: IsFreed): { readonly first: HashUse; readonly other: HashUse }[] {
    const uses = [...this.#uses.values()];
    const signed = uses.filter(isSigned);
    const requested = uses.filter((use) => !isSigned(use) && !isFreed(use));
    const byHash = new Map<string, HashUse>();
    for (const use of [...signed, ...requested]) {
      if (!byHash.has(use.hash)) byHash.set(use.hash, use);
    }
    const [first, ...others] = byHash.values();
    return first === undefined ? [] : others.map((other) => ({ first, other }));
  }
}
