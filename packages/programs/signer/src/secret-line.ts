/** A secret line as it is typed: bytes that can be overwritten, never a string. */
import { moveSecret, secretBytes } from './secret-bytes.ts';

const ENTER = [13, 10];
const BACKSPACE = [127, 8];
const CTRL_C = 3;
const CTRL_U = 21;
const ESCAPE = 27;
const SPACE = 32;

/** Bytes; what is typed beyond them is not taken. */
export const SECRET_LINE_BYTES_MAX = 4096;

export class SecretLine {
  readonly #bytes = secretBytes(SECRET_LINE_BYTES_MAX);
  #length = 0;

  /** Takes what was typed and overwrites it; says whether the line goes on. */
  type(chunk: Uint8Array): 'open' | 'entered' | 'cancelled' {
    // Arrows and other keys that send a sequence are no characters.
    if (chunk[0] === ESCAPE) {
      chunk.fill(0);
      return 'open';
    }
    const end = chunk.findIndex((key) => ENTER.includes(key) || key === CTRL_C);
    for (const key of end === -1 ? chunk : chunk.subarray(0, end)) {
      if (BACKSPACE.includes(key)) this.#dropCharacter();
      else if (key === CTRL_U) this.#clear();
      else if (key >= SPACE && this.#length < SECRET_LINE_BYTES_MAX)
        this.#bytes[this.#length++] = key;
    }
    const ending = chunk[end];
    chunk.fill(0);
    if (ending === undefined) return 'open';
    return ending === CTRL_C ? 'cancelled' : 'entered';
  }

  /** The line's bytes, the caller's to wipe; the line itself is overwritten. */
  take(): Uint8Array {
    const line = moveSecret(this.#bytes.subarray(0, this.#length));
    this.#length = 0;
    return line;
  }

  #clear(): void {
    this.#bytes.fill(0);
    this.#length = 0;
  }

  /** The last character of UTF-8: its continuation bytes (10xxxxxx), then its first byte. */
  #dropCharacter(): void {
    let last = 0x80;
    while (this.#length > 0 && (last & 0xc0) === 0x80) {
      this.#length -= 1;
      last = this.#bytes[this.#length] ?? 0;
      this.#bytes[this.#length] = 0;
    }
  }
}
