/**
 * Keys, slots, bundles and requests for tests, and records at the level of the rules: no home, no disk.
 * Seeded randomness and a fixed clock.
 */
import { createHash } from 'node:crypto';
import {
  type CustodySlip,
  createIdentity,
  digestOf,
  type Identity,
  type IssuedAddress,
  type KeyringDescription,
  leavesOf,
  merklePaths,
  merkleRoot,
  openAddressBatch,
  openEntry,
  openEnvelope,
  openSigningRequest,
  type RecordEvent,
  type RequestSlot,
  type SigningRequest,
  type SlotRole,
  sealAddressBatch,
  sealCustodySlip,
  sealEntry,
  sealSigningRequest,
  uuidCommitment,
} from '@airlock/gap';
import {
  addressOfSeed,
  bytesToUuid,
  deriveSeed,
  finalizeBundle,
  type Network,
  NULL_TAG,
  plainArgon2,
  type Scheme,
  type SecurityLevel,
} from '@airlock/protocol';
import { SignerError } from '../src/error.ts';
import { keyringIdOf } from '../src/keyring.ts';
import { applyEntry, peersOf, RecordFold, type RecordState } from '../src/record-state.ts';
import { type ReviewedRequest, reviewRequest } from '../src/review.ts';
import type { Slips } from '../src/slips.ts';

export const NOW: number = Date.UTC(2026, 10, 23, 10, 0, 0);
export const PASSPHRASE = 'six random words are good';
export const SCHEME: Scheme = { name: 'hkdf-sha512' };

const identityOf = (byte: number): Identity => createIdentity(new Uint8Array(32).fill(byte));

export const IDENTITY_KEY: Uint8Array = new Uint8Array(32).fill(1);
export const SALT: Uint8Array = Uint8Array.from({ length: 32 }, (_, i) => 101 + i);
export const SIGNER: Identity = identityOf(1);
export const COORDINATOR: Identity = identityOf(2);
export const STRANGER: Identity = identityOf(4);
export const COLD: Identity = identityOf(5);

/** The same bytes for the same seed, whatever the sizes asked for. */
export function seededRandom(seed: string): (bytes: number) => Uint8Array {
  let count = 0;
  return (bytes) => {
    count += 1;
    const parts: Buffer[] = [];
    for (let i = 0; i * 32 < bytes; i += 1) {
      parts.push(createHash('sha256').update(`${seed} ${count} ${i}`).digest());
    }
    return new Uint8Array(Buffer.concat(parts).subarray(0, bytes));
  };
}

export const uuidOf = (name: string): string => bytesToUuid(seededRandom(`uuid ${name}`)(48));

/** 81 trytes with a last trit of 0. */
export const addressOf = (letter: string): string => `${letter.repeat(80)}9`;

export async function issue(
  name: string,
  level: SecurityLevel = 1,
  network: Network = 'private',
): Promise<IssuedAddress> {
  const uuid = uuidOf(name);
  const seed = await deriveSeed({ scheme: SCHEME, network, salt: SALT, uuid, argon2: plainArgon2 });
  return { uuid, address: addressOfSeed(seed, level), securityLevel: level };
}

/** Forty keys of the keyring: level 1, but number 38 at level 2 and 39 at level 3. */
export const KEYS: readonly IssuedAddress[] = await Promise.all(
  Array.from({ length: 40 }, (_, i) => issue(`key ${i}`, i === 38 ? 2 : i === 39 ? 3 : 1)),
);

export const KEYRING: KeyringDescription = {
  id: await keyringIdOf({ scheme: SCHEME, salt: SALT, argon2: plainArgon2 }),
  scheme: SCHEME,
  securityLevel: 1,
  practice: false,
};

export const issuedEvent = (addresses: readonly IssuedAddress[], batch = 1): RecordEvent => ({
  kind: 'issued',
  batch,
  count: addresses.length,
  root: merkleRoot(leavesOf(addresses)),
});

export const openedEvent = (
  network: Network = 'private',
  keyring: KeyringDescription = KEYRING,
): RecordEvent => ({ kind: 'opened', keyring, network, publicKey: SIGNER.publicKey });

export const PAIRED: RecordEvent = {
  kind: 'paired',
  role: 'coordinator',
  publicKey: COORDINATOR.publicKey,
};

/** Adds an entry to a fold, as the record file does. */
export function addEntry(
  state: RecordFold,
  event: RecordEvent,
  addresses: readonly IssuedAddress[] = [],
): void {
  const sealed = sealEntry(state.head, { at: NOW, event }, SIGNER);
  const { entry, head } = openEntry(sealed, state.head, SIGNER.publicKey);
  applyEntry(state, { sealed, entry, head, addresses });
}

/** opened, paired with COORDINATOR, issued KEYS: the head is entry 3. */
export function newState(network: Network = 'private'): RecordFold {
  const state = new RecordFold();
  addEntry(state, openedEvent(network));
  addEntry(state, PAIRED);
  addEntry(state, issuedEvent(KEYS), KEYS);
  return state;
}

const TIMESTAMP = 1_790_000_000;

export function slotOf(
  role: SlotRole,
  slot: { address: string; value?: bigint; tag?: string },
): RequestSlot {
  return {
    address: slot.address,
    value: slot.value ?? 0n,
    obsoleteTag: NULL_TAG,
    tag: slot.tag ?? NULL_TAG,
    timestamp: TIMESTAMP,
    role,
  };
}

export const withdrawalIdOf = (number: number): string =>
  `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

/** An input with the slots that its level needs. */
export function input(key: IssuedAddress, amount: bigint): RequestSlot[] {
  const { address, uuid, securityLevel } = key;
  const role: SlotRole = { kind: 'input', key: { kind: 'uuid', uuid }, securityLevel };
  const room = slotOf({ kind: 'fragment' }, { address });
  return [slotOf(role, { address, value: -amount }), ...Array(securityLevel - 1).fill(room)];
}

export const own = (key: IssuedAddress, value: bigint): RequestSlot =>
  slotOf({ kind: 'own', uuid: key.uuid }, { address: key.address, value });

export const pay = (number: number, value: bigint, address: string = addressOf('P')): RequestSlot =>
  slotOf(
    { kind: 'withdrawal', withdrawalId: withdrawalIdOf(number), authorization: null },
    { address, value },
  );

const COLD_KEYS: readonly IssuedAddress[] = [
  { uuid: uuidOf('cold'), address: addressOf('C'), securityLevel: 2 },
  { uuid: uuidOf('cold 2'), address: addressOf('D'), securityLevel: 2 },
];

/** An output to an address of another keyring, with its proof. */
export function cold(
  value: bigint,
  options: {
    identity?: Identity;
    network?: Network;
    keys?: readonly IssuedAddress[];
    keyringId?: string;
  } = {},
): RequestSlot {
  const { identity = COLD, network = 'private', keys = COLD_KEYS } = options;
  const file = sealAddressBatch({
    keyringId: options.keyringId ?? `kr_${'c'.repeat(32)}`,
    network,
    number: 1,
    addresses: keys,
    identity,
  });
  const { statementFile } = openAddressBatch(file, identity.publicKey);
  const [first] = keys;
  const path = merklePaths(leavesOf(keys))[0]!;
  const proof = { statementFile, index: 0, path, commitment: uuidCommitment(first!.uuid) };
  const role: SlotRole = { kind: 'cold', securityLevel: first!.securityLevel, proof };
  return slotOf(role, { address: first!.address, value });
}

/** Slots made ready to be signed: slot 0's tag raised until no 13 is left. */
export function bundle(...slots: (RequestSlot | readonly RequestSlot[])[]): RequestSlot[] {
  const flat = slots.flat();
  const finalized = finalizeBundle(flat);
  return flat.map((slot, index) => ({
    ...slot,
    obsoleteTag: finalized.slots[index]!.obsoleteTag,
  }));
}

const SLIP: Omit<CustodySlip, 'addresses'> = {
  orderId: `co_${'5'.repeat(32)}`,
  keyringId: KEYRING.id,
  network: 'private',
  createdAt: NOW - 3_600_000,
};

/** A custody slip of these keys, each holding 5. */
export const slipOf = (
  keys: readonly IssuedAddress[],
  changes: Partial<CustodySlip> = {},
  identity: Identity = COORDINATOR,
): Uint8Array => {
  const addresses = keys.map((key) => ({ ...key, amount: 5n }));
  return sealCustodySlip({ ...SLIP, addresses, ...changes }, identity);
};

/** An input whose key stands in a slip at this place. */
export function slipInput(
  key: IssuedAddress,
  amount: bigint,
  place: { readonly slip: Uint8Array; readonly index: number },
): RequestSlot[] {
  const slipDigest = digestOf(openEnvelope(place.slip));
  const [first, ...rest] = input(key, amount) as [RequestSlot, ...RequestSlot[]];
  const named = { kind: 'slip', slipDigest, index: place.index } as const;
  const role: SlotRole = { kind: 'input', key: named, securityLevel: key.securityLevel };
  return [{ ...first, role }, ...rest];
}

let requests = 0;

/** A request whose head and sequence follow `state`, unless told otherwise. */
export function requestOf(
  state: Pick<RecordState, 'head' | 'lastSequence'>,
  bundles: readonly (readonly RequestSlot[])[],
  changes: Partial<SigningRequest> = {},
): SigningRequest {
  requests += 1;
  return {
    requestId: `sr_${String(requests).padStart(32, '0')}`,
    sequence: state.lastSequence + 1,
    keyringId: KEYRING.id,
    network: 'private',
    expectedHead: state.head,
    createdAt: NOW - 60_000,
    bundles,
    ...changes,
  };
}

export const seal = (request: SigningRequest, identity: Identity = COORDINATOR): Uint8Array =>
  sealSigningRequest(request, identity);

/** Reviews a request as the signer does: sealed, opened by the paired keys, put to the rules. */
export function review(
  state: RecordState,
  request: SigningRequest,
  options: { keyring?: { id: string; network: Network }; slips?: Slips } = {},
): ReviewedRequest {
  const { keyring = { id: KEYRING.id, network: 'private' }, slips = new Map() as Slips } = options;
  const opened = openSigningRequest(seal(request), peersOf(state, 'coordinator'));
  return reviewRequest(state, keyring, { opened, slips });
}

/** What signing a reviewed request adds to the record, without signing. */
export function addVerdicts(state: RecordFold, reviewed: ReviewedRequest): void {
  addEntry(state, {
    kind: 'signed',
    requestId: reviewed.request.requestId,
    sequence: reviewed.request.sequence,
    requestDigest: reviewed.digest,
    verdicts: reviewed.bundles.map(({ hash, inputs, outputs }) => ({
      bundleHash: hash,
      keys: inputs.map(({ uuid, securityLevel }) => [uuidCommitment(uuid), securityLevel] as const),
      withdrawalIds: outputs.flatMap(({ role }) =>
        role.kind === 'withdrawal' ? [role.withdrawalId] : [],
      ),
    })),
  });
}

/** 'accepted', or the code of the refusal; anything else goes through. */
export function verdictOf(act: () => unknown): string {
  try {
    act();
    return 'accepted';
  } catch (cause) {
    if (cause instanceof SignerError) return cause.code;
    throw cause;
  }
}
