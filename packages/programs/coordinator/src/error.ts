/** The coordinator's one error: a code of the API, what to do next, and the fields at fault. */
import type { ApiErrorCode, FieldFault } from '@airlock/api';

export class CoordinatorError extends Error {
  override readonly name = 'CoordinatorError';
  readonly code: ApiErrorCode;
  readonly next: string;
  readonly fields: readonly FieldFault[];

  constructor(
    code: ApiErrorCode,
    message: string,
    options: {
      readonly next: string;
      readonly fields?: readonly FieldFault[];
      readonly cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.next = options.next;
    this.fields = options.fields ?? [];
  }
}
