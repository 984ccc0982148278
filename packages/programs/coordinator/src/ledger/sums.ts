/** Sums of rows, in iota. */
import type { AddressRow } from './rows.ts';

/** Of amounts: of payouts, inputs or outputs. */
export const sumOf = (rows: readonly { readonly amount: bigint }[]): bigint =>
  rows.reduce((sum, { amount }) => sum + amount, 0n);

/** What addresses hold together. */
export const totalOf = (addresses: readonly Pick<AddressRow, 'balance'>[]): bigint =>
  addresses.reduce((sum, { balance }) => sum + balance, 0n);
