/** Lines as a USB scanner types them or `zbarcam --raw` prints them, put together from chunks. */
import { UR_TEXT_CHARACTERS_MAX } from '@airlock/gap';

const CTRL_C = '\u0003';
/** What no code can hold is no code: the rest of such a line is passed over. */
const CHARACTERS_MAX = 2 * UR_TEXT_CHARACTERS_MAX;

export class ScannerLines {
  #line = '';

  /** Lines that a chunk completes, none of them empty, and whether Ctrl-C was among the keys. */
  take(chunk: string): { readonly lines: readonly string[]; readonly isCancelled: boolean } {
    const end = chunk.indexOf(CTRL_C);
    const isCancelled = end !== -1;
    const parts = (this.#line + (isCancelled ? chunk.slice(0, end) : chunk)).split(/[\r\n]+/);
    this.#line = (parts.pop() ?? '').slice(0, CHARACTERS_MAX);
    return { lines: parts.filter((line) => line !== ''), isCancelled };
  }

  /** What stands after the last line's end. */
  rest(): readonly string[] {
    const line = this.#line;
    this.#line = '';
    return line === '' ? [] : [line];
  }
}
