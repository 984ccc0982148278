/** What files say about a thing that can have one value only: the first to say it is remembered. */

export interface Claim {
  readonly value: string;
  readonly file: string;
}

export class Claims {
  readonly #first = new Map<string, Claim>();

  /** Notes a claim. @returns the first claim if it had another value, else null */
  say(name: string, claim: Claim): Claim | null {
    const first = this.#first.get(name);
    if (first === undefined) {
      this.#first.set(name, claim);
      return null;
    }
    return first.value === claim.value ? null : first;
  }

  get(name: string): Claim | undefined {
    return this.#first.get(name);
  }

  get size(): number {
    return this.#first.size;
  }
}
