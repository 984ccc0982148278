/**
 * Ids of payouts that nobody has named: made of the call that asks for them, so that a call which is
 * repeated after a restore, perhaps with a new API key, asks for the same payout, which the signer's
 * record may know.
 */
import { sha256Hex } from '@airlock/journal';
import type { IdempotentCall } from './http/idempotency.ts';

/**
 * @param place among the payouts of that call
 * @returns 16 bytes of SHA-256 in the form of a UUID version 4 (RFC 9562 §5.4)
 */
export function withdrawalIdOf(call: Pick<IdempotentCall, 'essence'> | null, place = 0): string {
  if (call === null) throw new TypeError('the route requires an idempotency key');
  const bytes = Buffer.from(sha256Hex(`withdrawal ${place} of ${call.essence}`), 'hex').subarray(
    0,
    16,
  );
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
