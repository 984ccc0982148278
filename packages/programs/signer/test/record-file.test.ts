/** The record on disk: cut at every byte, flipped at every byte, beside what was released. */

import type { IssuedAddress } from '@airlock/gap';
import { wordsToTrytes } from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import { SignerError } from '../src/error.ts';
import { readHome } from '../src/home.ts';
import { appendEntry, type LoadedRecord, loadRecord } from '../src/record-file.ts';
import { RecordFold } from '../src/record-state.ts';
import {
  bundle,
  input,
  issuedEvent,
  KEYS,
  makeWorld,
  NOW,
  own,
  PAIRED,
  removeTemporaryFolders,
  requestOf,
  SIGNER,
  seal,
  seededRandom,
  temporaryFolder,
  uuidOf,
  verdictOf,
  type World,
} from './world.ts';

const SMALL = KEYS.slice(0, 4);
let world: World;
let file: Uint8Array;
/** Where each frame ends. */
const ends: number[] = [];

const load = (at: World): LoadedRecord =>
  loadRecord(nodeDisk, at.path('home/record'), SIGNER.publicKey);

const loadBytes = (bytes: Uint8Array): LoadedRecord =>
  loadRecord({ ...nodeDisk, read: () => bytes }, 'record', SIGNER.publicKey);

const append = (at: World, loaded: LoadedRecord): LoadedRecord =>
  appendEntry({
    disk: nodeDisk,
    path: at.path('home/record'),
    loaded,
    at: NOW,
    event: PAIRED,
    addresses: [],
    identity: SIGNER,
  });

beforeAll(async () => {
  world = await makeWorld({
    events: [
      [PAIRED, []],
      [issuedEvent(SMALL), SMALL],
    ],
  });
  const slots = bundle(input(SMALL[0]!, 5n), own(SMALL[1]!, 5n));
  await world.sign(seal(requestOf(world.state(), [slots])));
  file = world.read('home/record');
  for (let end = 0; end < file.length; ) {
    end += 8 + Buffer.from(file).readUInt32BE(end);
    ends.push(end);
  }
});

afterAll(removeTemporaryFolders);

describe('a record', () => {
  test('has four frames', () => {
    expect(ends).toHaveLength(4);
    expect(load(world)).toMatchObject({ end: file.length, tornBytes: 0 });
  });

  test('cut at any byte is healed to its whole entries', () => {
    for (let length = 0; length < file.length; length += 1) {
      const { state, end, tornBytes } = loadBytes(file.subarray(0, length));
      const whole = ends.filter((frameEnd) => frameEnd <= length);
      expect({ number: state.head.number, end, tornBytes }).toEqual({
        number: whole.length,
        end: whole.at(-1) ?? 0,
        tornBytes: length - (whole.at(-1) ?? 0),
      });
    }
  });

  test('that was healed takes the next entry where the torn one began', () => {
    for (const length of [ends[2]! + 1, ends[2]! + 8, ends[2]! + 9, file.length - 1]) {
      const at = world.copy();
      nodeDisk.cut(at.path('home/record'), length);
      expect(append(at, load(at)).state.head.number).toBe(4);
      expect(load(at)).toMatchObject({ tornBytes: 0 });
      expect(at.read('home/record').slice(0, ends[2])).toEqual(file.slice(0, ends[2]));
    }
  });

  test('with any byte flipped is refused', () => {
    for (let at = 0; at < file.length; at += 1) {
      const flipped = file.slice();
      flipped[at]! ^= 1 << (at % 8);
      expect(verdictOf(() => loadBytes(flipped))).toBe('record_damaged');
    }
  });

  test('with a byte flipped in its torn end is healed or refused, never read', () => {
    const torn = file.subarray(0, file.length - 5);
    for (let at = ends[2]!; at < torn.length; at += 1) {
      const flipped = torn.slice();
      flipped[at]! ^= 0x10;
      if (at < ends[2]! + 8) {
        expect(verdictOf(() => loadBytes(flipped))).toBe('record_damaged');
      } else {
        expect(loadBytes(flipped)).toMatchObject({ end: ends[2], state: { head: { number: 3 } } });
      }
    }
  });

  test('with two entries exchanged, one repeated or one left out is refused', () => {
    const frames = ends.map((end, i) => file.subarray(ends[i - 1] ?? 0, end));
    const [a, b, c, d] = frames as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    for (const order of [
      [b, a, c, d],
      [a, b, b, c],
      [a, c, d],
      [a, b, d],
    ]) {
      expect(verdictOf(() => loadBytes(Buffer.concat(order)))).toBe('record_damaged');
    }
  });
});

describe('a home', () => {
  const verdict = (at: World): string => verdictOf(() => readHome(nodeDisk, at.home));

  test('whose record is missing, empty or torn in its first entry is refused', () => {
    for (const length of [null, 0, 5, ends[0]! - 1]) {
      const at = world.copy();
      // A home that never signed: nothing else tells that entries are gone.
      nodeDisk.removeFolder(at.path('home/requests'));
      if (length === null) nodeDisk.remove(at.path('home/record'));
      else nodeDisk.cut(at.path('home/record'), length);
      expect(verdict(at)).toBe('record_damaged');
    }
  });

  test('that released a response beyond the end of its record is refused', async () => {
    const at = world.copy();
    expect(verdict(at)).toBe('accepted');
    nodeDisk.cut(at.path('home/record'), file.length - 1);
    expect(verdict(at)).toBe('record_damaged');
    const slots = bundle(input(SMALL[0]!, 5n), own(SMALL[2]!, 5n));
    const run = await at.sign(seal(requestOf(load(at).state, [slots])), 'other');
    expect(run).toMatchObject({ exit: 4, code: 'record_damaged' });
    expect(nodeDisk.exists(at.path('other'))).toBe(false);
  });

  test('with a torn end says so in its status', async () => {
    const at = world.copy();
    nodeDisk.append(at.path('home/record'), file.slice(0, 20));
    expect((await at.run('status')).out.join('\n')).toContain('20 bytes of an unfinished entry');
  });

  test("with another home's record is refused", () => {
    const at = world.copy();
    at.write('home/record', file);
    const foreign = new RecordFold();
    const loaded = { state: foreign, end: 0, tornBytes: 0 };
    nodeDisk.remove(at.path('home/record'));
    appendEntry({
      disk: nodeDisk,
      path: at.path('home/record'),
      loaded,
      at: NOW,
      event: PAIRED,
      addresses: [],
      identity: SIGNER,
    });
    expect(
      verdictOf(() => loadRecord(nodeDisk, at.path('home/record'), new Uint8Array(32).fill(3))),
    ).toBe('record_damaged');
  });
});

describe('appending', () => {
  test('is refused if the file has grown, shrunk or gone since it was read', () => {
    for (const change of [
      (path: string): void => nodeDisk.append(path, new Uint8Array(3)),
      (path: string): void => nodeDisk.cut(path, file.length - 1),
      (path: string): void => nodeDisk.remove(path),
    ]) {
      const at = world.copy();
      const loaded = load(at);
      change(at.path('home/record'));
      const act = (): unknown => append(at, loaded);
      expect(['record_moved', 'record_damaged']).toContain(verdictOf(act));
    }
  });

  test('a batch of 30,000 addresses can be read back', () => {
    const random = seededRandom('many');
    const addresses: IssuedAddress[] = Array.from({ length: 30_000 }, (_, i) => {
      const word = random(48);
      word[0] = 0;
      return { uuid: uuidOf(`many ${i}`), address: wordsToTrytes(word), securityLevel: 1 };
    });
    const path = `${temporaryFolder()}/record`;
    const loaded = { state: new RecordFold(), end: 0, tornBytes: 0 };
    const event = issuedEvent(addresses);
    const options = { disk: nodeDisk, path, loaded, at: NOW, event, addresses, identity: SIGNER };
    expect(appendEntry(options).state.issued.size).toBe(30_000);
  });

  test('what could not be read back is not written', () => {
    const path = `${temporaryFolder()}/record`;
    const loaded = { state: new RecordFold(), end: 0, tornBytes: 0 };
    const options = { disk: nodeDisk, path, loaded, at: NOW, identity: SIGNER };
    const event = { ...issuedEvent(SMALL), count: 3 };
    expect(() => appendEntry({ ...options, event, addresses: SMALL })).toThrow(SignerError);
    expect(() => appendEntry({ ...options, at: 2 ** 60, event: PAIRED, addresses: [] })).toThrow();
    expect(nodeDisk.exists(path)).toBe(false);
  });

  test('stops before the record outgrows what is read, and earlier for addresses than for signing', () => {
    const full = (end: number, isIssuing: boolean): string => {
      const path = `${temporaryFolder()}/record`;
      const loaded = { state: new RecordFold(), end, tornBytes: 0 };
      const options = { disk: nodeDisk, path, loaded, at: NOW, identity: SIGNER };
      const event = isIssuing ? issuedEvent(SMALL) : PAIRED;
      return verdictOf(() => appendEntry({ ...options, event, addresses: isIssuing ? SMALL : [] }));
    };
    const mib = 1024 * 1024;
    expect(full(256 * mib - 10, false)).toBe('record_full');
    expect(full(230 * mib, true)).toBe('record_full');
    expect(full(230 * mib, false)).toBe('record_moved');
  });
});
