/** The files that cross the gap: encoding, signatures and limits. Specified in docs/gap.md. */

export type { AddressBatch, AddressProof, BatchStatement, IssuedAddress } from './address-batch.ts';
export {
  encodeAddressProof,
  issuedAddresses,
  leavesOf,
  openAddressBatch,
  sealAddressBatch,
  verifyAddressProof,
} from './address-batch.ts';
export type { CborMap, CborValue } from './cbor.ts';
export { decodeCbor, encodeCbor, Tagged } from './cbor.ts';
export type { CustodyReceipt, CustodySlip, OpenedSlip, SlipAddress } from './custody.ts';
export {
  copyName,
  openCustodyReceipt,
  openCustodySlip,
  sealCustodyReceipt,
  sealCustodySlip,
} from './custody.ts';
export type { Envelope, MessageType } from './envelope.ts';
export {
  digestOf,
  MESSAGE_TYPES,
  openEnvelope,
  sealEnvelope,
  typeUri,
  verifyEnvelope,
} from './envelope.ts';
export type { GapErrorCode } from './error.ts';
export { GAP_ERROR_CODES, GapError } from './error.ts';
export type { Identity } from './identity.ts';
export {
  createIdentity,
  fingerprintWords,
  keyIdOf,
  PRIVATE_KEY_BYTES,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
  sha256,
  verifyIdentity,
  wordsOf,
} from './identity.ts';
export {
  BATCH_ADDRESSES_MAX,
  BUNDLES_MAX,
  COPIES_MAX,
  FILE_BYTES_MAX,
  INPUTS_MAX,
  INSTALLATION_BYTES,
  SLIP_ADDRESSES_MAX,
  SLOTS_MAX,
} from './limits.ts';
export { merklePaths, merkleRoot, uuidCommitment } from './merkle.ts';
export type { KeyringDescription, PairingCard, Role } from './pairing-card.ts';
export {
  keyringDescription,
  network,
  openPairingCard,
  ROLES,
  sealPairingCard,
} from './pairing-card.ts';
export type {
  Head,
  Installation,
  RecordEntry,
  RecordEvent,
  SealedEntry,
  Verdict,
  Voiding,
} from './record-entry.ts';
export {
  EMPTY_HEAD,
  headOf,
  openEntry,
  readEntry,
  sealEntry,
  sealedEntry,
} from './record-entry.ts';
export type { RecordExport } from './record-export.ts';
export { openRecordExport, sealRecordExport } from './record-export.ts';
export type { Shape } from './shape.ts';
export {
  bytes,
  decodeShape,
  digest,
  encodeShape,
  field,
  list,
  nullable,
  oneOf,
  struct,
  text,
  unsigned,
} from './shape.ts';
export type {
  KeySource,
  OpenedRequest,
  RequestSlot,
  SigningRequest,
  SlotRole,
} from './signing-request.ts';
export { openSigningRequest, sealSigningRequest } from './signing-request.ts';
export type { BundleResult, InputSignature, SigningResponse } from './signing-response.ts';
export { openSigningResponse, sealSigningResponse } from './signing-response.ts';
export { crc32 } from './ur/crc32.ts';
export { UrEncoder } from './ur/encoder.ts';
export {
  UR_FRAGMENTS_MAX,
  UR_MESSAGE_BYTES_MAX,
  UR_TEXT_CHARACTERS_MAX,
} from './ur/limits.ts';
export type { ReceivedMessage } from './ur/receiver.ts';
export { UrReceiver } from './ur/receiver.ts';
export type { SequenceMode } from './ur/sequence-plan.ts';
export { LOOP_ROUNDS } from './ur/sequence-plan.ts';
export type { OpenedVoidRequest, VoidReceipt, VoidRequest } from './void.ts';
export {
  openVoidReceipt,
  openVoidRequest,
  sealVoidReceipt,
  sealVoidRequest,
} from './void.ts';
