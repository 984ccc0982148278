/** Findings: the closed list of what an audit can find wrong, each with its meaning in one line. */

/** Every code and its meaning; the README's table and docs/auditing.md are held to this list. */
export const FINDINGS = {
  file_unreadable: 'the path does not exist, may not be read, or is no regular file',
  file_too_large: 'the file has more bytes than any message may have',
  file_empty: 'the file has no bytes',
  file_not_airlock: 'the file was named, but is no Airlock file',
  encoding: 'the strict parser refused the file',
  card_missing: 'no card of the key that signed it is among the files',
  card_role: 'the key that signed it belongs to a card of another role',
  signature_invalid: 'the Ed25519 signature does not cover the bytes',
  card_untrusted: "the card's words are not among those given with --trust",
  card_conflict: 'two cards contradict each other about one key or one keyring',
  keyring_unknown: 'no card of a signer with this keyring is among the files',
  keyring_mismatch: 'the keyring is not the one on the card of the signer',
  network_mismatch: 'the network is not the one on the card',
  root_mismatch: 'the addresses of a batch are not those of its signed root',
  address_encoding: 'two independent conversions of an address disagree',
  bundle_value: 'a value is out of range or does not suit the role of its slot',
  bundle_last_trit: 'the address of a slot with a value has a last trit other than 0',
  bundle_slots: 'an input is not followed by exactly the fragment slots of its level',
  bundle_sum: 'the values of a bundle do not sum to 0',
  bundle_hash_13: 'the normalised bundle hash holds a 13, which would show a private chain value',
  cold_proof: 'the proof of a cold output does not show its address',
  own_output_used:
    'an output goes to an own key that was asked to sign, or signed, before or in the same request',
  slip_mismatch: 'a custody slip contradicts a batch, or a request the slip that it names',
  custody_mismatch: 'a custody receipt contradicts the slip that it answers',
  request_missing: 'the request that a response answers is not among the files',
  response_mismatch: 'a response contradicts the request whose digest it names',
  bundle_hash_mismatch:
    'the bundle hash of a result or spend is not the hash of the bundle requested or given',
  signatures_incomplete: 'a signed bundle lacks a signature of an input or has one too many',
  wots_invalid: 'a signature does not resolve to the address of its input',
  chain_broken: 'record entries are not signed or do not follow each other',
  verdict_mismatch:
    'the last entry of a response or spend does not record what was requested and signed',
  record_opening: 'the first entry of a record does not open the keyring that the card shows',
  coordinator_not_paired:
    'a record signs for a coordinator that it had revoked, or not paired, at that time',
  key_not_issued: 'a record signs with, or gives away, a key that it had not issued by then',
  batch_not_issued: 'a record issues later batches, but never one that its signer signed',
  sequence_not_rising: "the sequences of a record's signed requests do not rise",
  record_fork: 'two different entries of one record have the same number',
  head_off_record: 'a request names a head that the record entries given do not have',
  voided_signed: 'a request was signed although the record says that it never will be',
  freed_signed: 'a bundle was signed although a void has freed its inputs for others',
  void_frees: 'a void frees inputs although no officer is paired who could have withheld approval',
  void_mismatch:
    'a void contradicts the request that it names, or a receipt its void request or its entry',
  surrendered_signed: 'A KEY SIGNED WHOSE SEED WAS GIVEN AWAY',
  surrendered_twice: 'a record gives away one seed twice',
  epoch_not_rising: "the epochs of a record's homes do not rise",
  moved_out_used: 'a home went on with a record that it had handed over',
  moved_in_unannounced: 'a home took over a record that was not handed over',
  network_accepted_twice: 'a record says twice that its signer was used with a network',
  network_use_mismatch:
    'an answer contradicts its record about whether the signer was used with a network',
  batch_two_roots: 'one batch number has two roots',
  sequence_two_digests: 'one request sequence has two digests',
  uuid_two_addresses: 'one UUID has two addresses',
  uuid_two_levels: 'one UUID has two security levels',
  address_two_uuids: 'one address stands under two UUIDs',
  key_two_hashes: 'ONE KEY SIGNED TWO BUNDLE HASHES',
  key_requested_twice: 'one key was asked to sign two bundle hashes; at most one is signed',
  withdrawal_two_hashes: 'one withdrawal id was signed in two bundle hashes',
  withdrawal_requested_twice: 'one withdrawal id was requested in two bundle hashes',
} as const;

export type FindingCode = keyof typeof FINDINGS;

export interface Finding {
  readonly code: FindingCode;
  readonly file: string;
  /** The file that contradicts `file`, where two are needed to see it. */
  readonly otherFile?: string;
  readonly message: string;
}

/** Takes findings as the checks make them. */
export type AddFinding = (finding: Finding) => void;
