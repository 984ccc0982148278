/**
 * What the kernel keeps: nothing. The host's one WebAssembly instance is caught as it is made, and its
 * whole memory read after each function that takes a secret.
 */
import { describe, expect, test } from '@jest/globals';
import { WASM_BASE64 } from '../src/wasm-bytes.ts';
import { bytesOf } from './reference.ts';

interface Caught {
  readonly memory: WebAssembly.Memory;
  readonly wipe: () => void;
  readonly input: () => number;
  readonly deriveAddress: (level: number) => void;
}

const RealInstance = WebAssembly.Instance;
const caught: Caught[] = [];
Object.defineProperty(WebAssembly, 'Instance', {
  configurable: true,
  writable: true,
  value: class extends RealInstance {
    constructor(module: WebAssembly.Module, imports: Record<string, never>) {
      super(module, imports);
      caught.push(this.exports as unknown as Caught);
    }
  },
});
const kernel = await import('../src/kernel.ts');

function freshInstance(): Caught {
  const module = new WebAssembly.Module(Buffer.from(WASM_BASE64, 'base64'));
  return new RealInstance(module, {}).exports as unknown as Caught;
}

const memoryOf = ({ memory }: Caught): Buffer => Buffer.from(memory.buffer);
const pristine = Buffer.from(memoryOf(freshInstance()));

/** Every 8-byte run of the words, and of their complements, which Kerl's state holds. */
function runsOf(words: readonly Uint8Array[]): Set<bigint> {
  const found = new Set<bigint>();
  for (const word of words) {
    const bytes = Buffer.from(word);
    for (let at = 0; at + 8 <= bytes.length; at += 1) {
      const run = bytes.readBigUInt64BE(at);
      found.add(run);
      found.add(BigInt.asUintN(64, ~run));
    }
  }
  return found;
}

function countOf(secrets: ReadonlySet<bigint>, memory: Buffer): number {
  let count = 0;
  for (let at = 0; at + 8 <= memory.length; at += 1) {
    if (secrets.has(memory.readBigUInt64BE(at))) count += 1;
  }
  return count;
}

const raw = Buffer.from(Array.from({ length: 48 }, (_, i) => (i * 89 + 131) & 0xff));
const seed = kernel.toDomain(raw);

/** The seed, its subseed and every value of its 81 chains before the last. */
function secretsOfKey(): Set<bigint> {
  const words: Uint8Array[] = [raw, seed, kernel.kerlOfWords(seed)];
  const key = kernel.kerlOfWords(kernel.kerlOfWords(seed), 81);
  for (let chain = 0; chain < 81; chain += 1) {
    let value: Uint8Array = key.slice(chain * 48, chain * 48 + 48);
    for (let step = 0; step < 26; step += 1) {
      words.push(value);
      value = kernel.kerlOfWords(value);
    }
  }
  return runsOf(words);
}
const secrets = secretsOfKey();

/** Puts the caught memory back to its first state, for what the line above left there. */
function clean(): Caught {
  expect(caught).toHaveLength(1);
  const [instance] = caught as [Caught];
  instance.wipe();
  return instance;
}

describe('kernel memory', () => {
  test('holds the seed before a wipe: the search finds what is there', () => {
    const instance = freshInstance();
    memoryOf(instance).set(seed, instance.input());
    instance.deriveAddress(2);
    expect(countOf(secrets, memoryOf(instance))).toBeGreaterThanOrEqual(41);
    instance.wipe();
    expect(countOf(secrets, memoryOf(instance))).toBe(0);
    expect(memoryOf(instance).equals(pristine)).toBe(true);
  });

  test('holds nothing of 48 derived bytes after toDomain', () => {
    const instance = clean();
    // Far outside the domain, so that the subtraction really runs.
    kernel.toDomain(bytesOf(2n ** 383n - 12345n));
    expect(memoryOf(instance).equals(pristine)).toBe(true);
    kernel.toDomain(raw);
    expect(countOf(secrets, memoryOf(instance))).toBe(0);
    expect(memoryOf(instance).equals(pristine)).toBe(true);
  });

  test.each([1, 2, 3])('holds nothing of the key after deriveAddress at level %i', (level) => {
    const instance = clean();
    kernel.deriveAddress(seed, level);
    expect(countOf(secrets, memoryOf(instance))).toBe(0);
    expect(memoryOf(instance).equals(pristine)).toBe(true);
  });

  test.each([1, 2, 3])('holds nothing of the key after sign at level %i', (level) => {
    const instance = clean();
    kernel.sign(seed, new Int8Array(81).fill(5), level);
    expect(countOf(secrets, memoryOf(instance))).toBe(0);
    expect(memoryOf(instance).equals(pristine)).toBe(true);
  });

  test.each<[string, Int8Array]>([
    ['80 values', new Int8Array(80)],
    ['a value of 14', new Int8Array(81).fill(14)],
  ])('holds nothing of the seed after sign has refused %s', (_name, values) => {
    const instance = clean();
    expect(() => kernel.sign(seed, values, 2)).toThrow(RangeError);
    expect(countOf(secrets, memoryOf(instance))).toBe(0);
  });

  test('the seed handed in is left as it was: wiping it is the caller’s', () => {
    const copy = seed.slice();
    kernel.deriveAddress(copy, 1);
    kernel.sign(copy, new Int8Array(81), 1);
    expect(copy).toEqual(seed);
  });
});
