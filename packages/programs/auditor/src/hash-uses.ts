/** The bundle hashes that one key or one withdrawal id belongs to, and which of them were signed. */

export interface HashUse {
  readonly hash: string;
  readonly file: string;
  /** Whether a signer's verdict or response says so; a request alone does not. */
  readonly isSigned: boolean;
}

export class HashUses {
  readonly #uses = new Map<string, HashUse>();

  note(use: HashUse): void {
    const known = this.#uses.get(use.hash);
    // The first file is named, but one that shows a signature counts for more.
    if (known === undefined || (use.isSigned && !known.isSigned)) this.#uses.set(use.hash, use);
  }

  absorb(other: HashUses): void {
    for (const use of other.#uses.values()) this.note(use);
  }

  get isSigned(): boolean {
    return [...this.#uses.values()].some((use) => use.isSigned);
  }

  /** The pairs that must not be: each further signed hash, then each merely requested one. */
  conflicts(): { readonly first: HashUse; readonly other: HashUse }[] {
    const uses = [...this.#uses.values()];
    const signed = uses.filter((use) => use.isSigned);
    const ordered = [...signed, ...uses.filter((use) => !use.isSigned)];
    const [first, ...others] = ordered;
    return first === undefined ? [] : others.map((other) => ({ first, other }));
  }
}
