/** Which code is shown, and when the next: the page's player without its canvas. */
import type { CodeFrames } from '@airlock/api';

export const SPEED_MIN = 2;
export const SPEED_MAX = 12;

export class Player {
  readonly #frames: CodeFrames;
  readonly #codes: readonly Uint8Array[];
  #at = 0;
  codesPerSecond: number;
  isPaused = false;

  constructor(frames: CodeFrames) {
    this.#frames = frames;
    this.codesPerSecond = frames.codesPerSecond;
    this.#codes = frames.codes.map(({ modules }) =>
      Uint8Array.from(atob(modules), (character) => character.charCodeAt(0)),
    );
  }

  /** Modules a side. */
  get size(): number {
    return this.#frames.size;
  }

  isDark(x: number, y: number): boolean {
    const at = y * this.size + x;
    return ((this.#codes[this.#at]?.[at >> 3] ?? 0) & (0x80 >> (at & 7))) !== 0;
  }

  /** Milliseconds until the next code; null if none comes by itself. */
  get waitMs(): number | null {
    return this.isPaused || this.#codes.length < 2 ? null : 1000 / this.codesPerSecond;
  }

  next(): void {
    this.#at = (this.#at + 1) % this.#codes.length;
  }

  changeSpeed(by: number): void {
    this.codesPerSecond = Math.min(SPEED_MAX, Math.max(SPEED_MIN, this.codesPerSecond + by));
  }

  get status(): string {
    if (this.#codes.length < 2) return 'one code';
    const { count } = this.#frames;
    const pace = this.isPaused ? 'paused' : `${this.codesPerSecond} a second`;
    return `code ${this.#at + 1} of ${this.#codes.length}, any ${count} are enough, ${pace}`;
  }
}
