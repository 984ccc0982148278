/** Kerl, Winternitz one-time signatures and the search of a nonce, in WebAssembly. */
export {
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
export type { NonceSearch } from './nonce-search.ts';
export { ATTEMPTS_MAX, curlMidstate, searchNonce } from './nonce-search.ts';
export { WASM_SHA256 } from './wasm-bytes.ts';
