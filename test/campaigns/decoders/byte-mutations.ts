/** Mutations that know nothing of the format: bits, cuts, splices, repeated and removed chunks. */
import { pick, type Random } from './random.ts';

type Mutation = (bytes: Uint8Array, donor: Uint8Array, random: Random) => Uint8Array;

/** Bytes that mean much in CBOR: heads of every major type, edges of widths, break. */
const TELLING = [
  0x00, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1f, 0x20, 0x3b, 0x40, 0x58, 0x5b, 0x5f, 0x60, 0x7b, 0x80,
  0x81, 0x82, 0x9b, 0x9f, 0xa0, 0xa1, 0xbb, 0xbf, 0xc0, 0xd8, 0xdb, 0xf4, 0xf6, 0xf7, 0xf9, 0xfb,
  0xff,
];
const CHUNK_BYTES_MAX = 64;
const NOISE_BYTES_MAX = 300;
const REPEATS_MAX = 50;

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** A short run of bytes from somewhere. */
function chunkOf(bytes: Uint8Array, random: Random): Uint8Array {
  const start = random(bytes.length + 1);
  return bytes.subarray(start, start + 1 + random(CHUNK_BYTES_MAX));
}

function flipBits(bytes: Uint8Array, _donor: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice();
  for (let left = 1 + random(4); left > 0; left -= 1) {
    const at = random(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
  }
  return copy;
}

function overwriteBytes(bytes: Uint8Array, _donor: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice();
  for (let left = 1 + random(4); left > 0; left -= 1) {
    copy[random(copy.length)] = random(2) === 0 ? random(256) : pick(random, TELLING);
  }
  return copy;
}

function truncate(bytes: Uint8Array, _donor: Uint8Array, random: Random): Uint8Array {
  return bytes.slice(0, random(bytes.length));
}

function append(bytes: Uint8Array, donor: Uint8Array, random: Random): Uint8Array {
  return joined(bytes, random(2) === 0 ? chunkOf(donor, random) : Uint8Array.of(random(256)));
}

/** The head of one sample and the tail of another, or of the same from elsewhere. */
function splice(bytes: Uint8Array, donor: Uint8Array, random: Random): Uint8Array {
  return joined(bytes.subarray(0, random(bytes.length)), donor.subarray(random(donor.length)));
}

function repeatChunk(bytes: Uint8Array, _donor: Uint8Array, random: Random): Uint8Array {
  const start = random(bytes.length);
  const end = Math.min(bytes.length, start + 1 + random(CHUNK_BYTES_MAX));
  const chunk = bytes.subarray(start, end);
  const times = 1 + random(random(10) === 0 ? REPEATS_MAX : 2);
  return joined(bytes.subarray(0, end), ...Array(times).fill(chunk), bytes.subarray(end));
}

function removeChunk(bytes: Uint8Array, _donor: Uint8Array, random: Random): Uint8Array {
  const start = random(bytes.length);
  return joined(
    bytes.subarray(0, start),
    bytes.subarray(start + 1 + random(random(2) === 0 ? 1 : CHUNK_BYTES_MAX)),
  );
}

function insertChunk(bytes: Uint8Array, donor: Uint8Array, random: Random): Uint8Array {
  const at = random(bytes.length);
  return joined(bytes.subarray(0, at), chunkOf(donor, random), bytes.subarray(at));
}

/** Two chunks of one length change places: what a sequence of equal fields would not notice. */
function exchangeChunks(bytes: Uint8Array, _donor: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice();
  const length = 1 + random(Math.max(1, Math.min(CHUNK_BYTES_MAX, copy.length >> 1)));
  const room = Math.max(1, copy.length - length);
  const [from, to] = [random(room), random(room)];
  copy.set(bytes.subarray(to, to + length).slice(0, copy.length - from), from);
  copy.set(bytes.subarray(from, from + length).slice(0, copy.length - to), to);
  return copy;
}

function noise(_bytes: Uint8Array, _donor: Uint8Array, random: Random): Uint8Array {
  const isTelling = random(2) === 0;
  return Uint8Array.from({ length: random(NOISE_BYTES_MAX) }, () =>
    isTelling ? pick(random, TELLING) : random(256),
  );
}

export const BYTE_MUTATIONS: readonly Mutation[] = [
  flipBits,
  flipBits,
  overwriteBytes,
  truncate,
  append,
  splice,
  repeatChunk,
  removeChunk,
  insertChunk,
  exchangeChunks,
  noise,
];
