/** SHA-256 of texts: of each entry of the journal, and of what else the coordinator names by its digest. */
import crypto from 'node:crypto';

/** Half of the time of a hash object; Node has it from 20.12 on. */
const hash: typeof crypto.hash | undefined = crypto.hash;

/** The digest of a text in UTF-8, in hex. */
export function sha256Hex(text: string): string {
  return hash?.('sha256', text) ?? crypto.createHash('sha256').update(text, 'utf8').digest('hex');
}
