/**
 * The address batch: what a signer has made, `{uuid, address, securityLevel}` each. Its statement, a
 * message of its own with the Merkle root, is small enough to go along with the proof of one address.
 */
import type { Network, SecurityLevel } from '@airlock/protocol';
import { openEnvelope, sealEnvelope, verifyEnvelope } from './envelope.ts';
import { GapError } from './error.ts';
import type { Identity } from './identity.ts';
import {
  BATCH_ADDRESSES_MAX,
  BATCH_ITEMS_MAX,
  PATH_HASHES_MAX,
  SMALL_BYTES_MAX,
} from './limits.ts';
import { leafHash, merkleRoot, uuidCommitment, verifyMerklePath } from './merkle.ts';
import { keyringId, network, securityLevel } from './pairing-card.ts';
import {
  bytes,
  decodeShape,
  digest,
  encodeShape,
  field,
  hash,
  list,
  ordinal,
  type Shape,
  struct,
  tuple,
  unsigned,
  uuid,
} from './shape.ts';

export interface BatchStatement {
  readonly keyringId: string;
  readonly network: Network;
  /** 1 for the keyring's first batch. */
  readonly number: number;
  readonly count: number;
  /** Merkle root over the batch's leaves. */
  readonly root: string;
}

export interface IssuedAddress {
  readonly uuid: string;
  readonly address: string;
  readonly securityLevel: SecurityLevel;
}

export interface AddressBatch {
  readonly statement: BatchStatement;
  /** The statement's own file, which proofs carry. */
  readonly statementFile: Uint8Array;
  readonly addresses: readonly IssuedAddress[];
}

/** Shows that a signer made an address. */
export interface AddressProof {
  readonly statementFile: Uint8Array;
  /** Place in the batch, from 0. */
  readonly index: number;
  readonly path: readonly string[];
  readonly commitment: string;
}

const batchStatement: Shape<BatchStatement> = struct<BatchStatement>({
  keyringId: field(1, keyringId),
  network: field(2, network),
  number: field(3, ordinal),
  count: field(4, unsigned(BATCH_ADDRESSES_MAX, 1)),
  root: field(5, digest),
});

export const issuedAddresses: Shape<readonly (readonly [string, string, SecurityLevel])[]> = list(
  tuple<readonly [string, string, SecurityLevel]>(uuid, hash, securityLevel),
  { min: 1, max: BATCH_ADDRESSES_MAX },
);

interface BatchFields {
  readonly statementFile: Uint8Array;
  readonly addresses: readonly (readonly [string, string, SecurityLevel])[];
}

const batchFields: Shape<BatchFields> = struct<BatchFields>({
  statementFile: field(1, bytes(1, SMALL_BYTES_MAX)),
  addresses: field(2, issuedAddresses),
});

export const addressProof: Shape<AddressProof> = struct<AddressProof>({
  statementFile: field(1, bytes(1, SMALL_BYTES_MAX)),
  index: field(2, unsigned(BATCH_ADDRESSES_MAX - 1)),
  path: field(3, list(digest, { min: 0, max: PATH_HASHES_MAX })),
  commitment: field(4, digest),
});

/** The leaf hashes of addresses, in their order. */
export function leavesOf(addresses: readonly IssuedAddress[]): string[] {
  return addresses.map((issued) =>
    leafHash({ ...issued, commitment: uuidCommitment(issued.uuid) }),
  );
}

export function sealAddressBatch(options: {
  readonly keyringId: string;
  readonly network: Network;
  readonly number: number;
  readonly addresses: readonly IssuedAddress[];
  readonly identity: Identity;
}): Uint8Array {
  const { addresses, identity } = options;
  const statement = {
    ...options,
    count: addresses.length,
    root: merkleRoot(leavesOf(addresses)),
  };
  const statementFile = sealEnvelope(
    'address-batch-statement',
    encodeShape(batchStatement, statement),
    [identity],
  );
  const payload = encodeShape(batchFields, {
    statementFile,
    addresses: addresses.map(
      (issued) => [issued.uuid, issued.address, issued.securityLevel] as const,
    ),
  });
  return sealEnvelope('address-batch', payload, [identity]);
}

function openStatement(file: Uint8Array, publicKey: Uint8Array): BatchStatement {
  const envelope = openEnvelope(file, 'address-batch-statement');
  verifyEnvelope(envelope, [publicKey]);
  return decodeShape(batchStatement, envelope.payload, 'address-batch-statement');
}

/**
 * Opens a batch of the signer with this key; its addresses are those of the root, and no UUID or
 * address stands there twice.
 */
export function openAddressBatch(file: Uint8Array, publicKey: Uint8Array): AddressBatch {
  const envelope = openEnvelope(file, 'address-batch');
  verifyEnvelope(envelope, [publicKey]);
  const fields = decodeShape(batchFields, envelope.payload, {
    name: 'address-batch',
    itemsMax: BATCH_ITEMS_MAX,
  });
  const statementFile = fields.statementFile.slice();
  const statement = openStatement(statementFile, publicKey);
  const addresses = fields.addresses.map(([uuid, address, level]) => ({
    uuid,
    address,
    securityLevel: level,
  }));
  if (statement.count !== addresses.length || merkleRoot(leavesOf(addresses)) !== statement.root) {
    throw new GapError('root_mismatch', 'the addresses are not those of the signed root');
  }
  const distinct = (values: string[]): boolean => new Set(values).size === values.length;
  if (!distinct(addresses.map((a) => a.uuid)) || !distinct(addresses.map((a) => a.address))) {
    throw new GapError('field_range', 'a UUID or an address stands twice in the batch');
  }
  return { statement, statementFile, addresses };
}

export function encodeAddressProof(proof: AddressProof): Uint8Array {
  return encodeShape(addressProof, proof);
}

/**
 * Verifies that the signer with this key made this address.
 * @returns the statement of the batch that holds it
 */
export function verifyAddressProof(options: {
  readonly proof: Uint8Array;
  readonly address: string;
  readonly securityLevel: SecurityLevel;
  readonly publicKey: Uint8Array;
}): BatchStatement {
  const proof = decodeShape(addressProof, options.proof, 'address-proof');
  const statement = openStatement(proof.statementFile, options.publicKey);
  const leaf = leafHash({ ...options, commitment: proof.commitment });
  verifyMerklePath({ ...proof, leaf, count: statement.count, root: statement.root });
  return statement;
}
