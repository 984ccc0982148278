/** The one error of this package. Its code says what is at fault, its message is IRI's. */

/** Every code, in the order of precedence: if two apply, the first one listed is reported. */
export const DEV_NODE_ERROR_CODES = [
  'api_version_missing',
  'request_too_long',
  'request_malformed',
  'command_missing',
  'command_unknown',
  'parameter_missing',
  'parameter_invalid',
  'transaction_invalid',
  'tangle_refused',
  'faucet_refused',
  'state_unusable',
  'state_corrupt',
] as const;

export type DevNodeErrorCode = (typeof DEV_NODE_ERROR_CODES)[number];

export class DevNodeError extends Error {
  override readonly name = 'DevNodeError';
  readonly code: DevNodeErrorCode;
  /** More than IRI's message says, for people; sent beside it. */
  readonly info: string | undefined;

  constructor(
    code: DevNodeErrorCode,
    message: string,
    facts: { readonly info?: string; readonly cause?: unknown } = {},
  ) {
    super(message, 'cause' in facts ? { cause: facts.cause } : {});
    this.code = code;
    this.info = facts.info;
  }
}
