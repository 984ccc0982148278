/** The one error of this package: what a value should have been and what it was. */

/** Every code. A parser of one value reports the first fault it meets, form before range. */
export const PROTOCOL_ERROR_CODES = [
  'amount_malformed',
  'amount_out_of_range',
  'trytes_malformed',
  'trytes_length',
  'integer_out_of_range',
  'address_length',
  'address_checksum',
  'address_last_trit',
  'uuid_malformed',
  'scheme_invalid',
  'salt_too_short',
  'transaction_value_range',
] as const;

export type ProtocolErrorCode = (typeof PROTOCOL_ERROR_CODES)[number];

/** A value from outside that is not what the protocol allows. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: ProtocolErrorCode;
  /** What was expected, for example "90 trytes with a valid checksum". */
  readonly expected: string;
  /** What came, shortened; never a secret. */
  readonly got: string;

  constructor(code: ProtocolErrorCode, facts: { readonly expected: string; readonly got: string }) {
    super(`expected ${facts.expected}, got ${facts.got}`);
    this.code = code;
    this.expected = facts.expected;
    this.got = facts.got;
  }
}
