/** The one error of the signer: why it did not do what was asked, and what to do next. */

/** Every code with the exit code of its family: 2 usage, 3 refused, 4 home, 5 disk. */
export const SIGNER_ERROR_CODES = {
  usage: 2,
  passphrase_required: 2,
  passphrase_too_short: 2,
  passphrase_wrong: 2,
  salt_empty: 2,
  salt_invalid: 2,
  confirmation_required: 2,
  confirmation_wrong: 2,
  confirm_on_mainnet: 2,
  network_on_mainnet: 2,
  terminal_required: 2,
  terminal_too_small: 2,
  home_exists: 4,
  home_missing: 4,
  home_locked: 4,
  home_newer: 4,
  home_moved_out: 4,
  home_recovered: 4,
  not_recovered: 4,
  not_moved_out: 4,
  already_moved_in: 4,
  secret_damaged: 4,
  record_damaged: 4,
  record_moved: 4,
  record_full: 4,
  record_gap: 4,
  key_signed_twice: 4,
  batch_missing: 4,
  coordinator_record_missing: 4,
  log_mismatch: 4,
  path_missing: 5,
  file_exists: 5,
  disk_failed: 5,
  file_invalid: 3,
  transfer_incomplete: 3,
  self_test_failed: 3,
  network_up: 3,
  swap_enabled: 3,
  core_dumps_enabled: 3,
  practice_only: 3,
  role_unsupported: 3,
  already_paired: 3,
  not_paired: 3,
  batch_unknown: 3,
  wrong_keyring: 3,
  wrong_network: 3,
  sequence_reused: 3,
  sequence_not_rising: 3,
  sequence_leaps: 3,
  request_voided: 3,
  request_signed: 3,
  already_voided: 3,
  bundle_voided: 3,
  signer_behind: 3,
  record_forked: 3,
  head_too_old: 3,
  value_out_of_range: 3,
  address_last_trit: 3,
  sum_not_zero: 3,
  role_mismatch: 3,
  slot_missing: 3,
  slot_extra: 3,
  output_zero: 3,
  tag_mismatch: 3,
  no_input: 3,
  too_many_inputs: 3,
  hash_exposes_key: 3,
  bundle_repeated: 3,
  slip_required: 3,
  slip_index_out_of_range: 3,
  slip_address_mismatch: 3,
  copies_differ: 3,
  key_already_signed: 3,
  key_surrendered: 3,
  key_repeated: 3,
  key_not_issued: 3,
  input_level_mismatch: 3,
  input_address_mismatch: 3,
  own_output_not_issued: 3,
  own_output_address_mismatch: 3,
  own_output_already_signed: 3,
  own_output_is_input: 3,
  output_to_signed_key: 3,
  output_to_surrendered_key: 3,
  withdrawal_already_signed: 3,
  withdrawal_repeated: 3,
  cold_keyring_unknown: 3,
  derivation_mismatch: 3,
  signature_faulty: 3,
} as const;

export type SignerErrorCode = keyof typeof SIGNER_ERROR_CODES;

export class SignerError extends Error {
  override readonly name = 'SignerError';
  readonly code: SignerErrorCode;
  /** What the officer can do now. */
  readonly next: string;

  constructor(
    code: SignerErrorCode,
    message: string,
    options: { readonly next: string; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.next = options.next;
  }
}

export function homeMissing(path: string): SignerError {
  return new SignerError('home_missing', `there is no signer in ${path}`, {
    next: 'check the path: is the stick mounted? A new signer is made with "init"',
  });
}

/** What a home is taken from is not there: never the moment to make a new signer. */
export function copyMissing(path: string): SignerError {
  return new SignerError('home_missing', `there is no home, and no copy of one, in ${path}`, {
    next: 'check the path after --from: is the medium mounted? Name the folder that holds "secret"',
  });
}
