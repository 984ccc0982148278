/** Bounds of a transfer by light, checked before anything is allocated. */

/** Bytes of a message; a longer one goes by file. */
export const UR_MESSAGE_BYTES_MAX: number = 256 * 1024;
/** Fragments of a message. */
export const UR_FRAGMENTS_MAX = 512;
/** Characters of a part's text: what the largest QR code holds in alphanumeric mode. */
export const UR_TEXT_CHARACTERS_MAX = 4296;
/** Bytes of a fragment, so that the text of its part stays below that. */
export const UR_FRAGMENT_BYTES_MAX = 2048;
/** Transfers that a receiver keeps apart at a time. */
export const UR_TRANSFERS_MAX = 8;
