/** What cannot cross by light, and what to do instead. */

export const LIGHT_ERROR_CODES = [
  /** The message is longer than a transfer may be, or would take too many codes. */
  'too_long',
  /** A code did not read back as what it was made from. */
  'code_unreadable',
  /** A picture is none, or is larger than is read. */
  'picture_invalid',
] as const;

export type LightErrorCode = (typeof LIGHT_ERROR_CODES)[number];

export class LightError extends Error {
  override readonly name = 'LightError';
  readonly code: LightErrorCode;

  constructor(code: LightErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
