/**
 * What really happened, over all copies of a signer together: which keys have signed which hashes, and
 * what was released. It looks at every write of the signer, and judges it by the durable record.
 */
import {
  type IssuedAddress,
  type MessageType,
  openAddressBatch,
  openEnvelope,
  openSigningResponse,
  type SigningResponse,
  uuidCommitment,
} from '@airlock/gap';
import { decodeTransaction } from '@airlock/protocol';
import { openAlone } from '../../../packages/programs/signer/src/alone-store.ts';
import type { RecordState } from '../../../packages/programs/signer/src/record-state.ts';
import { SIGNER } from '../../../packages/programs/signer/test/world.ts';
import type { Asked } from './coordinator-model.ts';

const digestOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

function typeOf(bytes: Uint8Array): MessageType | null {
  try {
    return openEnvelope(bytes).type;
  } catch {
    return null;
  }
}

interface SpendTrytes {
  readonly bundleHash: string;
  readonly trytes: readonly string[];
}

/** The trytes of a spend, as they are released or kept; null for any other bytes. */
function trytesIn(bytes: Uint8Array): SpendTrytes | null {
  let text = bytes;
  try {
    text = openAlone(bytes).answer ?? text;
  } catch {
    // No entry with what it releases.
  }
  try {
    const released = JSON.parse(Buffer.from(text).toString('utf8')) as Partial<SpendTrytes>;
    const { bundleHash, trytes } = released;
    return bundleHash === undefined || trytes === undefined ? null : { bundleHash, trytes };
  } catch {
    return null;
  }
}

export class Truth {
  readonly violations: string[] = [];
  /** Keys that signed. */
  readonly hashesOf: Map<string, Set<string>> = new Map();
  private readonly asked = new Map<string, Asked>();
  private readonly voided = new Set<string>();
  /** The bytes that a signer released, by home and what they answer. */
  private readonly released = new Map<string, string>();
  /** Keys that may be used without a request: their commitments, by address. */
  private readonly keysOf = new Map<string, string>();
  /** Keys whose seed was shown. */
  private readonly shown = new Set<string>();
  /** The signatures that any home released, by request. */
  private readonly signatures = new Map<string, string>();

  register(asked: Asked): void {
    this.asked.set(asked.digest, asked);
  }

  /** From now on this key may be used without a request. */
  registerKey({ uuid, address }: IssuedAddress): void {
    this.keysOf.set(address, uuidCommitment(uuid));
  }

  /** From now on the home that has voided this request must not sign it. */
  noteVoided(signer: string, digest: string): void {
    this.voided.add(`${signer} ${digest}`);
  }

  fail(text: string): void {
    if (!this.violations.includes(text)) this.violations.push(text);
  }

  /** Judges bytes that a signer is about to write. `record` gives what is durable of its record now. */
  observe(signer: string, bytes: Uint8Array, record: () => RecordState): void {
    const type = typeOf(bytes);
    if (type === 'signing-response') this.observeResponse(signer, bytes, record());
    if (type === 'address-batch') this.observeBatch(signer, bytes, record());
    const trytes = type === null ? trytesIn(bytes) : null;
    if (trytes !== null) this.observeSpend(signer, trytes, record());
  }

  /** Judges a screen that is about to be shown. */
  observeSeed(signer: string, lines: readonly string[], record: RecordState): void {
    const prefix = /^Seed of ([9A-Z]{18})/.exec(lines[0] ?? '')?.[1];
    const key = [...this.keysOf].find(([address]) => address.slice(0, 18) === prefix)?.[1];
    if (key === undefined) {
      this.fail(`${signer} showed a seed that nobody asked for`);
      return;
    }
    if (!record.surrendered.has(key)) {
      this.fail(`${signer}: a seed was shown before its entry was durable`);
    }
    if (this.hashesOf.has(key)) this.fail(`${signer}: the seed of a key was shown that had signed`);
    this.shown.add(key);
  }

  private observeSpend(signer: string, trytes: SpendTrytes, record: RecordState): void {
    const name = `${signer}, spend ${trytes.bundleHash}`;
    for (const { address, value } of trytes.trytes.map(decodeTransaction)) {
      const key = value < 0n ? this.keysOf.get(address) : undefined;
      if (key === undefined) continue;
      this.noteSignature(name, key, trytes.bundleHash);
      const released = `${signer} spend ${key}`;
      // What was released before is handed to another home while that has no record yet.
      const isNew = !this.released.has(released);
      if (isNew && record.signedKeys.get(key)?.bundleHash !== trytes.bundleHash) {
        this.fail(`${name}: a signature was written before its entry was durable`);
      }
      const text = Buffer.from(JSON.stringify(trytes));
      this.noteReleased(released, `${name}: another bundle`, text);
    }
  }

  private observeResponse(signer: string, bytes: Uint8Array, record: RecordState): void {
    const response = openSigningResponse(bytes, SIGNER.publicKey);
    const { requestDigest: digest } = response;
    const asked = this.asked.get(digest);
    if (asked === undefined) {
      this.fail(`${signer} answered a request that nobody made: ${digest}`);
      return;
    }
    const name = `${signer}, sequence ${asked.request.sequence}`;
    if (this.voided.has(`${signer} ${digest}`)) this.fail(`${name}: signed after it was voided`);
    if (record.requests.get(asked.request.sequence)?.digest !== digest) {
      this.fail(`${name}: a signature was written before its entry was durable`);
    }
    for (const result of response.results) {
      if (result.kind !== 'signed') continue;
      for (const key of asked.keys.get(result.bundleHash) ?? []) {
        this.noteSignature(name, key, result.bundleHash);
        if (record.signedKeys.get(key)?.bundleHash !== result.bundleHash) {
          this.fail(`${name}: the durable record does not hold the key that signed`);
        }
      }
    }
    for (const { uuid, address } of asked.own) {
      if (record.issued.get(uuid)?.address !== address) {
        this.fail(`${name}: signed an own output to a key that was never issued`);
      }
    }
    this.compareSignatures(name, digest, response);
    this.noteReleased(`${signer} ${digest}`, `${name}: another response`, bytes);
  }

  private noteSignature(name: string, key: string, hash: string): void {
    const hashes = this.hashesOf.get(key) ?? new Set();
    this.hashesOf.set(key, hashes.add(hash));
    if (hashes.size > 1) this.fail(`${name}: a key signed two hashes`);
    if (this.shown.has(key)) this.fail(`${name}: a key signed whose seed was shown`);
  }

  private compareSignatures(name: string, digest: string, { results }: SigningResponse): void {
    const text = results
      .map((result) =>
        result.kind === 'signed'
          ? result.signatures.map(([index, signature]) => `${index} ${digestOf(signature)}`).join()
          : result.code,
      )
      .join('\n');
    const earlier = this.signatures.get(digest) ?? text;
    this.signatures.set(digest, earlier);
    if (earlier !== text) this.fail(`${name}: two copies gave different signatures`);
  }

  private observeBatch(signer: string, bytes: Uint8Array, record: RecordState): void {
    const { statement, addresses } = openAddressBatch(bytes, SIGNER.publicKey);
    const issued = record.batches[statement.number - 1] ?? [];
    const isIssued =
      issued.length === addresses.length &&
      addresses.every(({ uuid }, index) => issued[index]?.uuid === uuid);
    if (!isIssued) {
      this.fail(`${signer}, batch ${statement.number}: written before its entry was durable`);
    }
    const name = `${signer} batch ${statement.number}`;
    this.noteReleased(name, `${name}: another batch of that number`, bytes);
  }

  private noteReleased(key: string, otherwise: string, bytes: Uint8Array): void {
    const text = digestOf(bytes);
    const earlier = this.released.get(key) ?? text;
    this.released.set(key, earlier);
    if (earlier !== text) this.fail(otherwise);
  }
}
