/** Every bound of the auditor: what it reads, and how much it prints. */
import { FILE_BYTES_MAX } from '@airlock/gap';

/** Files in one run, folders' files included. */
export const FILES_MAX = 10_000;
/** Bytes of one file: no type of message may have more. */
export const FILE_READ_BYTES_MAX: number = FILE_BYTES_MAX;
/** Bytes of all files together, which are held in memory at once. */
export const TOTAL_BYTES_MAX: number = 512 * 1024 * 1024;
/** Findings printed one by one; the rest are counted. A hostile batch could raise 250,000. */
export const FINDINGS_SHOWN_MAX = 1000;
/** Bytes of a file that a signer's `spend` wrote: 128 transactions and the entries take half of it. */
export const SPEND_BYTES_MAX: number = 1024 * 1024;
/** Record entries of such a file. */
export const SPEND_ENTRIES_MAX = 64;
/** Words of a card's fingerprint. */
export const FINGERPRINT_WORDS = 8;

if (TOTAL_BYTES_MAX < FILE_READ_BYTES_MAX) throw new RangeError('one file must fit the total');
