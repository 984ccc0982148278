/** The decoders of what crosses the gap, each with samples of every variant that it knows. */
import {
  decodeCbor,
  decodeShape,
  encodeCbor,
  encodeShape,
  type IssuedAddress,
  issuedAddresses,
  openAddressBatch,
  openCustodyReceipt,
  openCustodySlip,
  openEnvelope,
  openPairingCard,
  openRecordExport,
  openSigningRequest,
  openSigningResponse,
  openVoidReceipt,
  openVoidRequest,
  sealAddressBatch,
  sealCustodyReceipt,
  sealCustodySlip,
  sealEnvelope,
  sealPairingCard,
  sealRecordExport,
  sealSigningRequest,
  sealSigningResponse,
  sealVoidReceipt,
  sealVoidRequest,
  Tagged,
  verifyAddressProof,
} from '@airlock/gap';
import { addressProof } from '../../../packages/formats/gap/src/address-batch.ts';
import { keyringId } from '../../../packages/formats/gap/src/pairing-card.ts';
import { digest } from '../../../packages/formats/gap/src/shape.ts';
import {
  batchFile,
  COORDINATOR,
  CUSTODY_RECEIPT,
  cardFile,
  custodyReceiptFile,
  DIGEST,
  FULL_REQUEST,
  FULL_RESPONSE,
  ISSUED,
  KEYRING_ID,
  proofOf,
  REQUEST,
  REQUEST_ID,
  RESPONSE,
  recordFile,
  requestFile,
  responseFile,
  SIGNER,
  SLIP,
  sealedEntries,
  slipFile,
} from '../../../packages/formats/gap/test/samples.ts';
import { entryRoute } from './entry-samples.ts';
import { fieldsOf, fileRoute, messageTarget, payloadOf, type Target } from './target.ts';

const batchOf = (addresses: readonly IssuedAddress[]): Uint8Array =>
  sealAddressBatch({
    keyringId: KEYRING_ID,
    network: 'devnet',
    number: 1,
    addresses,
    identity: SIGNER,
  });

const asIssued = (bytes: Uint8Array): IssuedAddress[] =>
  decodeShape(issuedAddresses, bytes, 'addresses').map(([uuid, address, securityLevel]) => ({
    uuid,
    address,
    securityLevel,
  }));

const listOf = (addresses: readonly IssuedAddress[]): Uint8Array =>
  encodeShape(
    issuedAddresses,
    addresses.map((issued) => [issued.uuid, issued.address, issued.securityLevel] as const),
  );

/** A batch over this list, with a statement that fits if the list can be read at all. */
function batchWith(list: Uint8Array): Uint8Array {
  let addresses: IssuedAddress[];
  try {
    addresses = asIssued(list);
  } catch {
    const { statementFile } = proofOf(0);
    const head = fieldsOf(statementFile, 0n);
    const payload = new Uint8Array(Buffer.concat([head.subarray(0, -1), list]));
    return sealEnvelope('address-batch', payload, [SIGNER]);
  }
  return batchOf(addresses);
}

const card: Target = messageTarget({
  name: 'pairing card',
  type: 'pairing-card',
  identity: SIGNER,
  files: [
    cardFile(),
    ...(['coordinator', 'officer', 'exchange'] as const).map((role) =>
      sealPairingCard({ role, network: 'mainnet', label: 'Desk 1', keyring: null }, SIGNER),
    ),
    sealPairingCard(
      {
        role: 'signer',
        network: 'private',
        label: '',
        keyring: {
          id: KEYRING_ID,
          scheme: { name: 'hkdf-sha512' },
          securityLevel: 3,
          practice: true,
        },
      },
      SIGNER,
    ),
  ],
  reopen: (file) => sealPairingCard(openPairingCard(file), SIGNER),
});

const batch: Target = messageTarget({
  name: 'address batch',
  type: 'address-batch',
  identity: SIGNER,
  files: [batchFile(), batchFile(ISSUED.slice(0, 1))],
  routes: [
    {
      name: 'addresses, root and signatures made anew',
      form: 'cbor',
      samples: [listOf(ISSUED), listOf(ISSUED.slice(1))],
      seal: batchWith,
    },
  ],
  reopen: (file) => {
    const { statement, addresses } = openAddressBatch(file, SIGNER.publicKey);
    return sealAddressBatch({ ...statement, addresses, identity: SIGNER });
  },
});

const statement: Target = messageTarget({
  name: 'batch statement',
  type: 'address-batch-statement',
  identity: SIGNER,
  files: [proofOf(1).statementFile],
  reopen: (file) => {
    const [, issued] = ISSUED;
    if (issued === undefined) throw new TypeError('expected an address');
    const proof = encodeShape(addressProof, { ...proofOf(1), statementFile: file });
    const found = verifyAddressProof({ ...issued, proof, publicKey: SIGNER.publicKey });
    const payload = fieldsOf(
      keyringId.encode(found.keyringId),
      found.network,
      BigInt(found.number),
      BigInt(found.count),
      digest.encode(found.root),
    );
    return sealEnvelope('address-batch-statement', payload, [SIGNER]);
  },
});

const proof: Target = {
  name: 'address proof',
  routes: [fileRoute(...[0, 1, 2].map((index) => encodeShape(addressProof, proofOf(index))))],
  reopen: (file) => {
    const decoded = decodeShape(addressProof, file, 'address-proof');
    const issued = ISSUED[decoded.index] ?? ISSUED[0];
    if (issued === undefined) throw new TypeError('expected an address');
    verifyAddressProof({ ...issued, proof: file, publicKey: SIGNER.publicKey });
    return encodeShape(addressProof, decoded);
  },
};

const request: Target = messageTarget({
  name: 'signing request',
  type: 'signing-request',
  identity: COORDINATOR,
  files: [requestFile(REQUEST), requestFile(FULL_REQUEST)],
  reopen: (file) =>
    sealSigningRequest(openSigningRequest(file, [COORDINATOR.publicKey]).request, COORDINATOR),
});

const response: Target = messageTarget({
  name: 'signing response',
  type: 'signing-response',
  identity: SIGNER,
  files: [responseFile(RESPONSE), responseFile(FULL_RESPONSE)],
  reopen: (file) => sealSigningResponse(openSigningResponse(file, SIGNER.publicKey), SIGNER),
});

const place = { keyringId: KEYRING_ID, network: 'devnet' } as const;

const voidRequest: Target = messageTarget({
  name: 'void request',
  type: 'void-request',
  identity: COORDINATOR,
  files: [1, 3].map((bundles) =>
    sealVoidRequest(
      {
        ...place,
        requestId: REQUEST_ID,
        sequence: 9,
        requestDigest: DIGEST,
        bundleHashes: ISSUED.slice(0, bundles).map(({ address }) => address),
        expectedHead: { number: 7, hash: DIGEST },
        createdAt: 1_700_000_000_000,
      },
      COORDINATOR,
    ),
  ),
  reopen: (file) =>
    sealVoidRequest(openVoidRequest(file, [COORDINATOR.publicKey]).request, COORDINATOR),
});

const voidReceipt: Target = messageTarget({
  name: 'void receipt',
  type: 'void-receipt',
  identity: SIGNER,
  files: [true, false].map((frees) =>
    sealVoidReceipt(
      {
        ...place,
        requestId: REQUEST_ID,
        requestDigest: DIGEST,
        voidDigest: DIGEST,
        frees,
        entries: sealedEntries().slice(0, frees ? 1 : 3),
        networkAccepted: !frees,
      },
      SIGNER,
    ),
  ),
  reopen: (file) => sealVoidReceipt(openVoidReceipt(file, SIGNER.publicKey), SIGNER),
});

const recordExport: Target = messageTarget({
  name: 'record export',
  type: 'record-export',
  identity: SIGNER,
  files: [recordFile(), recordFile(sealedEntries().slice(0, 2))],
  routes: [
    entryRoute((body, signature) =>
      sealRecordExport({ ...place, entries: [{ body, signature }] }, SIGNER),
    ),
  ],
  reopen: (file) => sealRecordExport(openRecordExport(file, SIGNER.publicKey).record, SIGNER),
});

const custodySlip: Target = messageTarget({
  name: 'custody slip',
  type: 'custody-slip',
  identity: COORDINATOR,
  files: [slipFile(), slipFile({ ...SLIP, addresses: SLIP.addresses.slice(0, 1) })],
  reopen: (file) =>
    sealCustodySlip(openCustodySlip(file, [COORDINATOR.publicKey]).slip, COORDINATOR),
});

const custodyReceipt: Target = messageTarget({
  name: 'custody receipt',
  type: 'custody-receipt',
  identity: SIGNER,
  files: [custodyReceiptFile(), custodyReceiptFile({ ...CUSTODY_RECEIPT, copies: ['A'] })],
  reopen: (file) => sealCustodyReceipt(openCustodyReceipt(file, SIGNER.publicKey), SIGNER),
});

/** The envelope alone, before any signature is looked at. */
const envelope: Target = {
  name: 'envelope',
  routes: [fileRoute(cardFile(), requestFile(), batchFile(), responseFile())],
  reopen: (file) => {
    const { bodyHeader, payload, signatures } = openEnvelope(file);
    const empty = new Map<bigint, bigint>();
    const signers = signatures.map(({ header, signature }) => [header, empty, signature]);
    return encodeCbor(new Tagged(98n, [bodyHeader, empty, payload, signers]));
  },
};

const cbor: Target = {
  name: 'cbor',
  routes: [
    fileRoute(
      ...[cardFile(), requestFile(FULL_REQUEST), responseFile(FULL_RESPONSE), recordFile()].map(
        payloadOf,
      ),
    ),
  ],
  reopen: (file) => encodeCbor(decodeCbor(file)),
};

export const MESSAGE_TARGETS: readonly Target[] = [
  cbor,
  envelope,
  card,
  batch,
  statement,
  proof,
  request,
  response,
  voidRequest,
  voidReceipt,
  custodySlip,
  custodyReceipt,
  recordExport,
];
