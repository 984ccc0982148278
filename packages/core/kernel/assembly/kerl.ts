/**
 * Kerl: Keccak-384 over 243-trit words in the binary domain. A word is 48 bytes, a signed 384-bit
 * integer whose 243rd trit is 0, so that no base conversion is needed between two hashes.
 */
import { clearLastTrit } from './integer';
import { permute, STATE } from './keccak';

const RATE: usize = 104;
const WORD: usize = 48;

/** Bytes absorbed since the last permutation, 0 to RATE - 8; a multiple of 8. */
let filled: usize = 0;

export function kerlReset(): void {
  memory.fill(STATE, 0, 200);
  filled = 0;
}

/** Absorbs the 48 bytes at `from`. */
export function kerlAbsorb(from: usize): void {
  for (let i: usize = 0; i < WORD; i += 8) {
    store<u64>(STATE + filled, load<u64>(STATE + filled) ^ load<u64>(from + i));
    filled += 8;
    if (filled == RATE) {
      permute();
      filled = 0;
    }
  }
}

/**
 * Writes the next word to `to` and makes the sponge ready for another: after a squeeze Kerl absorbs
 * the complement of the raw digest into a fresh state.
 */
export function kerlSqueeze(to: usize): void {
  store<u64>(STATE + filled, load<u64>(STATE + filled) ^ 1);
  store<u64>(STATE, load<u64>(STATE, 96) ^ 0x8000000000000000, 96);
  permute();
  memory.copy(to, STATE, WORD);
  memory.fill(STATE + WORD, 0, 200 - WORD);
  for (let i: usize = 0; i < WORD; i += 8) store<u64>(STATE + i, ~load<u64>(STATE + i));
  filled = WORD;
  clearLastTrit(to);
}

/** Hashes the word at `at` onto itself `times` times: one permutation a hash. */
export function kerlChain(at: usize, times: i32): void {
  if (times <= 0) return;
  memory.copy(STATE, at, WORD);
  for (let i = 0; i < times; ++i) {
    memory.fill(STATE + WORD, 0, 200 - WORD);
    store<u64>(STATE, 1, 48);
    store<u64>(STATE, 0x8000000000000000, 96);
    permute();
    clearLastTrit(STATE);
  }
  memory.copy(at, STATE, WORD);
}
