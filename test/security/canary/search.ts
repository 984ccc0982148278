/** Searches bytes for hundreds of needles in one pass. */
import type { Needle } from './secret-forms.ts';

export interface Hit {
  readonly secret: string;
  readonly form: string;
  readonly at: number;
}

/** Most of a process's memory was never written. */
const PAGE = 4096;
const EMPTY_PAGE = Buffer.alloc(PAGE);
/** No needle is longer, and none begins with so many zeros. */
const NEEDLE_BYTES_MAX = 16;

export class Search {
  /** Whether some needle begins with these two bytes. */
  readonly #first = new Uint8Array(65_536);
  readonly #byStart = new Map<number, Needle[]>();

  constructor(needles: readonly Needle[]) {
    for (const needle of needles) {
      const start = needle.bytes.readUInt32LE(0);
      this.#first[start & 0xffff] = 1;
      this.#byStart.set(start, [...(this.#byStart.get(start) ?? []), needle]);
    }
  }

  in(bytes: Buffer): Hit[] {
    const hits: Hit[] = [];
    for (let from = 0; from < bytes.length; from += PAGE) {
      const page = bytes.subarray(from, from + PAGE);
      if (!page.equals(EMPTY_PAGE)) this.#page(bytes, from, hits);
    }
    return hits;
  }

  /** Needles that begin in a page, or in the last bytes of the one before it. */
  #page(bytes: Buffer, from: number, hits: Hit[]): void {
    const first = this.#first;
    const start = Math.max(0, from - NEEDLE_BYTES_MAX);
    const end = Math.min(from + PAGE, bytes.length - 3);
    for (let at = start; at < end; at += 1) {
      if (first[(bytes[at] as number) | ((bytes[at + 1] as number) << 8)] === 0) continue;
      for (const needle of this.#byStart.get(bytes.readUInt32LE(at)) ?? []) {
        const there = bytes.subarray(at, at + needle.bytes.length);
        if (needle.bytes.equals(there)) hits.push({ secret: needle.secret, form: needle.form, at });
      }
    }
  }
}
