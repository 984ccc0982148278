/** The coordinator's one error: a code of the API, what to do next, and the fields at fault. */
import type { ApiErrorCode, FieldFault } from '@airlock/api';
import type { AlarmName } from '@airlock/journal';

export class CoordinatorError extends Error {
  override readonly name = 'CoordinatorError';
  readonly code: ApiErrorCode;
  readonly next: string;
  readonly fields: readonly FieldFault[];
  /** The alarm that goes with it, about the keyring whose file was imported. */
  readonly alarm: AlarmName | null;

  constructor(
    code: ApiErrorCode,
    message: string,
    options: {
      readonly next: string;
      readonly fields?: readonly FieldFault[];
      readonly cause?: unknown;
      readonly alarm?: AlarmName;
    },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.next = options.next;
    this.fields = options.fields ?? [];
    this.alarm = options.alarm ?? null;
  }
}

/** Fields that are of their form and yet cannot be taken. */
export function invalidRequest(fields: readonly FieldFault[]): CoordinatorError {
  const [first] = fields;
  return new CoordinatorError(
    'invalid_request',
    `${first?.path}: expected ${first?.expected}, got ${first?.got}`,
    { next: 'correct the field and repeat the call', fields },
  );
}
