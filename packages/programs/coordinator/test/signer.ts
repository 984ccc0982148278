/** An honest signer for tests, made of the gap package alone; every fault of it on request. */
import {
  createIdentity,
  EMPTY_HEAD,
  type Head,
  type Identity,
  type IssuedAddress,
  openEntry,
  openSigningRequest,
  type RecordEvent,
  type RequestSlot,
  type SealedEntry,
  type SigningResponse,
  sealAddressBatch,
  sealEntry,
  sealPairingCard,
  sealSigningResponse,
  uuidCommitment,
  type Verdict,
} from '@airlock/gap';
import {
  addressOfSeed,
  bundleHash,
  deriveSeed,
  type Network,
  type SecurityLevel,
  signHash,
} from '@airlock/protocol';

const SCHEME = { name: 'hkdf-sha512' } as const;

export interface SignerOptions {
  /** Makes salt, identity and keyring id. */
  readonly number?: number;
  readonly network?: Network;
  readonly level?: SecurityLevel;
}

export interface RespondOptions {
  /** Changes the verdicts before they are recorded. */
  readonly verdicts?: (verdicts: Verdict[]) => Verdict[];
  readonly event?: (event: RecordEvent) => RecordEvent;
  /** Changes the response before it is sealed. */
  readonly response?: (response: SigningResponse) => SigningResponse;
  readonly identity?: Identity;
}

export const identityOf = (byte: number): Identity => createIdentity(new Uint8Array(32).fill(byte));

export function uuidOf(signer: number, number: number): string {
  const bytes = new Uint8Array(48).fill(signer);
  new DataView(bytes.buffer).setUint32(0, number);
  return Buffer.from(bytes).toString('base64');
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
  #uuids = 0;
  #batches = 0;

  constructor({ number = 1, network = 'private', level = 1 }: SignerOptions = {}) {
    this.number = number;
    this.identity = identityOf(number);
    this.keyringId = `kr_${number.toString(16).padStart(2, '0').repeat(16)}`;
    this.network = network;
    this.level = level;
  }

  /** The same salt and record in another machine, from now on apart. */
  clone(): HonestSigner {
    const { number, network, level } = this;
    const copy = new HonestSigner({ number, network, level });
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
    const uuid = uuidOf(this.number, this.#uuids);
    const salt = new Uint8Array(32).fill(this.number);
    const seed = await deriveSeed({ scheme: SCHEME, network: this.network, salt, uuid });
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

  append(event: RecordEvent): void {
    const sealed = sealEntry(this.head, { at: 1_600_000_000_000, event }, this.identity);
    this.head = openEntry(sealed, this.head, this.identity.publicKey).head;
    this.entries.push(sealed);
  }

  /** The response to a request's file; the record grows by one entry. */
  respond(file: Uint8Array, coordinatorKey: Uint8Array, options: RespondOptions = {}): Uint8Array {
    const { request, digest } = openSigningRequest(file, [coordinatorKey]);
    const signed = request.bundles.map((slots) => this.#sign(slots));
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
    };
    return sealSigningResponse(
      options.response?.(response) ?? response,
      options.identity ?? this.identity,
    );
  }

  #sign(slots: readonly RequestSlot[]): {
    verdict: Verdict;
    result: SigningResponse['results'][number];
  } {
    const hash = bundleHash(slots);
    const keys: [string, SecurityLevel][] = [];
    const signatures: [number, Uint8Array][] = [];
    const withdrawalIds: string[] = [];
    for (const [index, { role }] of slots.entries()) {
      if (role.kind === 'withdrawal') withdrawalIds.push(role.withdrawalId);
      if (role.kind !== 'input' || role.key.kind !== 'uuid') continue;
      const seed = this.seeds.get(role.key.uuid)!;
      keys.push([uuidCommitment(role.key.uuid), role.securityLevel]);
      const level = role.securityLevel;
      signatures.push([index, signHash({ seed, bundleHash: hash, level })]);
    }
    return {
      verdict: { bundleHash: hash, keys, withdrawalIds },
      result: { kind: 'signed', bundleHash: hash, signatures },
    };
  }
}
