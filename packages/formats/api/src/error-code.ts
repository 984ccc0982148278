/** The errors of the HTTP API: code, status and meaning. If two apply, the first one decides. */
import { z } from 'zod';

export type ApiErrorCode =
  | 'unauthorized'
  | 'forbidden'
  | 'malformed_json'
  | 'body_too_large'
  | 'invalid_request'
  | 'unsupported_media_type'
  | 'not_found'
  | 'idempotency_key_required'
  | 'idempotency_key_reused'
  | 'idempotency_in_progress'
  | 'file_invalid'
  | 'too_long_for_codes'
  | 'wrong_network'
  | 'wrong_keyring'
  | 'user_exists'
  | 'user_unknown'
  | 'keyring_suspended'
  | 'keyring_unknown'
  | 'keyring_cold'
  | 'pool_empty'
  | 'batch_conflict'
  | 'insufficient_balance'
  | 'transfer_unbalanced'
  | 'address_spent'
  | 'address_unknown'
  | 'nothing_to_correct'
  | 'withdrawal_exists'
  | 'withdrawal_unknown'
  | 'not_cancellable'
  | 'not_replaceable'
  | 'nothing_to_sign'
  | 'state_changed'
  | 'too_many_outstanding'
  | 'too_many_webhooks'
  | 'request_unknown'
  | 'not_voidable'
  | 'not_abandonable'
  | 'cold_order_unknown'
  | 'cold_order_state'
  | 'slip_mismatch'
  | 'slip_erased'
  | 'reserve_too_low'
  | 'response_mismatch'
  | 'signature_invalid'
  | 'void_frees'
  | 'signer_forked'
  | 'rate_limited'
  | 'internal'
  | 'node_unavailable'
  | 'proof_of_work_failed'
  | 'store_unavailable'
  | 'store_damaged';

export const API_ERRORS: Readonly<
  Record<ApiErrorCode, { readonly status: number; readonly meaning: string }>
> = {
  unauthorized: { status: 401, meaning: 'The API key is missing or not known.' },
  forbidden: { status: 403, meaning: "The API key's role does not cover this route." },
  malformed_json: { status: 400, meaning: 'The body is no JSON.' },
  body_too_large: { status: 413, meaning: 'The body exceeds the cap of its route.' },
  invalid_request: { status: 400, meaning: 'A field is missing, unknown or not of its form.' },
  unsupported_media_type: { status: 415, meaning: 'The body is not of the type the route takes.' },
  not_found: { status: 404, meaning: 'There is no such thing.' },
  idempotency_key_required: { status: 400, meaning: 'The route needs the header Idempotency-Key.' },
  idempotency_key_reused: { status: 409, meaning: 'The key came before with another body.' },
  idempotency_in_progress: { status: 409, meaning: 'The first call with this key still runs.' },
  file_invalid: { status: 400, meaning: 'The file is malformed, altered or of another type.' },
  too_long_for_codes: { status: 422, meaning: 'The file is too long for QR codes: carry it.' },
  wrong_network: { status: 409, meaning: 'The file is for another network.' },
  wrong_keyring: { status: 409, meaning: 'The file is of a keyring that is not paired.' },
  user_exists: { status: 409, meaning: 'A user with this id exists.' },
  user_unknown: { status: 404, meaning: 'There is no user with this id.' },
  keyring_suspended: { status: 409, meaning: 'The keyring is suspended.' },
  keyring_unknown: { status: 404, meaning: 'There is no keyring with this id.' },
  keyring_cold: { status: 409, meaning: 'The keyring is cold: only cold orders spend from it.' },
  pool_empty: { status: 409, meaning: 'No prepared address is left: import an address batch.' },
  batch_conflict: { status: 409, meaning: 'The batch holds addresses that are known already.' },
  insufficient_balance: { status: 422, meaning: 'The user has less than this.' },
  transfer_unbalanced: { status: 422, meaning: 'The entries of a transfer do not sum to 0.' },
  address_spent: { status: 422, meaning: 'The address has been spent from: money there is lost.' },
  address_unknown: { status: 404, meaning: 'The address is none of ours, or another user has it.' },
  nothing_to_correct: { status: 409, meaning: 'Nodes and ledger agree about the address.' },
  withdrawal_exists: { status: 409, meaning: 'A withdrawal with this id exists.' },
  withdrawal_unknown: { status: 404, meaning: 'There is no withdrawal with this id.' },
  not_cancellable: {
    status: 409,
    meaning: 'The withdrawal is in a sweep already, or pays again what may be confirmed.',
  },
  not_replaceable: { status: 409, meaning: 'The withdrawal is in no blocked sweep.' },
  nothing_to_sign: { status: 409, meaning: 'There is nothing that could be swept or paid now.' },
  state_changed: { status: 409, meaning: 'What was planned changed meanwhile: repeat the call.' },
  too_many_outstanding: { status: 409, meaning: 'Too many signing requests wait for a response.' },
  too_many_webhooks: { status: 409, meaning: 'There are as many webhook endpoints as may be.' },
  request_unknown: { status: 404, meaning: 'There is no signing request with this id.' },
  not_voidable: { status: 409, meaning: 'The signing request was answered or voided already.' },
  not_abandonable: {
    status: 409,
    meaning: 'The sweep may still be signed, or was given up before.',
  },
  cold_order_unknown: { status: 404, meaning: 'There is no cold order with this id.' },
  cold_order_state: {
    status: 409,
    meaning: 'The state of the cold order, or of an address in it, does not allow this.',
  },
  slip_mismatch: { status: 409, meaning: 'The slip or receipt is not of this cold order.' },
  slip_erased: { status: 409, meaning: 'The UUIDs are erased here: only the slip has them.' },
  reserve_too_low: { status: 422, meaning: 'Less would stay hot than the settings want.' },
  response_mismatch: { status: 409, meaning: 'The response does not answer its request.' },
  signature_invalid: { status: 422, meaning: 'A signature does not belong to its address.' },
  void_frees: { status: 409, meaning: 'The void frees inputs, which no officer has approved.' },
  signer_forked: { status: 409, meaning: "The signer's record contradicts what is known of it." },
  rate_limited: { status: 429, meaning: 'Too many event streams are open.' },
  internal: { status: 500, meaning: 'A defect; the request id names it in the log.' },
  node_unavailable: { status: 503, meaning: 'Too few IOTA nodes answer, are in sync or agree.' },
  proof_of_work_failed: { status: 503, meaning: 'Proof of work was stopped, or a thread failed.' },
  store_unavailable: { status: 503, meaning: 'The store cannot be written.' },
  store_damaged: { status: 503, meaning: 'The store contradicts itself.' },
};

/** One field at fault. */
export interface FieldFault {
  /** Where: `amount`, `entries.0.userId`, `header Idempotency-Key`. */
  readonly path: string;
  readonly expected: string;
  readonly got: string;
}

/** The one error shape. */
export interface ApiErrorBody {
  readonly error: {
    readonly code: ApiErrorCode;
    readonly message: string;
    readonly fields: readonly FieldFault[];
    /** What to do. */
    readonly next: string;
    readonly requestId: string;
  };
}

/** By this the client reads an error, and of this the OpenAPI text is made. */
export const errorBody: z.ZodType<ApiErrorBody> = z.object({
  error: z.object({
    code: z.enum(Object.keys(API_ERRORS) as ApiErrorCode[]),
    message: z.string(),
    fields: z.array(z.object({ path: z.string(), expected: z.string(), got: z.string() })),
    next: z.string().meta({ description: 'What to do' }),
    requestId: z.string(),
  }),
});
