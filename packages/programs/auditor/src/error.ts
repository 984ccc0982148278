/** The one error of this package: why a run could not begin. What is wrong with files is a finding. */

/** Every code, in the order in which it is looked for. */
export const AUDIT_ERROR_CODES = [
  'usage',
  'trust_malformed',
  'too_many_files',
  'too_many_bytes',
  'nothing_readable',
] as const;

export type AuditErrorCode = (typeof AUDIT_ERROR_CODES)[number];

export class AuditError extends Error {
  override readonly name = 'AuditError';
  readonly code: AuditErrorCode;

  constructor(code: AuditErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
