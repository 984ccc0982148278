/** Every bound of the gap's files, checked before anything is parsed or allocated. */

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bytes of any file; the largest type's cap. */
export const FILE_BYTES_MAX: number = 32 * MIB;
export const REQUEST_BYTES_MAX: number = 4 * MIB;
export const RESPONSE_BYTES_MAX: number = 4 * MIB;
export const BATCH_BYTES_MAX: number = 32 * MIB;
export const RECORD_BYTES_MAX: number = 32 * MIB;
/** Bytes of every other message: cards, statements. */
export const SMALL_BYTES_MAX: number = 64 * KIB;

/** Nested arrays, maps and tags; the deepest message has 9. */
export const DEPTH_MAX = 12;
/** Values (numbers, strings, arrays, maps) in a message: an attacker's million empty maps stop here. */
export const ITEMS_MAX = 100_000;
/** Values in an envelope around its payload: 16 signatures take 90. */
export const ENVELOPE_ITEMS_MAX = 128;
/** Values in a batch: four an address. */
export const BATCH_ITEMS_MAX = 1_000_100;
/** Values in a message that carries record entries: five an entry, keys counted. */
export const RECORD_ITEMS_MAX = 520_000;
/** Signatures on one envelope. */
export const SIGNATURES_MAX = 16;
/** Bundles (sweeps) in one request. */
export const BUNDLES_MAX = 32;
/** Slots of one bundle: 20 inputs of 3 slots and 60 outputs stay below it. */
export const SLOTS_MAX = 128;
/** Inputs of one bundle. */
export const INPUTS_MAX = 20;
/** Addresses in one batch: at about 105 bytes each they stay below BATCH_BYTES_MAX. */
export const BATCH_ADDRESSES_MAX = 250_000;
/** Record entries in one response or export; responses are also bound by their bytes. */
export const ENTRIES_MAX = 100_000;
/** Bytes of one record entry. */
export const ENTRY_BYTES_MAX: number = 128 * KIB;
/** Bytes of an exchange's authorization of one withdrawal. */
export const AUTHORIZATION_BYTES_MAX: number = 4 * KIB;
/** Hashes of a Merkle path: 2^18 exceeds BATCH_ADDRESSES_MAX. */
export const PATH_HASHES_MAX = 18;
/** Characters of a label or a refusal's code. */
export const LABEL_CHARACTERS_MAX = 64;
/** Homes that one record may have, one after another. */
export const EPOCH_MAX = 1_000_000;
/** Bytes that name one installation of a home. */
export const INSTALLATION_BYTES = 16;
/** Addresses of one custody slip: at about 120 bytes each they stay below SMALL_BYTES_MAX. */
export const SLIP_ADDRESSES_MAX = 500;
/** Copies that one custody receipt names. */
export const COPIES_MAX = 16;
