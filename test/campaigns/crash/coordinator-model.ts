/**
 * The coordinator as the campaign plays it: an honest one, that locks every input to its bundle and
 * follows the signer's head; and the moves of one that lies.
 */
import {
  EMPTY_HEAD,
  type Head,
  type IssuedAddress,
  openEntry,
  openSigningRequest,
  openSigningResponse,
  type RequestSlot,
  type SigningRequest,
  sealVoidRequest,
  uuidCommitment,
  wordsOf,
} from '@airlock/gap';
import { addressOfSeed, bundleHash, deriveSeed, plainArgon2 } from '@airlock/protocol';
import {
  addressOf,
  bundle,
  COORDINATOR,
  input,
  KEYRING,
  NOW,
  own,
  pay,
  requestOf,
  SALT,
  SCHEME,
  SIGNER,
  seal,
  uuidOf,
} from '../../../packages/programs/signer/test/world.ts';
import { pick, type Random } from '../decoders/random.ts';

/** What a file asks for, as the campaign knows it. */
export interface Asked {
  readonly file: Uint8Array;
  readonly digest: string;
  readonly confirm: string;
  readonly request: SigningRequest;
  readonly hashes: readonly string[];
  /** The commitments to the keys of each bundle, by its hash. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  readonly own: readonly { readonly uuid: string; readonly address: string }[];
}

export function askedOf(request: SigningRequest): Asked {
  const file = seal(request);
  const { digest } = openSigningRequest(file, [COORDINATOR.publicKey]);
  const keysOf = (slots: readonly RequestSlot[]): string[] =>
    slots.flatMap(({ role }) =>
      role.kind === 'input' && role.key.kind === 'uuid' ? [uuidCommitment(role.key.uuid)] : [],
    );
  const hashes = request.bundles.map((slots) => bundleHash(slots));
  return {
    file,
    digest,
    confirm: wordsOf(digest).slice(4).join(' '),
    request,
    hashes,
    keys: new Map(request.bundles.map((slots, i) => [hashes[i] ?? '', keysOf(slots)])),
    own: request.bundles
      .flat()
      .flatMap(({ role, address }) => (role.kind === 'own' ? [{ uuid: role.uuid, address }] : [])),
  };
}

/** The same UUID's address at level 2. */
export async function atLevel2({ uuid }: IssuedAddress): Promise<IssuedAddress> {
  const options = { scheme: SCHEME, network: 'private', salt: SALT, uuid } as const;
  const seed = await deriveSeed({ ...options, argon2: plainArgon2 });
  return { uuid, address: addressOfSeed(seed, 2), securityLevel: 2 };
}

/** A lie, and what makes it one. */
export interface Lie {
  readonly name: string;
  /** By which it has to be refused. */
  readonly code: string;
  readonly asked: Asked;
}

export class CoordinatorModel {
  head: Head = EMPTY_HEAD;
  /** Asked for and not answered yet, in their order. */
  readonly outstanding: Asked[] = [];
  readonly signed: Asked[] = [];
  /** Keys whose money is free: never spent, and no unanswered bundle pays to them. */
  private readonly free: IssuedAddress[] = [];
  private readonly keys = new Map<string, IssuedAddress>();
  private readonly random: Random;
  private sequence = 0;
  private withdrawals = 0;

  constructor(random: Random) {
    this.random = random;
  }

  importBatch(addresses: readonly IssuedAddress[]): void {
    for (const address of addresses) {
      if (this.keys.has(address.uuid)) continue;
      this.keys.set(address.uuid, address);
      this.free.push(address);
    }
  }

  get canAsk(): boolean {
    return this.free.length >= 2;
  }

  /** A new request, which locks its inputs and the keys it pays to. */
  ask(): Asked {
    const key = this.takeKey();
    const to = this.takeKey();
    const outputs =
      this.random(2) === 0 ? [own(to, 9n)] : [own(to, 4n), pay(++this.withdrawals, 5n)];
    const asked = this.seal([bundle(input(key, 9n), ...outputs)]);
    this.outstanding.push(asked);
    return asked;
  }

  /** Asks for the same bundles again, after a void. */
  askAgain(voided: Asked): void {
    this.remove(voided);
    this.outstanding.push(this.seal(voided.request.bundles));
  }

  voidOf({ request, digest, hashes }: Asked): Uint8Array {
    const { requestId, sequence, keyringId, network } = request;
    return sealVoidRequest(
      {
        requestId,
        sequence,
        requestDigest: digest,
        bundleHashes: hashes,
        keyringId,
        network,
        expectedHead: this.head,
        createdAt: NOW,
      },
      COORDINATOR,
    );
  }

  /** Takes a response in: its entries lead from the request's head to a new one. */
  importResponse(asked: Asked, response: Uint8Array): void {
    const { entries } = openSigningResponse(response, SIGNER.publicKey);
    let { expectedHead: head } = asked.request;
    for (const entry of entries) ({ head } = openEntry(entry, head, SIGNER.publicKey));
    if (head.number > this.head.number) this.head = head;
  }

  noteSigned(asked: Asked): void {
    if (this.signed.includes(asked)) return;
    this.remove(asked);
    this.signed.push(asked);
    for (const { uuid } of asked.own) {
      const key = this.keys.get(uuid);
      if (key !== undefined) this.free.push(key);
    }
  }

  /** Requests that a home must refuse which has signed `victim`. */
  lies(victim: Asked): Lie[] {
    const { expectedHead: early, sequence } = victim.request;
    const key = this.inputOf(victim);
    const theft = this.theft(victim);
    const lies: Lie[] = [
      { name: 'same key, other bundle', code: 'key_already_signed', asked: this.seal(theft) },
      {
        name: 'same key, old head',
        code: 'key_already_signed',
        asked: this.seal(theft, { expectedHead: early }),
      },
      {
        name: 'same key, empty head',
        code: 'key_already_signed',
        asked: this.seal(theft, { expectedHead: EMPTY_HEAD }),
      },
    ];
    const fresh = this.free[0];
    if (fresh === undefined) return lies;
    const unissued = { ...key, uuid: uuidOf('never issued'), address: addressOf('U') };
    const payment = [bundle(input(fresh, 9n), pay(800 + this.withdrawals, 9n))];
    const forged = { ...this.head, hash: 'f'.repeat(64) };
    return [
      ...lies,
      { name: 'sequence again', code: 'sequence_reused', asked: this.seal(payment, { sequence }) },
      {
        name: 'head of another record',
        code: 'record_forked',
        asked: this.seal(payment, { expectedHead: forged }),
      },
      {
        name: 'remainder to an unissued key',
        code: 'own_output_not_issued',
        asked: this.seal([bundle(input(fresh, 9n), own(unissued, 9n))]),
      },
      {
        name: 'remainder to a signed key',
        code: 'own_output_already_signed',
        asked: this.seal([bundle(input(fresh, 9n), own(key, 9n))]),
      },
    ];
  }

  /** Spends the key of `victim` once more, with another bundle. */
  steal(victim: Asked): Asked {
    return this.seal(this.theft(victim));
  }

  /** Spends the key of `victim` at another level, with another bundle. */
  async lieAtLevel2(victim: Asked): Promise<Lie & { readonly key: IssuedAddress }> {
    const key = await atLevel2(this.inputOf(victim));
    const asked = this.seal([bundle(input(key, 9n), pay(950 + this.withdrawals, 9n))]);
    return { name: 'same key, other level', code: 'key_already_signed', asked, key };
  }

  private theft(victim: Asked): RequestSlot[][] {
    const other = pay(900 + this.withdrawals, 9n, addressOf('X'));
    return [bundle(input(this.inputOf(victim), 9n), other)];
  }

  private inputOf(asked: Asked): IssuedAddress {
    for (const { role } of asked.request.bundles.flat()) {
      const key = role.kind === 'input' && role.key.kind === 'uuid' ? role.key : null;
      const issued = key === null ? undefined : this.keys.get(key.uuid);
      if (issued !== undefined) return issued;
    }
    throw new RangeError('a request without a known input');
  }

  /** A request that spends this key, whatever became of it. */
  askFor(key: IssuedAddress): Asked {
    return this.seal([bundle(input(key, 9n), pay(700 + this.withdrawals, 9n))]);
  }

  /** A free key, which this coordinator then leaves alone. */
  takeKey(): IssuedAddress {
    const key = pick(this.random, this.free);
    this.free.splice(this.free.indexOf(key), 1);
    return key;
  }

  private remove(asked: Asked): void {
    const at = this.outstanding.indexOf(asked);
    if (at >= 0) this.outstanding.splice(at, 1);
  }

  private seal(
    bundles: readonly (readonly RequestSlot[])[],
    changes: Partial<SigningRequest> = {},
  ): Asked {
    this.sequence += 1;
    const request = requestOf({ head: this.head, lastSequence: 0 }, bundles, {
      requestId: `sr_${String(this.sequence).padStart(32, '0')}`,
      sequence: this.sequence,
      keyringId: KEYRING.id,
      ...changes,
    });
    return askedOf(request);
  }
}
