/** Amounts of iota: bigint inside, decimal strings outside, never a JavaScript number. */
import { ProtocolError } from './error.ts';

/** All iota there are: (3^33 - 1) / 2. */
export const SUPPLY = 2_779_530_283_277_761n;

const DECIMAL = /^(0|[1-9][0-9]{0,15})$/;

/** @throws ProtocolError amount_malformed, amount_out_of_range */
export function parseAmount(text: unknown): bigint {
  const expected = `a decimal string of 0 to ${SUPPLY} (iota)`;
  if (typeof text !== 'string' || !DECIMAL.test(text)) {
    const got = typeof text === 'string' ? JSON.stringify(text.slice(0, 40)) : typeof text;
    throw new ProtocolError('amount_malformed', { expected, got });
  }
  const amount = BigInt(text);
  if (amount > SUPPLY) throw new ProtocolError('amount_out_of_range', { expected, got: text });
  return amount;
}

const UNITS: readonly (readonly [string, bigint])[] = [
  ['Pi', 10n ** 15n],
  ['Ti', 10n ** 12n],
  ['Gi', 10n ** 9n],
  ['Mi', 10n ** 6n],
  ['Ki', 10n ** 3n],
];

/** For people: exact iota with grouped digits, and the largest unit that shows it without rounding. */
export function formatAmount(amount: bigint): string {
  const sign = amount < 0n ? '-' : '';
  const magnitude = amount < 0n ? -amount : amount;
  const grouped = `${sign}${magnitude.toString().replace(/\B(?=(\d{3})+$)/g, ',')} i`;
  const unit = UNITS.find(([, size]) => magnitude >= size);
  if (unit === undefined) return grouped;
  const [name, size] = unit;
  const fraction = (magnitude % size).toString().padStart(size.toString().length - 1, '0');
  const digits = fraction.replace(/0+$/, '');
  return `${grouped} (${sign}${magnitude / size}${digits === '' ? '' : `.${digits}`} ${name})`;
}
