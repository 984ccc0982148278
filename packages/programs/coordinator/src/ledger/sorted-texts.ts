/**
 * A set of texts in code-unit order, in blocks: adding or removing one of a million moves a few hundred,
 * and reading goes on from any place.
 */

const BLOCK_TEXTS_MAX = 512;

export class SortedTexts {
  /** None is empty, and each begins after the end of the one before. */
  readonly #blocks: string[][] = [];
  #size = 0;

  constructor(texts: Iterable<string> = []) {
    for (const text of texts) this.add(text);
  }

  get size(): number {
    return this.#size;
  }

  /** Nothing if it is there already. */
  add(text: string): void {
    const place = Math.max(
      0,
      lastAtMost(this.#blocks, text, ([first = '']) => first),
    );
    const block = this.#blocks[place];
    if (block === undefined) this.#blocks.push([text]);
    else {
      const before = lastAtMost(block, text, (each) => each);
      if (block[before] === text) return;
      block.splice(before + 1, 0, text);
      if (block.length > BLOCK_TEXTS_MAX) {
        // Texts mostly come in their order: then full blocks stay behind.
        const isAtEnd = before + 2 === block.length;
        this.#blocks.splice(place + 1, 0, block.splice(isAtEnd ? -1 : BLOCK_TEXTS_MAX / 2));
      }
    }
    this.#size += 1;
  }

  /** Nothing if it is not there. */
  delete(text: string): void {
    const place = lastAtMost(this.#blocks, text, ([first = '']) => first);
    const block = this.#blocks[place] ?? [];
    const at = lastAtMost(block, text, (each) => each);
    if (block[at] !== text) return;
    block.splice(at, 1);
    if (block.length === 0) this.#blocks.splice(place, 1);
    this.#size -= 1;
  }

  /** The texts after one, which need not be there; all of them without one. */
  *after(text?: string): IterableIterator<string> {
    const place = text === undefined ? -1 : lastAtMost(this.#blocks, text, ([first = '']) => first);
    if (text !== undefined && place >= 0) {
      const block = this.#blocks[place] ?? [];
      yield* block.slice(lastAtMost(block, text, (each) => each) + 1);
    }
    for (const block of this.#blocks.slice(place + 1)) yield* block;
  }
}

/** Index of the last item whose text is at most `text`; -1 if there is none. */
function lastAtMost<T>(items: readonly T[], text: string, textOf: (item: T) => string): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && textOf(item) <= text) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
