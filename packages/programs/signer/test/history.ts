/**
 * A long history of one home and an honest coordinator: several requests outstanding, signed in order,
 * late, or passed over; voids; repetitions; new batches. A copy of the home is kept before each step.
 */
import {
  type Head,
  headOf,
  type IssuedAddress,
  openAddressBatch,
  openSigningRequest,
  openSigningResponse,
  openVoidReceipt,
  type RequestSlot,
  readEntry,
  type SealedEntry,
  type SigningRequest,
} from '@airlock/gap';
import type { MemoryDisk } from './memory-disk.ts';
import { type Answer, give, type Input, makeMemoryHome, stateOf } from './memory-home.ts';
import { voidOf } from './voids.ts';
import {
  bundle,
  COORDINATOR,
  input,
  KEYS,
  own,
  pay,
  requestOf,
  SIGNER,
  seal,
  seededRandom,
} from './world.ts';

export interface Step extends Input, Answer {
  /** For people who read a failure. */
  readonly name: string;
}

export interface History {
  readonly steps: readonly Step[];
  /** Index k: the home that has seen k steps; the last one has seen all. */
  readonly copies: readonly MemoryDisk[];
  /** Homes as they were just before a batch, with the steps they have seen. */
  readonly beforeBatches: readonly { readonly seen: number; readonly home: MemoryDisk }[];
  /** Most requests that were outstanding at once. */
  readonly outstandingMax: number;
}

interface Outstanding {
  readonly request: SigningRequest;
  readonly file: Uint8Array;
}

const OUTSTANDING_MAX = 5;
/** Keys in reserve, below which a batch is made as soon as nothing is outstanding. */
const RESERVE = 8;

/** The entries that a response or receipt carries. */
export function entriesOf({
  command,
  output,
}: Pick<Step, 'command' | 'output'>): readonly SealedEntry[] {
  if (output === null) return [];
  return command === 'void'
    ? openVoidReceipt(output, SIGNER.publicKey).entries
    : openSigningResponse(output, SIGNER.publicKey).entries;
}

/** The bundles that a file asks for, or that its void leaves unsigned. */
function bundlesOf(file: Uint8Array): readonly (readonly RequestSlot[])[] {
  return openSigningRequest(file, [COORDINATOR.publicKey]).request.bundles;
}

class Author {
  readonly steps: Step[] = [];
  readonly copies: MemoryDisk[] = [];
  readonly beforeBatches: { seen: number; home: MemoryDisk }[] = [];
  outstandingMax = 0;
  #home: MemoryDisk;
  readonly #bytes: (count: number) => Uint8Array;
  /** What the coordinator has imported, and what lies on its desk. */
  #head: Head;
  #newest: Head;
  #sequence = 0;
  #payments = 0;
  readonly #keys: IssuedAddress[] = KEYS.filter(({ securityLevel }) => securityLevel === 1);
  #outstanding: Outstanding[] = [];
  /** Requests that can only be voided now. */
  #passedOver: Outstanding[] = [];
  /** Bundles of voided requests, to be asked for again. */
  readonly #again: (readonly RequestSlot[])[] = [];

  constructor(seed: string) {
    this.#bytes = seededRandom(seed);
    this.#home = makeMemoryHome();
    this.#head = stateOf(this.#home).head;
    this.#newest = this.#head;
    this.copies.push(this.#home.copy());
  }

  #random(below: number): number {
    return Buffer.from(this.#bytes(4)).readUInt32BE() % below;
  }

  #takeKey(): IssuedAddress {
    const key = this.#keys.shift();
    if (key === undefined) throw new RangeError('no keys are left');
    return key;
  }

  #newBundle(): readonly RequestSlot[] {
    const again = this.#again.shift();
    if (again !== undefined) return again;
    this.#payments += 1;
    const slots = [pay(this.#payments, 3n)];
    if (this.#random(4) > 0) return bundle(input(this.#takeKey(), 3n), ...slots);
    return bundle(input(this.#takeKey(), 5n), ...slots, own(this.#takeKey(), 2n));
  }

  ask(): void {
    this.#sequence += 1;
    const bundles = [this.#newBundle()];
    if (this.#random(4) === 0) bundles.push(this.#newBundle());
    const state = { head: this.#head, lastSequence: this.#sequence - 1 };
    const request = requestOf(state, bundles);
    this.#outstanding.push({ request, file: seal(request) });
    this.outstandingMax = Math.max(this.outstandingMax, this.#outstanding.length);
  }

  async #step(name: string, { command, file }: Input): Promise<Step> {
    const answer = await give(this.#home, { command, file });
    const step = { name: `${this.steps.length}: ${name}`, command, file, ...answer };
    this.steps.push(step);
    this.copies.push(this.#home.copy());
    const last = entriesOf(step).at(-1);
    if (last !== undefined) {
      const head = headOf(readEntry(last, SIGNER.publicKey), last.body);
      if (head.number > this.#newest.number) this.#newest = head;
    }
    // Now and then the coordinator is a few imports late.
    if (this.#random(3) > 0) this.#head = this.#newest;
    return step;
  }

  /** Signs an outstanding request, mostly the first; those before it are passed over. */
  async sign(): Promise<void> {
    const index = this.#random(4) === 0 ? this.#random(this.#outstanding.length) : 0;
    const [chosen] = this.#outstanding.splice(index, 1);
    if (chosen === undefined) return;
    this.#passedOver.push(...this.#outstanding.splice(0, index));
    await this.#step(`sign sequence ${chosen.request.sequence}`, {
      command: 'sign',
      file: chosen.file,
    });
  }

  /** Tries one that was passed over, which is refused, or voids it, or an outstanding one. */
  async void(): Promise<void> {
    const late = this.#passedOver[0];
    if (late !== undefined && this.#random(3) === 0) {
      await this.#step('sign what was passed over', { command: 'sign', file: late.file });
      return;
    }
    const chosen = this.#passedOver.shift() ?? this.#outstanding.shift();
    if (chosen === undefined) return;
    const file = voidOf(chosen.file, { expectedHead: this.#head });
    const name = `void sequence ${chosen.request.sequence}`;
    await this.#step(name, { command: 'void', file });
    this.#again.push(...bundlesOf(chosen.file));
    if (this.#random(3) === 0) {
      await this.#step(`sign what was voided`, { command: 'sign', file: chosen.file });
    }
  }

  async repeat(): Promise<void> {
    const step = this.steps[this.#random(this.steps.length)];
    if (step !== undefined) await this.#step(`again: ${step.name}`, step);
  }

  /** A batch, when nothing is outstanding: no request can then be older than it. */
  async #issue(): Promise<void> {
    const seen = this.steps.length;
    this.beforeBatches.push({ seen, home: this.#home.copy() });
    const { output } = await give(this.#home, { command: 'addresses', file: new Uint8Array() });
    if (output === null) throw new TypeError('the batch was refused');
    this.#keys.push(...openAddressBatch(output, SIGNER.publicKey).addresses);
    this.#newest = stateOf(this.#home).head;
    this.#head = this.#newest;
    this.copies[seen] = this.#home.copy();
  }

  async move(): Promise<void> {
    const isShort = this.#keys.length < RESERVE;
    const count = this.#outstanding.length + this.#passedOver.length;
    if (isShort && count === 0) await this.#issue();
    const choice = this.#random(12);
    if (!isShort && this.#outstanding.length < OUTSTANDING_MAX && choice < 5) this.ask();
    else if (choice < 9 && this.#outstanding.length > 0) await this.sign();
    else if (choice < 11) await this.void();
    else await this.repeat();
  }
}

/** The same history for the same seed. */
export async function makeHistory(seed: string, steps: number): Promise<History> {
  const author = new Author(seed);
  while (author.steps.length < steps) await author.move();
  const { copies, beforeBatches, outstandingMax } = author;
  return {
    steps: author.steps.slice(0, steps),
    copies: copies.slice(0, steps + 1),
    beforeBatches,
    outstandingMax,
  };
}

/** What a copy did wrong: anything but the original's bytes and a refusal by code. */
export function faultOf(step: Step, answer: Answer): string | null {
  const { output, code } = answer;
  if (output === null)
    return /^[a-z_]+$/.test(code) && code !== 'defect' ? null : `failed: ${code}`;
  if (step.output === null) return `was answered, though the original refused it (${step.code})`;
  return Buffer.compare(output, step.output) === 0 ? null : 'was answered with other bytes';
}

/** Gives steps of the history to a home, in this order; what it did wrong. */
export async function replay(
  home: MemoryDisk,
  steps: readonly Step[],
  onAnswer: (step: Step, answer: Answer) => void = () => undefined,
): Promise<string[]> {
  const faults: string[] = [];
  for (const step of steps) {
    const answer = await give(home, step);
    onAnswer(step, answer);
    const fault = faultOf(step, answer);
    if (fault !== null) faults.push(`${step.name} ${fault}`);
  }
  return faults;
}
