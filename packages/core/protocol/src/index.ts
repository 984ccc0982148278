/** IOTA (legacy): amounts, trytes, addresses, seeds, signatures, transactions and bundles. */

export type { NonceSearch } from '@airlock/kernel';
export {
  FRAGMENT_BYTES,
  isInDomain,
  searchNonce,
  trytesToWords,
  wordsToTrytes,
} from '@airlock/kernel';
export {
  ADDRESS_BYTES,
  ADDRESS_TRYTES,
  bytesToHash,
  CHECKSUM_TRYTES,
  checksumOf,
  hashToBytes,
  hasZeroLastTrit,
  parseAddress,
  withChecksum,
} from './address.ts';
export { formatAmount, parseAmount, SUPPLY } from './amount.ts';
export type { Argon2, Argon2Options } from './argon2.ts';
export { plainArgon2 } from './argon2.ts';
export type { AttachedTransaction, Attachment, NonceFinder } from './attach.ts';
export { attachBundle, attachBundleSync } from './attach.ts';
export type { BundleFault, Slot } from './bundle.ts';
export {
  assembleBundle,
  BUNDLE_FAULTS,
  bundleHash,
  exposesKey,
  finalizeBundle,
  findBundleFault,
  findValueFault,
  normalizeHash,
  slotsOfInput,
  verifySignature,
} from './bundle.ts';
export { transactionHash, weightMagnitude } from './curl.ts';
export type { ProtocolErrorCode } from './error.ts';
export { PROTOCOL_ERROR_CODES, ProtocolError } from './error.ts';
export type { NonceTask } from './nonce.ts';
export { attachNonce, nonceTask, withNonce } from './nonce.ts';
export type { Argon2Scheme, HkdfScheme, Network, Scheme, SchemeName } from './seed.ts';
export {
  ARGON2_SALT_BYTES_MIN,
  assertSalt,
  assertScheme,
  defaultScheme,
  deriveRaw,
  deriveSeed,
  HKDF_SALT_BYTES_MIN,
  NETWORKS,
  SCHEME_NAMES,
} from './seed.ts';
export type { SecurityLevel } from './signing.ts';
export { addressOfSeed, isSecurityLevel, signatureToTrytes, signHash } from './signing.ts';
export type { Transaction } from './transaction.ts';
export {
  decodeTransaction,
  encodeTransaction,
  FRAGMENT_TRYTES,
  HASH_TRYTES,
  hashOfTransaction,
  NINE_TRYTES_MAX,
  NULL_FRAGMENT,
  NULL_HASH,
  NULL_TAG,
  TAG_TRYTES,
  TRANSACTION_TRYTES,
} from './transaction.ts';
export {
  decodeInteger,
  encodeInteger,
  isTrytes,
  parseTrytes,
  tritsToTrytes,
  trytesToTrits,
  tryteValue,
} from './trytes.ts';
export { bytesToUuid, parseUuid, UUID_BYTES, UUID_CHARACTERS, uuidToBytes } from './uuid.ts';
