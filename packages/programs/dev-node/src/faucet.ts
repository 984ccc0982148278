/**
 * The faucet: it holds the whole supply at genesis and pays with real bundles. Each payment spends
 * the current address whole and sends the rest to the next, so that no key signs twice.
 */
import { hkdfSync } from 'node:crypto';
import {
  addressOfSeed,
  assembleBundle,
  finalizeBundle,
  hashToBytes,
  type Slot,
  signatureToTrytes,
  signHash,
  type Transaction,
} from '@airlock/protocol';
import type { Bundles } from './bundles.ts';
import { DevNodeError } from './error.ts';
import { createCone, type Ledger } from './ledger.ts';
import type { StoredTransaction } from './tangle.ts';

const ALPHABET = '9ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LEVEL = 1;
const FAUCET_TAG = 'AIRLOCK9FAUCET9999999999999';

/** Public on purpose: whoever runs the node owns this money anyway. */
function seedOf(index: number): Uint8Array {
  const info = `faucet/${index}`;
  const bytes = new Uint8Array(
    hkdfSync('sha512', 'airlock dev node', 'airlock/faucet/v1', info, 160),
  );
  // 243 is the largest multiple of 27 in a byte: what is left out would favour some trytes.
  const trytes = [...bytes].filter((byte) => byte < 243).map((byte) => ALPHABET[byte % 27]);
  // The last tryte is 9, as the last trit of a seed in Kerl's domain is 0.
  return hashToBytes(`${trytes.slice(0, 80).join('')}9`);
}

/** The faucet's address number `index`; number 0 holds the supply at genesis. */
export function faucetAddress(index: number): string {
  return addressOfSeed(seedOf(index), LEVEL);
}

/** Puts amount, input and rest into a signed bundle. */
function makePayment(options: {
  readonly index: number;
  readonly balance: bigint;
  readonly address: string;
  readonly amount: bigint;
  readonly timestamp: number;
}): Transaction[] {
  const { index, balance, address, amount, timestamp } = options;
  const common = { obsoleteTag: FAUCET_TAG, tag: FAUCET_TAG, timestamp };
  const planned: Slot[] = [
    { ...common, address, value: amount },
    { ...common, address: faucetAddress(index), value: -balance },
  ];
  if (balance > amount) {
    planned.push({ ...common, address: faucetAddress(index + 1), value: balance - amount });
  }
  const { slots, hash } = finalizeBundle(planned);
  const signature = signHash({ seed: seedOf(index), bundleHash: hash, level: LEVEL });
  const [fragment = ''] = signatureToTrytes(signature);
  return assembleBundle({ slots, hash, fragments: new Map([[1, fragment]]) });
}

export class Faucet {
  readonly #bundles: Bundles;
  readonly #ledger: Ledger;
  #index = 0;
  #address: string = faucetAddress(0);
  #lastTail: StoredTransaction | null = null;

  constructor(options: { readonly bundles: Bundles; readonly ledger: Ledger }) {
    this.#bundles = options.bundles;
    this.#ledger = options.ledger;
  }

  /** Moves on to the next key when a stored batch holds a valid bundle that spends this one's. */
  observe(batch: readonly StoredTransaction[]): void {
    const spend = batch.find(
      ({ transaction }) => transaction.value < 0n && transaction.address === this.#address,
    );
    if (spend === undefined) return;
    const tail = batch.find(
      ({ transaction: { bundle, currentIndex } }) =>
        currentIndex === 0 && bundle === spend.transaction.bundle,
    );
    if (tail === undefined || this.#bundles.inspect(tail).kind !== 'valid') return;
    this.#index += 1;
    this.#address = faucetAddress(this.#index);
    this.#lastTail = tail;
  }

  /**
   * An unattached payment and the pending payment it has to approve, if there is one.
   * @throws DevNodeError faucet_refused
   */
  pay(options: {
    readonly address: string;
    readonly amount: bigint;
    /** Unix seconds. */
    readonly timestamp: number;
  }): { transactions: Transaction[]; approve: string | null } {
    const { address, amount } = options;
    const cone = createCone();
    const tail = this.#lastTail;
    if (tail !== null && this.#ledger.extend(cone, tail.hash) !== null) {
      throw new DevNodeError('faucet_refused', `faucet payment is inconsistent: ${tail.hash}`);
    }
    const balance = this.#ledger.balanceOf(this.#address, cone);
    if (amount > balance) {
      throw new DevNodeError('faucet_refused', `the faucet holds ${balance} i, not ${amount} i`);
    }
    if (address === this.#address || address === faucetAddress(this.#index + 1)) {
      throw new DevNodeError('faucet_refused', 'the faucet does not pay itself');
    }
    const transactions = makePayment({ ...options, index: this.#index, balance });
    return { transactions, approve: tail !== null && tail.confirmedAt === 0 ? tail.hash : null };
  }
}
