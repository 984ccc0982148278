/** The one error of this package: why bytes from across the gap were refused, by name. */

/** Every code, in the order in which it is looked for. */
export const GAP_ERROR_CODES = [
  'too_large',
  'cbor_truncated',
  'cbor_not_minimal',
  'cbor_indefinite',
  'cbor_float',
  'cbor_unsupported',
  'cbor_utf8',
  'cbor_key_order',
  'cbor_too_deep',
  'cbor_too_many',
  'cbor_trailing',
  'envelope_malformed',
  'type_unknown',
  'type_unexpected',
  'algorithm_unsupported',
  'signature_order',
  'key_unknown',
  'signature_invalid',
  'field_missing',
  'field_unknown',
  'field_type',
  'field_range',
  'root_mismatch',
  'chain_broken',
] as const;

export type GapErrorCode = (typeof GAP_ERROR_CODES)[number];

export class GapError extends Error {
  override readonly name = 'GapError';
  readonly code: GapErrorCode;

  constructor(code: GapErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
