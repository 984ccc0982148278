/** The codes that a camera has seen for one transfer: each is sent once, some at a time. */

/** Codes of one call. */
const BATCH_MAX = 100;
/** Codes that are remembered; an animation has at most four times 512. */
const SEEN_MAX = 4096;

export class ScanSession {
  readonly #seen = new Set<string>();
  #waiting: string[] = [];

  /** Takes the text of a code. @returns whether it was new */
  see(text: string): boolean {
    if (this.#seen.has(text)) return false;
    if (this.#seen.size >= SEEN_MAX) this.#seen.clear();
    this.#seen.add(text);
    this.#waiting.push(text);
    return true;
  }

  /** What is to be sent now. */
  takeBatch(): string[] {
    const batch = this.#waiting.slice(0, BATCH_MAX);
    this.#waiting = this.#waiting.slice(BATCH_MAX);
    return batch;
  }

  /** Gives back what could not be sent. */
  giveBack(batch: readonly string[]): void {
    this.#waiting = [...batch, ...this.#waiting];
  }
}
