/** Ids of withdrawals that nobody has named: UUIDs version 4 (RFC 9562 §5.4). */
import type { Effects } from './coordinator.ts';

export function drawWithdrawalId({ random }: Pick<Effects, 'random'>): string {
  const bytes = Buffer.from(random(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
