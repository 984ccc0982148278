/** Spends without a request for tests: files as a signer's `spend` writes them, with every fault on request. */
import { encodeShape, type SealedEntry, sealedEntry, uuidCommitment } from '@airlock/gap';
import {
  assembleBundle,
  encodeTransaction,
  finalizeBundle,
  type Slot,
  signatureToTrytes,
  signHash,
  type Transaction,
} from '@airlock/protocol';
import type { TestKey, TestRecord } from './world.ts';

const NULL_TAG = '9'.repeat(27);

/** What a spend's file holds, before it becomes text. */
export interface SpendJson {
  readonly bundleHash: string;
  readonly trytes: readonly string[];
  readonly record: readonly string[];
}

export interface SpendOptions {
  readonly record: TestRecord;
  /** Entries of the record that stand before the file's first one. */
  readonly from?: number;
  readonly amount?: bigint;
  /** Changes what is recorded of the keys. */
  readonly keys?: (
    keys: readonly (readonly [string, 1 | 2 | 3])[],
  ) => readonly (readonly [string, 1 | 2 | 3])[];
  readonly withdrawalIds?: readonly string[];
  /** Changes the slots before the hash is made. */
  readonly slots?: (slots: Slot[]) => Slot[];
  /** Changes the transactions, in the order of their indexes, after they are signed. */
  readonly transactions?: (transactions: Transaction[]) => Transaction[];
}

const base64 = (sealed: SealedEntry): string =>
  Buffer.from(encodeShape(sealedEntry, sealed)).toString('base64');

function slotsOf(inputs: readonly TestKey[], payee: string, amount: bigint): Slot[] {
  const base = { obsoleteTag: NULL_TAG, tag: NULL_TAG, timestamp: 1_600_000_000 };
  return [
    ...inputs.flatMap(({ address, securityLevel }) =>
      Array.from({ length: securityLevel }, (_, place) => ({
        ...base,
        address,
        value: place === 0 ? -amount : 0n,
      })),
    ),
    { ...base, address: payee, value: amount * BigInt(inputs.length) },
  ];
}

/** A spend of `inputs` to `payee`, recorded and signed. */
export function spendJson(
  inputs: readonly TestKey[],
  payee: string,
  options: SpendOptions,
): SpendJson {
  const { record, from = 0, amount = 100n, withdrawalIds = [] } = options;
  const plain = slotsOf(inputs, payee, amount);
  const { slots, hash: bundleHash } = finalizeBundle(options.slots?.(plain) ?? plain);
  const keys = inputs.map((key) => [uuidCommitment(key.uuid), key.securityLevel] as const);
  const verdict = { bundleHash, keys: options.keys?.(keys) ?? keys, withdrawalIds };
  record.append({ kind: 'signed-alone', verdict });
  const fragments = new Map<number, string>();
  for (const key of inputs) {
    const index = slots.findIndex(({ address }) => address === key.address);
    const signature = signHash({ seed: key.seed, bundleHash, level: key.securityLevel });
    for (const [place, fragment] of signatureToTrytes(signature).entries()) {
      fragments.set(index + place, fragment);
    }
  }
  const made = assembleBundle({ slots, hash: bundleHash, fragments });
  const transactions = options.transactions?.(made) ?? made;
  return {
    bundleHash,
    trytes: transactions.map(encodeTransaction).reverse(),
    record: record.entries.slice(from).map(base64),
  };
}

export const fileOf = (json: unknown): Uint8Array =>
  new TextEncoder().encode(`${typeof json === 'string' ? json : JSON.stringify(json)}\n`);

export const spendOf = (
  inputs: readonly TestKey[],
  payee: string,
  options: SpendOptions,
): Uint8Array => fileOf(spendJson(inputs, payee, options));
