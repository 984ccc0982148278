/** Small valid messages with fixed keys, and the means to spoil them one field at a time. */
import { trytesToWords } from '@airlock/protocol';
import {
  encodeAddressProof,
  type IssuedAddress,
  leavesOf,
  openAddressBatch,
  sealAddressBatch,
  verifyAddressProof,
} from '../src/address-batch.ts';
import { type CborMap, type CborValue, decodeCbor, encodeCbor } from '../src/cbor.ts';
import {
  type CustodyReceipt,
  type CustodySlip,
  openCustodyReceipt,
  openCustodySlip,
  sealCustodyReceipt,
  sealCustodySlip,
} from '../src/custody.ts';
import { type MessageType, openEnvelope, sealEnvelope } from '../src/envelope.ts';
import { GapError } from '../src/error.ts';
import { createIdentity, type Identity } from '../src/identity.ts';
import { merklePaths, uuidCommitment } from '../src/merkle.ts';
import { type KeyringDescription, openPairingCard, sealPairingCard } from '../src/pairing-card.ts';
import { EMPTY_HEAD, openEntry, type RecordEvent, sealEntry } from '../src/record-entry.ts';
import { openRecordExport, type RecordExport, sealRecordExport } from '../src/record-export.ts';
import {
  openSigningRequest,
  type RequestSlot,
  type SigningRequest,
  type SlotRole,
  sealSigningRequest,
} from '../src/signing-request.ts';
import {
  openSigningResponse,
  type SigningResponse,
  sealSigningResponse,
} from '../src/signing-response.ts';
import {
  openVoidReceipt,
  openVoidRequest,
  sealVoidReceipt,
  sealVoidRequest,
  type VoidReceipt,
  type VoidRequest,
} from '../src/void.ts';

const identityOf = (byte: number): Identity => createIdentity(new Uint8Array(32).fill(byte));

export const SIGNER: Identity = identityOf(1);
export const COORDINATOR: Identity = identityOf(2);
export const OFFICER: Identity = identityOf(3);
export const STRANGER: Identity = identityOf(4);

export const KEYRING_ID: string = `kr_${'0123456789abcdef'.repeat(2)}`;
export const REQUEST_ID: string = `sr_${'fedcba9876543210'.repeat(2)}`;
export const DIGEST: string = 'c0'.repeat(32);
export const WITHDRAWAL_ID = '0b9c3f5e-5c1d-4e2a-9f10-2b3c4d5e6f70';

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const unhex = (text: string): Uint8Array =>
  new Uint8Array(Buffer.from(text.replace(/\s/g, ''), 'hex'));

/** 81 trytes with a last trit of 0. */
export const addressOf = (letter: string): string => `${letter.repeat(80)}9`;
export const uuidOf = (letter: string): string => letter.repeat(64);

export const KEYRING: KeyringDescription = {
  id: KEYRING_ID,
  scheme: { name: 'hub-argon2id', timeCost: 4, memoryKib: 131_072, parallelism: 1 },
  securityLevel: 2,
  practice: false,
};

export const cardFile = (): Uint8Array =>
  sealPairingCard(
    { role: 'signer', network: 'devnet', label: 'Vault 1', keyring: KEYRING },
    SIGNER,
  );

/** The worked example of docs/gap.md. */
export const exampleFile = (): Uint8Array =>
  sealPairingCard(
    { role: 'coordinator', network: 'devnet', label: 'Desk 1', keyring: null },
    COORDINATOR,
  );

export const ISSUED: readonly IssuedAddress[] = [
  { uuid: uuidOf('a'), address: addressOf('A'), securityLevel: 2 },
  { uuid: uuidOf('b'), address: addressOf('B'), securityLevel: 1 },
  { uuid: uuidOf('c'), address: addressOf('C'), securityLevel: 3 },
];

export const batchFile = (addresses: readonly IssuedAddress[] = ISSUED): Uint8Array =>
  sealAddressBatch({
    keyringId: KEYRING_ID,
    network: 'devnet',
    number: 1,
    addresses,
    identity: SIGNER,
  });

const { statementFile } = openAddressBatch(batchFile(), SIGNER.publicKey);
const paths = merklePaths(leavesOf(ISSUED));

/** The proof that address `index` of {@link ISSUED} was made by SIGNER. */
export function proofOf(index: number): Parameters<typeof encodeAddressProof>[0] {
  const commitment = uuidCommitment(ISSUED[index]!.uuid);
  return { statementFile, index, path: paths[index]!, commitment };
}

export const slotOf = (role: SlotRole, value = 0n): RequestSlot => ({
  address: addressOf('D'),
  value,
  obsoleteTag: 'AIRLOCK'.padEnd(27, '9'),
  tag: '9'.repeat(27),
  timestamp: 1_700_000_000,
  role,
});

const input: SlotRole = {
  kind: 'input',
  key: { kind: 'uuid', uuid: uuidOf('a') },
  securityLevel: 2,
};

export const REQUEST: SigningRequest = {
  requestId: REQUEST_ID,
  sequence: 1,
  keyringId: KEYRING_ID,
  network: 'devnet',
  expectedHead: { number: 7, hash: DIGEST },
  createdAt: 1_700_000_000_000,
  bundles: [[slotOf(input, -5n), slotOf({ kind: 'own', uuid: uuidOf('b') }, 5n)]],
};

/** A request with every role and key source that exists. */
export const FULL_REQUEST: SigningRequest = {
  ...REQUEST,
  bundles: [
    [
      slotOf(input, -9n),
      slotOf({ kind: 'fragment' }),
      slotOf(
        {
          kind: 'input',
          key: { kind: 'slip', slipDigest: DIGEST, index: 3 },
          securityLevel: 1,
        },
        -1n,
      ),
      slotOf({ kind: 'own', uuid: uuidOf('b') }, 4n),
      slotOf({ kind: 'withdrawal', withdrawalId: WITHDRAWAL_ID, authorization: null }, 3n),
      slotOf(
        {
          kind: 'withdrawal',
          withdrawalId: WITHDRAWAL_ID,
          authorization: new Uint8Array([1, 2, 3]),
        },
        2n,
      ),
      slotOf({ kind: 'cold', securityLevel: 3, proof: proofOf(2) }, 1n),
    ],
    [slotOf(input, -5n), slotOf({ kind: 'own', uuid: uuidOf('b') }, 5n)],
  ],
};

export const requestFile = (request: SigningRequest = REQUEST): Uint8Array =>
  sealSigningRequest(request, COORDINATOR);

export const OPENED: RecordEvent = {
  kind: 'opened',
  keyring: KEYRING,
  network: 'devnet',
  publicKey: SIGNER.publicKey,
};

export const EVENTS: readonly RecordEvent[] = [
  OPENED,
  { kind: 'paired', role: 'coordinator', publicKey: COORDINATOR.publicKey },
  { kind: 'revoked', publicKey: STRANGER.publicKey },
  { kind: 'issued', batch: 1, count: 3, root: DIGEST },
  {
    kind: 'signed',
    requestId: REQUEST_ID,
    sequence: 1,
    requestDigest: DIGEST,
    verdicts: [
      { bundleHash: addressOf('E'), keys: [[DIGEST, 2]], withdrawalIds: [WITHDRAWAL_ID] },
      { bundleHash: addressOf('F'), keys: [[DIGEST, 1]], withdrawalIds: [] },
    ],
  },
  {
    kind: 'voided',
    requestId: REQUEST_ID,
    sequence: 2,
    requestDigest: DIGEST,
    bundleHashes: [addressOf('E'), addressOf('F')],
    frees: false,
  },
  { kind: 'moved-out', epoch: 2 },
  { kind: 'moved-in', epoch: 2, installation: new Uint8Array(16).fill(5) },
  { kind: 'network-accepted' },
  { kind: 'resumed', epoch: 3, installation: new Uint8Array(16).fill(6) },
  {
    kind: 'signed-alone',
    verdict: { bundleHash: addressOf('G'), keys: [[DIGEST, 3]], withdrawalIds: [] },
  },
  { kind: 'surrendered', commitment: DIGEST },
];

/** The entries of {@link EVENTS}, one after the other. */
export function sealedEntries(events: readonly RecordEvent[] = EVENTS): RecordExport['entries'] {
  let head = EMPTY_HEAD;
  return events.map((event, index) => {
    const sealed = sealEntry(head, { at: 1_700_000_000_000 + index, event }, SIGNER);
    head = openEntry(sealed, head, SIGNER.publicKey).head;
    return sealed;
  });
}

/** A signature of level 1 with 27 different chain values. */
export const SIGNATURE: Uint8Array = trytesToWords(
  Array.from({ length: 27 }, (_, i) => addressOf(String.fromCharCode(65 + (i % 26)))).join(''),
);

export const RESPONSE: SigningResponse = {
  requestId: REQUEST_ID,
  requestDigest: DIGEST,
  keyringId: KEYRING_ID,
  network: 'devnet',
  results: [{ kind: 'signed', bundleHash: addressOf('E'), signatures: [[0, SIGNATURE]] }],
  entries: sealedEntries([OPENED]),
  networkAccepted: false,
};

export const FULL_RESPONSE: SigningResponse = {
  ...RESPONSE,
  results: [
    ...RESPONSE.results,
    { kind: 'refused', bundleHash: addressOf('F'), code: 'hash_exposes_key' },
  ],
  entries: sealedEntries(),
  networkAccepted: true,
};

export const responseFile = (response: SigningResponse = RESPONSE): Uint8Array =>
  sealSigningResponse(response, SIGNER);

export const recordFile = (entries: RecordExport['entries'] = sealedEntries()): Uint8Array =>
  sealRecordExport({ keyringId: KEYRING_ID, network: 'devnet', entries }, SIGNER);

export const VOID_REQUEST: VoidRequest = {
  requestId: REQUEST_ID,
  sequence: 2,
  requestDigest: DIGEST,
  bundleHashes: [addressOf('E'), addressOf('F')],
  keyringId: KEYRING_ID,
  network: 'devnet',
  expectedHead: { number: 7, hash: DIGEST },
  createdAt: 1_700_000_000_000,
};

export const voidRequestFile = (request: VoidRequest = VOID_REQUEST): Uint8Array =>
  sealVoidRequest(request, COORDINATOR);

export const VOID_RECEIPT: VoidReceipt = {
  requestId: REQUEST_ID,
  requestDigest: DIGEST,
  voidDigest: 'd0'.repeat(32),
  keyringId: KEYRING_ID,
  network: 'devnet',
  frees: false,
  entries: sealedEntries([OPENED]),
  networkAccepted: false,
};

export const voidReceiptFile = (receipt: VoidReceipt = VOID_RECEIPT): Uint8Array =>
  sealVoidReceipt(receipt, SIGNER);

export const ORDER_ID: string = `co_${'0d'.repeat(16)}`;

export const SLIP: CustodySlip = {
  orderId: ORDER_ID,
  keyringId: KEYRING_ID,
  network: 'devnet',
  createdAt: 1_700_000_000_000,
  addresses: ISSUED.map((issued, place) => ({ ...issued, amount: BigInt(place) })),
};

export const slipFile = (slip: CustodySlip = SLIP): Uint8Array =>
  sealCustodySlip(slip, COORDINATOR);

export const CUSTODY_RECEIPT: CustodyReceipt = {
  orderId: ORDER_ID,
  slipDigest: 'd1'.repeat(32),
  keyringId: KEYRING_ID,
  network: 'devnet',
  count: 3,
  copies: ['safe A, paper', 'safe B, stick'],
};

export const custodyReceiptFile = (receipt: CustodyReceipt = CUSTODY_RECEIPT): Uint8Array =>
  sealCustodyReceipt(receipt, SIGNER);

/** Every kind of file: a valid one, who signs it, and its opener with the right key. */
export interface Sample {
  readonly type: MessageType;
  readonly file: Uint8Array;
  readonly identity: Identity;
  readonly open: (file: Uint8Array) => unknown;
}

export const SAMPLES: Readonly<Record<string, Sample>> = {
  card: { type: 'pairing-card', file: cardFile(), identity: SIGNER, open: openPairingCard },
  batch: {
    type: 'address-batch',
    file: batchFile(),
    identity: SIGNER,
    open: (file) => openAddressBatch(file, SIGNER.publicKey),
  },
  statement: {
    type: 'address-batch-statement',
    file: proofOf(1).statementFile,
    identity: SIGNER,
    open: (file) =>
      verifyAddressProof({
        proof: encodeAddressProof({ ...proofOf(1), statementFile: file }),
        address: ISSUED[1]!.address,
        securityLevel: ISSUED[1]!.securityLevel,
        publicKey: SIGNER.publicKey,
      }),
  },
  request: {
    type: 'signing-request',
    file: requestFile(FULL_REQUEST),
    identity: COORDINATOR,
    open: (file) => openSigningRequest(file, [COORDINATOR.publicKey]),
  },
  response: {
    type: 'signing-response',
    file: responseFile(FULL_RESPONSE),
    identity: SIGNER,
    open: (file) => openSigningResponse(file, SIGNER.publicKey),
  },
  'void request': {
    type: 'void-request',
    file: voidRequestFile(),
    identity: COORDINATOR,
    open: (file) => openVoidRequest(file, [COORDINATOR.publicKey]),
  },
  'void receipt': {
    type: 'void-receipt',
    file: voidReceiptFile({ ...VOID_RECEIPT, entries: sealedEntries() }),
    identity: SIGNER,
    open: (file) => openVoidReceipt(file, SIGNER.publicKey),
  },
  slip: {
    type: 'custody-slip',
    file: slipFile(),
    identity: COORDINATOR,
    open: (file) => openCustodySlip(file, [COORDINATOR.publicKey]),
  },
  'custody receipt': {
    type: 'custody-receipt',
    file: custodyReceiptFile(),
    identity: SIGNER,
    open: (file) => openCustodyReceipt(file, SIGNER.publicKey),
  },
  record: {
    type: 'record-export',
    file: recordFile(),
    identity: SIGNER,
    open: (file) => openRecordExport(file, SIGNER.publicKey),
  },
};

/** The refusal that `act` must end in; any other exception goes through. */
export function refusal(act: () => unknown): GapError {
  try {
    act();
  } catch (error) {
    if (error instanceof GapError) return error;
    throw error;
  }
  throw new Error('expected a refusal, but it was accepted');
}

/** 'accepted' or the code of the refusal: what tables of cases compare. */
export function verdictOf(act: () => unknown): string {
  try {
    act();
    return 'accepted';
  } catch (error) {
    if (error instanceof GapError) return error.code;
    throw error;
  }
}

/** Signs another payload as this message, with the right key. */
export function resealed(sample: Sample, payload: Uint8Array): Uint8Array {
  return sealEnvelope(sample.type, payload, [sample.identity]);
}

export const payloadOf = (sample: Sample): Uint8Array => openEnvelope(sample.file).payload;

type Path = readonly number[];

/** A copy with the item at `path` (map keys and array places) replaced, or removed by undefined. */
export function replaced(value: CborValue, path: Path, item: CborValue | undefined): CborValue {
  const [step, ...rest] = path;
  if (step === undefined) return item as CborValue;
  if (value instanceof Map) {
    const copy = new Map(value as CborMap);
    if (rest.length === 0 && item === undefined) copy.delete(BigInt(step));
    else copy.set(BigInt(step), replaced(copy.get(BigInt(step)) ?? null, rest, item));
    return copy;
  }
  const copy = [...(value as readonly CborValue[])];
  if (rest.length === 0 && item === undefined) copy.splice(step, 1);
  else copy[step] = replaced(copy[step] ?? null, rest, item);
  return copy;
}

/** The sample with one item of its payload replaced or removed, signed again with the right key. */
export function spoiled(sample: Sample, path: Path, item: CborValue | undefined): Uint8Array {
  return resealed(sample, encodeCbor(replaced(decodeCbor(payloadOf(sample)), path, item)));
}

/** Every place inside a value, with what stands there. */
export function* placesOf(
  value: CborValue,
  path: Path = [],
): Generator<{ path: Path; value: CborValue }> {
  yield { path, value };
  if (value instanceof Map) {
    for (const [key, item] of value as CborMap) yield* placesOf(item, [...path, Number(key)]);
  } else if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly CborValue[]).entries()) {
      yield* placesOf(item, [...path, index]);
    }
  }
}
