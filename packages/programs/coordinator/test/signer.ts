/** An honest signer for tests, made of the gap package alone; every fault of it on request. */
import { createHash } from 'node:crypto';
import {
  type CustodyReceipt,
  type CustodySlip,
  createIdentity,
  EMPTY_HEAD,
  type Head,
  type Identity,
  type IssuedAddress,
  openCustodySlip,
  openEntry,
  openSigningRequest,
  openVoidRequest,
  type RecordEvent,
  type RecordExport,
  type RequestSlot,
  readEntry,
  type SealedEntry,
  type SigningResponse,
  sealAddressBatch,
  sealCustodyReceipt,
  sealEntry,
  sealPairingCard,
  sealRecordExport,
  sealSigningResponse,
  sealVoidReceipt,
  uuidCommitment,
  type Verdict,
  type VoidReceipt,
} from '@airlock/gap';
import {
  addressOfSeed,
  bundleHash,
  deriveSeed,
  type Network,
  plainArgon2,
  type SecurityLevel,
  type Slot,
  signHash,
} from '@airlock/protocol';

const SCHEME = { name: 'hkdf-sha512' } as const;

export interface SignerOptions {
  /** Makes salt, identity and keyring id. */
  readonly number?: number;
  readonly network?: Network;
  readonly level?: SecurityLevel;
  /** Signers of one number and another run have other UUIDs, and so other keys. */
  readonly run?: string;
}

export interface RespondOptions {
  /** Changes the verdicts before they are recorded. */
  readonly verdicts?: (verdicts: Verdict[]) => Verdict[];
  readonly event?: (event: RecordEvent) => RecordEvent;
  /** Changes the response before it is sealed. */
  readonly response?: (response: SigningResponse) => SigningResponse;
  readonly identity?: Identity;
  /** Custody slips that the officer brings along, by their digest. */
  readonly slips?: ReadonlyMap<string, CustodySlip>;
}

export interface ReceiptOptions {
  readonly copies?: readonly string[];
  readonly receipt?: (receipt: CustodyReceipt) => CustodyReceipt;
  readonly identity?: Identity;
}

export interface VoidOptions {
  readonly frees?: boolean;
  readonly event?: (event: RecordEvent) => RecordEvent;
  readonly receipt?: (receipt: VoidReceipt) => VoidReceipt;
  readonly identity?: Identity;
}

export const identityOf = (byte: number): Identity => createIdentity(new Uint8Array(32).fill(byte));

/** As if drawn at random: no two characters in a row that a table's compression could shorten. */
export function uuidOf(signer: number, number: number, run = ''): string {
  return createHash('sha384').update(`uuid ${signer}/${number}${run}`).digest('base64');
}

export class HonestSigner {
  readonly number: number;
  readonly identity: Identity;
  readonly keyringId: string;
  readonly network: Network;
  readonly level: SecurityLevel;
  readonly seeds: Map<string, Uint8Array> = new Map();
  /** By address. */
  readonly uuids: Map<string, string> = new Map();
  entries: SealedEntry[] = [];
  head: Head = EMPTY_HEAD;
  readonly #run: string;
  #uuids = 0;
  #batches = 0;

  constructor({ number = 1, network = 'private', level = 1, run = '' }: SignerOptions = {}) {
    this.#run = run;
    this.number = number;
    this.identity = identityOf(number);
    this.keyringId = `kr_${number.toString(16).padStart(2, '0').repeat(16)}`;
    this.network = network;
    this.level = level;
  }

  /** The same salt and record in another machine, from now on apart. */
  clone(): HonestSigner {
    const { number, network, level } = this;
    const copy = new HonestSigner({ number, network, level, run: this.#run });
    for (const [uuid, seed] of this.seeds) copy.seeds.set(uuid, seed);
    for (const [address, uuid] of this.uuids) copy.uuids.set(address, uuid);
    copy.entries = [...this.entries];
    copy.head = this.head;
    return copy;
  }

  card(identity: Identity = this.identity): Uint8Array {
    const keyring = {
      id: this.keyringId,
      scheme: SCHEME,
      securityLevel: this.level,
      practice: false,
    };
    return sealPairingCard(
      { role: 'signer', network: this.network, label: `vault ${this.number}`, keyring },
      identity,
    );
  }

  async issue(): Promise<IssuedAddress> {
    this.#uuids += 1;
    const uuid = uuidOf(this.number, this.#uuids, this.#run);
    const salt = new Uint8Array(32).fill(this.number);
    const seed = await deriveSeed({
      scheme: SCHEME,
      network: this.network,
      salt,
      uuid,
      argon2: plainArgon2,
    });
    const address = addressOfSeed(seed, this.level);
    this.seeds.set(uuid, seed);
    this.uuids.set(address, uuid);
    return { uuid, address, securityLevel: this.level };
  }

  /** A batch's file; every fifth address becomes a hub address. */
  async batch(
    count: number,
    options: { readonly keyringId?: string; readonly network?: Network } = {},
  ): Promise<Uint8Array> {
    const addresses: IssuedAddress[] = [];
    for (let i = 0; i < count; i += 1) addresses.push(await this.issue());
    this.#batches += 1;
    const { keyringId = this.keyringId, network = this.network } = options;
    const number = this.#batches;
    return sealAddressBatch({ addresses, number, identity: this.identity, keyringId, network });
  }

  get networkAccepted(): boolean {
    return this.#events().some(({ kind }) => kind === 'network-accepted');
  }

  #events(): RecordEvent[] {
    return this.entries.map((sealed) => readEntry(sealed, this.identity.publicKey).event);
  }

  /** Why a real signer would not sign a request: order of sequences and its own head alone. */
  refusalOf(file: Uint8Array, coordinatorKey: Uint8Array): string | null {
    const { request, digest } = openSigningRequest(file, [coordinatorKey]);
    const { sequence, expectedHead } = request;
    if (expectedHead.number > this.head.number) return 'signer_behind';
    const answered = this.#events().flatMap((event) =>
      event.kind === 'signed' || event.kind === 'voided' ? [event] : [],
    );
    const same = answered.find((event) => event.sequence === sequence);
    if (same?.requestDigest === digest) return same.kind === 'voided' ? 'request_voided' : null;
    if (same !== undefined) return 'sequence_reused';
    const signed = answered.filter(({ kind }) => kind === 'signed');
    return signed.some((event) => event.sequence > sequence) ? 'sequence_not_rising' : null;
  }

  /** The receipt of a void request's file; the record grows by one entry unless it voided it before. */
  void(file: Uint8Array, coordinatorKey: Uint8Array, options: VoidOptions = {}): Uint8Array {
    const { request, digest } = openVoidRequest(file, [coordinatorKey]);
    const { requestId, sequence, requestDigest, bundleHashes, expectedHead } = request;
    const before = this.#events().findIndex(
      (event) => event.kind === 'voided' && event.requestId === requestId,
    );
    const event: RecordEvent = {
      ...{ kind: 'voided', requestId, sequence, requestDigest, bundleHashes },
      frees: options.frees ?? false,
    };
    if (before < 0) this.append(options.event?.(event) ?? event);
    const end = before < 0 ? this.entries.length : before + 1;
    const receipt: VoidReceipt = {
      ...{ requestId, requestDigest, voidDigest: digest, frees: options.frees ?? false },
      keyringId: request.keyringId,
      network: request.network,
      entries: this.entries.slice(expectedHead.number, end),
      networkAccepted: this.networkAccepted,
    };
    return sealVoidReceipt(
      options.receipt?.(receipt) ?? receipt,
      options.identity ?? this.identity,
    );
  }

  /** The record's export. */
  record(
    identity: Identity = this.identity,
    change: (record: RecordExport) => RecordExport = (record) => record,
  ): Uint8Array {
    const { keyringId, network, entries } = this;
    return sealRecordExport(change({ keyringId, network, entries }), identity);
  }

  append(event: RecordEvent): void {
    const sealed = sealEntry(this.head, { at: 1_600_000_000_000, event }, this.identity);
    this.head = openEntry(sealed, this.head, this.identity.publicKey).head;
    this.entries.push(sealed);
  }

  /** The response to a request's file; the record grows by one entry. */
  respond(file: Uint8Array, coordinatorKey: Uint8Array, options: RespondOptions = {}): Uint8Array {
    const { request, digest } = openSigningRequest(file, [coordinatorKey]);
    const signed = request.bundles.map((slots) => this.#sign(slots, options.slips));
    const verdicts = signed.map(({ verdict }) => verdict);
    const event: RecordEvent = {
      kind: 'signed',
      requestId: request.requestId,
      sequence: request.sequence,
      requestDigest: digest,
      verdicts: options.verdicts?.(verdicts) ?? verdicts,
    };
    this.append(options.event?.(event) ?? event);
    const response: SigningResponse = {
      requestId: request.requestId,
      requestDigest: digest,
      keyringId: request.keyringId,
      network: request.network,
      results: signed.map(({ result }) => result),
      entries: this.entries.slice(request.expectedHead.number),
      networkAccepted: this.networkAccepted,
    };
    return sealSigningResponse(
      options.response?.(response) ?? response,
      options.identity ?? this.identity,
    );
  }

  /** The receipt of a slip that was read back: every address of it derives again. */
  receiveSlip(
    file: Uint8Array,
    coordinatorKey: Uint8Array,
    options: ReceiptOptions = {},
  ): Uint8Array {
    const { slip, digest } = openCustodySlip(file, [coordinatorKey]);
    for (const { uuid, address, securityLevel } of slip.addresses) {
      const seed = this.seeds.get(uuid);
      if (seed === undefined || addressOfSeed(seed, securityLevel) !== address) {
        throw new Error(`${address} does not derive from its UUID`);
      }
    }
    const { orderId, keyringId, network } = slip;
    const { length: count } = slip.addresses;
    const { copies = ['safe A, paper', 'safe B, stick'] } = options;
    const receipt = { orderId, slipDigest: digest, keyringId, network, count, copies };
    return sealCustodyReceipt(
      options.receipt?.(receipt) ?? receipt,
      options.identity ?? this.identity,
    );
  }

  /** Signs a bundle of its own; the record says so. @returns index of each input's first slot → signature */
  signAlone(slots: readonly Slot[]): ReadonlyMap<number, Uint8Array> {
    const withRoles = slots.map((slot) => {
      const uuid = slot.value < 0n ? this.uuids.get(slot.address) : undefined;
      const role =
        uuid === undefined
          ? ({ kind: 'fragment' } as const)
          : ({ kind: 'input', key: { kind: 'uuid', uuid }, securityLevel: this.level } as const);
      return { ...slot, role };
    });
    const { verdict, result } = this.#sign(withRoles);
    this.append({ kind: 'signed-alone', verdict });
    return new Map(result.kind === 'signed' ? result.signatures : []);
  }

  #sign(
    slots: readonly RequestSlot[],
    slips: ReadonlyMap<string, CustodySlip> = new Map(),
  ): {
    verdict: Verdict;
    result: SigningResponse['results'][number];
  } {
    const hash = bundleHash(slots);
    const keys: [string, SecurityLevel][] = [];
    const signatures: [number, Uint8Array][] = [];
    const withdrawalIds: string[] = [];
    for (const [index, { role }] of slots.entries()) {
      if (role.kind === 'withdrawal') withdrawalIds.push(role.withdrawalId);
      if (role.kind !== 'input') continue;
      const uuid =
        role.key.kind === 'uuid'
          ? role.key.uuid
          : slips.get(role.key.slipDigest)?.addresses[role.key.index]?.uuid;
      const seed = this.seeds.get(uuid ?? '');
      if (uuid === undefined || seed === undefined) throw new Error('slip_required');
      if (addressOfSeed(seed, role.securityLevel) !== slots[index]?.address) {
        throw new Error('the slip names another key for the address');
      }
      keys.push([uuidCommitment(uuid), role.securityLevel]);
      const level = role.securityLevel;
      signatures.push([index, signHash({ seed, bundleHash: hash, level })]);
    }
    return {
      verdict: { bundleHash: hash, keys, withdrawalIds },
      result: { kind: 'signed', bundleHash: hash, signatures },
    };
  }
}
