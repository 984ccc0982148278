/** Kerl and Winternitz one-time signatures in WebAssembly: words of 48 bytes in, words out. */
export {
  BLOCK_TRYTES,
  deriveAddress,
  FRAGMENT_BYTES,
  isInDomain,
  kerlOfTrytes,
  kerlOfWords,
  resolveAddress,
  sign,
  toDomain,
  trytesToWords,
  WORD_BYTES,
  wordsToTrytes,
} from './kernel.ts';
export { WASM_SHA256 } from './wasm-bytes.ts';
