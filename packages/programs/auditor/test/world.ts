/** A signer and a coordinator for tests: real files by the gap package, with every fault on request. */
import {
  type CustodyReceipt,
  type CustodySlip,
  createIdentity,
  EMPTY_HEAD,
  type Head,
  headOf,
  type Identity,
  type IssuedAddress,
  openAddressBatch,
  openCustodySlip,
  openEntry,
  openSigningRequest,
  openVoidRequest,
  type RecordEvent,
  type RequestSlot,
  type Role,
  type SealedEntry,
  type SigningRequest,
  type SigningResponse,
  type SlotRole,
  sealAddressBatch,
  sealCustodyReceipt,
  sealCustodySlip,
  sealEntry,
  sealPairingCard,
  sealRecordExport,
  sealSigningRequest,
  sealSigningResponse,
  sealVoidReceipt,
  sealVoidRequest,
  uuidCommitment,
  type Verdict,
  type VoidReceipt,
  type VoidRequest,
} from '@airlock/gap';
import {
  addressOfSeed,
  bundleHash,
  deriveSeed,
  finalizeBundle,
  type Network,
  plainArgon2,
  type SecurityLevel,
  signHash,
} from '@airlock/protocol';
import { type AuditResult, audit } from '../src/audit.ts';
import { parseTrust } from '../src/cards.ts';

export const NETWORK: Network = 'private';
export const KEYRING: string = `kr_${'11'.repeat(16)}`;
export const OTHER_KEYRING: string = `kr_${'22'.repeat(16)}`;
const SCHEME = { name: 'hkdf-sha512' } as const;
const SALT = new Uint8Array(32).fill(7);
const NULL_TAG = '9'.repeat(27);

export const identityOf = (byte: number): Identity => createIdentity(new Uint8Array(32).fill(byte));
export const signer: Identity = identityOf(1);
export const coordinator: Identity = identityOf(2);
export const stranger: Identity = identityOf(3);
/** Of a coordinator that was set up after another one. */
export const successor: Identity = identityOf(6);
const COORDINATORS = [coordinator, stranger, successor].map(({ publicKey }) => publicKey);

export function signerCard(
  options: { identity?: Identity; keyringId?: string; network?: Network; label?: string } = {},
): Uint8Array {
  const { identity = signer, keyringId = KEYRING, network = NETWORK, label = 'vault' } = options;
  const keyring = { id: keyringId, scheme: SCHEME, securityLevel: 1 as const, practice: false };
  return sealPairingCard({ role: 'signer', network, label, keyring }, identity);
}

export function coordinatorCard(
  options: { identity?: Identity; network?: Network } = {},
): Uint8Array {
  const { identity = coordinator, network = NETWORK } = options;
  return sealPairingCard({ role: 'coordinator', network, label: 'hub', keyring: null }, identity);
}

export interface TestKey extends IssuedAddress {
  readonly seed: Uint8Array;
}

export function uuidOf(number: number): string {
  const bytes = new Uint8Array(48).fill(9);
  new DataView(bytes.buffer).setUint32(0, number);
  return Buffer.from(bytes).toString('base64');
}

export async function keyOf(number: number, securityLevel: SecurityLevel = 1): Promise<TestKey> {
  const uuid = uuidOf(number);
  const seed = await deriveSeed({
    scheme: SCHEME,
    network: NETWORK,
    salt: SALT,
    uuid,
    argon2: plainArgon2,
  });
  return { uuid, address: addressOfSeed(seed, securityLevel), securityLevel, seed };
}

type KeysOf<T> = { [K in keyof T]: TestKey };
/** The keys of these numbers. */
export async function keysOf<T extends number[]>(...numbers: T): Promise<KeysOf<T>> {
  return (await Promise.all(numbers.map((number) => keyOf(number)))) as KeysOf<T>;
}

export function batchOf(
  addresses: readonly IssuedAddress[],
  options: { number?: number; identity?: Identity; keyringId?: string; network?: Network } = {},
): Uint8Array {
  const { number = 1, identity = signer, keyringId = KEYRING, network = NETWORK } = options;
  const plain = addresses.map(({ uuid, address, securityLevel }) => ({
    uuid,
    address,
    securityLevel,
  }));
  return sealAddressBatch({ addresses: plain, number, identity, keyringId, network });
}

export const slotOf = (address: string, value: bigint, role: SlotRole): RequestSlot => ({
  address,
  value,
  role,
  obsoleteTag: NULL_TAG,
  tag: NULL_TAG,
  timestamp: 1_600_000_000,
});

/** The slots of an input: one for each level. */
export function inputSlots(key: IssuedAddress, amount: bigint): RequestSlot[] {
  const { uuid, address, securityLevel } = key;
  const role = { kind: 'input', key: { kind: 'uuid', uuid }, securityLevel } as const;
  const fragments = Array.from({ length: securityLevel - 1 }, () =>
    slotOf(address, 0n, { kind: 'fragment' }),
  );
  return [slotOf(address, -amount, role), ...fragments];
}

/** A custody slip of these keys, each with 100. */
export function slipOf(
  keys: readonly IssuedAddress[],
  options: Partial<CustodySlip> & { identity?: Identity } = {},
): Uint8Array {
  const { identity = coordinator, ...fields } = options;
  const addresses = keys.map(({ uuid, address, securityLevel }) => ({
    uuid,
    address,
    securityLevel,
    amount: 100n,
  }));
  const orderId = `co_${'5'.repeat(32)}`;
  const common = { orderId, keyringId: KEYRING, network: NETWORK, createdAt: 1_600_000_000_000 };
  return sealCustodySlip({ ...common, addresses, ...fields }, identity);
}

/** What a signer answers to a slip. */
export function custodyReceiptOf(
  slip: Uint8Array,
  changes: Partial<CustodyReceipt> = {},
): Uint8Array {
  const { slip: read, digest } = openCustodySlip(slip, COORDINATORS);
  const { orderId, keyringId, network, addresses } = read;
  const named = { orderId, slipDigest: digest, keyringId, network, count: addresses.length };
  return sealCustodyReceipt({ ...named, copies: ['safe A'], ...changes }, signer);
}

/** An input whose key stands in a slip at this place. */
export function slipInputSlot(
  key: IssuedAddress,
  amount: bigint,
  place: { readonly slip: Uint8Array; readonly index: number },
): RequestSlot {
  const { digest } = openCustodySlip(place.slip, COORDINATORS);
  const named = { kind: 'slip', slipDigest: digest, index: place.index } as const;
  const { securityLevel } = key;
  return slotOf(key.address, -amount, { kind: 'input', key: named, securityLevel });
}

export const ownSlot = (key: IssuedAddress, amount: bigint): RequestSlot =>
  slotOf(key.address, amount, { kind: 'own', uuid: key.uuid });

export const withdrawalIdOf = (number: number): string =>
  `00000000-0000-4000-8000-${number.toString().padStart(12, '0')}`;

export const paymentSlot = (address: string, amount: bigint, id: number): RequestSlot =>
  slotOf(address, amount, {
    kind: 'withdrawal',
    withdrawalId: withdrawalIdOf(id),
    authorization: null,
  });

/** Slots whose hash holds no 13; roles stay where they are. */
export function finalized(slots: readonly RequestSlot[]): RequestSlot[] {
  const done = finalizeBundle(slots);
  return slots.map((slot, index) => ({ ...slot, obsoleteTag: done.slots[index]!.obsoleteTag }));
}

/** A bundle that moves everything from one key to another. */
export const sweep = (from: IssuedAddress, to: IssuedAddress, amount = 100n): RequestSlot[] =>
  finalized([...inputSlots(from, amount), ownSlot(to, amount)]);

export function requestOf(
  bundles: readonly (readonly RequestSlot[])[],
  options: Partial<SigningRequest> & { identity?: Identity } = {},
): Uint8Array {
  const { identity = coordinator, ...fields } = options;
  const sequence = fields.sequence ?? 1;
  const request = {
    requestId: `sr_${sequence.toString(16).padStart(32, '0')}`,
    sequence,
    keyringId: KEYRING,
    network: NETWORK,
    expectedHead: EMPTY_HEAD,
    createdAt: 1_600_000_000_000,
    bundles,
    ...fields,
  };
  return sealSigningRequest(request, identity);
}

export interface OpenOptions {
  readonly keyringId?: string;
  readonly network?: Network;
  readonly publicKey?: Uint8Array;
  readonly coordinators?: readonly Identity[];
  /** Batch files that the record issues; one that is not among the files if undefined. */
  readonly batches?: readonly Uint8Array[];
}

/** A record that grows entry by entry. */
export class TestRecord {
  readonly entries: SealedEntry[] = [];
  head: Head = EMPTY_HEAD;
  networkAccepted = false;
  readonly identity: Identity;

  constructor(identity: Identity = signer) {
    this.identity = identity;
  }

  append(event: RecordEvent, at = 1_600_000_000_000): SealedEntry {
    const sealed = sealEntry(this.head, { at, event }, this.identity);
    const { entry } = openEntry(sealed, this.head, this.identity.publicKey);
    this.head = headOf(entry, sealed.body);
    this.entries.push(sealed);
    if (event.kind === 'network-accepted') this.networkAccepted = true;
    return sealed;
  }

  /** A record that may sign: opened, paired, and with addresses, of a batch not given unless it is. */
  open(options: OpenOptions = {}): this {
    const { keyringId = KEYRING, network = NETWORK, publicKey = this.identity.publicKey } = options;
    const keyring = { id: keyringId, scheme: SCHEME, securityLevel: 1 as const, practice: false };
    this.append({ kind: 'opened', keyring, network, publicKey });
    for (const each of options.coordinators ?? [coordinator]) this.pair(each);
    if (options.batches === undefined) {
      this.append({ kind: 'issued', batch: 1, count: 9, root: 'e'.repeat(64) });
    }
    for (const batch of options.batches ?? []) this.issue(batch);
    return this;
  }

  pair({ publicKey }: Identity, role: Role = 'coordinator'): SealedEntry {
    return this.append({ kind: 'paired', role, publicKey });
  }

  revoke({ publicKey }: Identity): SealedEntry {
    return this.append({ kind: 'revoked', publicKey });
  }

  /** Issues what a batch file holds. */
  issue(file: Uint8Array): SealedEntry {
    const { number, count, root } = openAddressBatch(file, this.identity.publicKey).statement;
    return this.append({ kind: 'issued', batch: number, count, root });
  }

  /** The same record as far as it goes now, to be continued apart: a copy of a home. */
  copied(): TestRecord {
    const copy = new TestRecord(this.identity);
    copy.entries.push(...this.entries);
    copy.head = this.head;
    copy.networkAccepted = this.networkAccepted;
    return copy;
  }

  exported(
    options: { keyringId?: string; network?: Network; identity?: Identity } = {},
  ): Uint8Array {
    const { keyringId = KEYRING, network = NETWORK, identity = this.identity } = options;
    return sealRecordExport({ keyringId, network, entries: this.entries }, identity);
  }
}

export interface RespondOptions {
  readonly record: TestRecord;
  /** Changes the verdicts before they are recorded. */
  readonly verdicts?: (verdicts: Verdict[]) => Verdict[];
  /** Changes the event before it is recorded. */
  readonly event?: (event: RecordEvent) => RecordEvent;
  /** Changes the response before it is sealed. */
  readonly response?: (response: SigningResponse) => SigningResponse;
  readonly identity?: Identity;
}

/** What a record says of a request that it signs, whose keys all have their UUIDs in it. */
export function signedEventOf(request: Uint8Array): RecordEvent {
  const opened = openSigningRequest(request, COORDINATORS);
  const { requestId, sequence, bundles } = opened.request;
  const verdicts = bundles.map((slots) => ({
    bundleHash: bundleHash(slots),
    keys: slots.flatMap(({ role }) =>
      role.kind === 'input' && role.key.kind === 'uuid'
        ? [[uuidCommitment(role.key.uuid), role.securityLevel] as const]
        : [],
    ),
    withdrawalIds: slots.flatMap(({ role }) =>
      role.kind === 'withdrawal' ? [role.withdrawalId] : [],
    ),
  }));
  return { kind: 'signed', requestId, sequence, requestDigest: opened.digest, verdicts };
}

/** What a signer answers to a request, with keys found by their UUID; slip keys by their address. */
export function respond(
  request: Uint8Array,
  keys: readonly TestKey[],
  options: RespondOptions,
): Uint8Array {
  const { record } = options;
  const opened = openSigningRequest(request, COORDINATORS);
  const before = opened.request.expectedHead.number;
  const signed = opened.request.bundles.map((slots) => signBundle(slots, keys));
  const verdicts = signed.map(({ verdict }) => verdict);
  const event: RecordEvent = {
    kind: 'signed',
    requestId: opened.request.requestId,
    sequence: opened.request.sequence,
    requestDigest: opened.digest,
    verdicts: options.verdicts?.(verdicts) ?? verdicts,
  };
  record.append(options.event?.(event) ?? event);
  const response: SigningResponse = {
    requestId: opened.request.requestId,
    requestDigest: opened.digest,
    keyringId: opened.request.keyringId,
    network: opened.request.network,
    results: signed.map(({ result }) => result),
    entries: record.entries.slice(before),
    networkAccepted: record.networkAccepted,
  };
  return sealSigningResponse(options.response?.(response) ?? response, options.identity ?? signer);
}

function signBundle(
  slots: readonly RequestSlot[],
  keys: readonly TestKey[],
): { verdict: Verdict; result: SigningResponse['results'][number] } {
  const hash = bundleHash(slots);
  const inputs = slots.flatMap(({ role, address }, index) => {
    if (role.kind !== 'input') return [];
    const key = keys.find((candidate) => candidate.address === address)!;
    const level = role.securityLevel;
    const signature = signHash({ seed: key.seed, bundleHash: hash, level });
    return [{ index, level, signature, commitment: uuidCommitment(key.uuid) }];
  });
  const withdrawalIds = slots.flatMap(({ role }) =>
    role.kind === 'withdrawal' ? [role.withdrawalId] : [],
  );
  return {
    verdict: {
      bundleHash: hash,
      keys: inputs.map(({ commitment, level }) => [commitment, level] as const),
      withdrawalIds,
    },
    result: {
      kind: 'signed',
      bundleHash: hash,
      signatures: inputs.map(({ index, signature }) => [index, signature] as const),
    },
  };
}

/** Asks that this request be voided. */
export function voidRequestOf(
  request: Uint8Array,
  options: Partial<VoidRequest> & { identity?: Identity } = {},
): Uint8Array {
  const { identity = coordinator, ...change } = options;
  const { request: asked, digest } = openSigningRequest(request, COORDINATORS);
  const { requestId, sequence, keyringId, network, expectedHead, createdAt } = asked;
  const named = { requestId, sequence, requestDigest: digest, keyringId, network };
  const bundleHashes = asked.bundles.map((slots) => bundleHash(slots));
  return sealVoidRequest({ ...named, bundleHashes, expectedHead, createdAt, ...change }, identity);
}

export interface ReceiptOptions {
  readonly record: TestRecord;
  readonly frees?: boolean;
  /** Changes the event before it is recorded. */
  readonly event?: (event: RecordEvent) => RecordEvent;
  /** Changes the receipt before it is sealed. */
  readonly receipt?: (receipt: VoidReceipt) => VoidReceipt;
  readonly identity?: Identity;
}

/** What a signer answers to a void request. */
export function receiptOf(voidRequest: Uint8Array, options: ReceiptOptions): Uint8Array {
  const { record, frees = false } = options;
  const { request, digest } = openVoidRequest(voidRequest, COORDINATORS);
  const { requestId, sequence, requestDigest, bundleHashes, keyringId, network } = request;
  const named = { requestId, sequence, requestDigest, bundleHashes };
  const event: RecordEvent = { kind: 'voided', ...named, frees };
  record.append(options.event?.(event) ?? event);
  const receipt: VoidReceipt = {
    requestId,
    requestDigest,
    voidDigest: digest,
    keyringId,
    network,
    frees,
    entries: record.entries.slice(request.expectedHead.number),
    networkAccepted: record.networkAccepted,
  };
  return sealVoidReceipt(options.receipt?.(receipt) ?? receipt, options.identity ?? signer);
}

export type Files = Readonly<Record<string, Uint8Array>>;

export const cards: Files = { 'signer.card': signerCard(), 'coordinator.card': coordinatorCard() };

/** Audits files given as name → bytes. */
export function auditOf(files: Files, trust: readonly string[] | null = null): AuditResult {
  const inputs = Object.entries(files).map(([path, bytes]) => ({ path, bytes, isNamed: true }));
  return audit(inputs, [], { trusted: trust === null ? null : trust.map(parseTrust) });
}

/** Each finding as `code file` or `code file otherFile`, sorted. */
export function findingsOf(files: Files, trust: readonly string[] | null = null): string[] {
  return auditOf(files, trust)
    .findings.map(({ code, file, otherFile }) => [code, file, otherFile ?? []].flat().join(' '))
    .sort();
}
