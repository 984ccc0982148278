/** The record on disk: entries cut at every byte, flipped at every byte, exchanged, taken by others. */

import type { IssuedAddress, RecordEvent } from '@airlock/gap';
import { wordsToTrytes } from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import { SignerError } from '../src/error.ts';
import { readHome } from '../src/home.ts';
import { appendEntry, EMPTY_RECORD, type LoadedRecord, loadRecord } from '../src/record-store.ts';
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
const NAMES = ['00000001', '00000002', '00000003', '00000004'];
let world: World;

const load = (at: World): LoadedRecord =>
  loadRecord(nodeDisk, at.path('home/record'), SIGNER.publicKey);

const append = (at: World, loaded: LoadedRecord): LoadedRecord =>
  appendEntry({
    disk: nodeDisk,
    folder: at.path('home/record'),
    loaded,
    at: NOW,
    event: PAIRED,
    addresses: [],
    identity: SIGNER,
  });

/** The record with one entry's bytes changed. */
const loadWith = (name: string, bytes: Uint8Array): LoadedRecord =>
  loadRecord(
    {
      ...nodeDisk,
      read: (path, max) => (path.endsWith(name) ? bytes : nodeDisk.read(path, max)),
    },
    world.path('home/record'),
    SIGNER.publicKey,
  );

beforeAll(async () => {
  world = await makeWorld({
    events: [
      [PAIRED, []],
      [issuedEvent(SMALL), SMALL],
    ],
  });
  const slots = bundle(input(SMALL[0]!, 5n), own(SMALL[1]!, 5n));
  await world.sign(seal(requestOf(world.state(), [slots])));
});

afterAll(removeTemporaryFolders);

const voidedEvent: RecordEvent = {
  kind: 'voided',
  requestId: `sr_${'0'.repeat(32)}`,
  sequence: 1,
  requestDigest: '0'.repeat(64),
  bundleHashes: ['9'.repeat(81)],
  frees: false,
};

describe('a record', () => {
  test('has one file an entry, and what is not an entry is passed over', () => {
    expect(world.files('home/record')).toEqual(NAMES);
    const at = world.copy();
    at.write('home/record/.00000005.0011223344556677.part', new Uint8Array(9));
    expect(load(at).state.head).toEqual(load(world).state.head);
    expect(append(at, load(at)).state.head.number).toBe(5);
  });

  test.each(NAMES)('with entry %s cut at any byte is refused', (name) => {
    const file = world.read(`home/record/${name}`);
    for (let length = 0; length < file.length; length += 1) {
      expect(verdictOf(() => loadWith(name, file.subarray(0, length)))).toBe('record_damaged');
    }
  });

  test.each(NAMES)('with any byte of entry %s flipped is refused', (name) => {
    const file = world.read(`home/record/${name}`);
    for (let at = 0; at < file.length; at += 1) {
      const flipped = file.slice();
      flipped[at]! ^= 1 << (at % 8);
      expect(verdictOf(() => loadWith(name, flipped))).toBe('record_damaged');
    }
  });

  test('with two entries exchanged, one repeated or one left out is refused', () => {
    const files = NAMES.map((name) => world.read(`home/record/${name}`));
    for (const order of [
      [1, 0, 2, 3],
      [0, 1, 1, 2],
      [0, 2, 3],
      [0, 1, 3],
    ]) {
      const at = world.copy();
      nodeDisk.removeFolder(at.path('home/record'));
      nodeDisk.makeFolder(at.path('home/record'));
      for (const [place, index] of order.entries()) {
        at.write(`home/record/${NAMES[place]}`, files[index]!);
      }
      expect(verdictOf(() => load(at))).toBe('record_damaged');
    }
    const at = world.copy();
    nodeDisk.remove(at.path('home/record/00000002'));
    expect(verdictOf(() => load(at))).toBe('record_damaged');
  });
});

describe('a home', () => {
  const verdict = (at: World): string => verdictOf(() => readHome(nodeDisk, at.home));

  test('whose record is missing or empty is refused', () => {
    for (const isMissing of [true, false]) {
      const at = world.copy();
      // A home that never signed: nothing else tells that entries are gone.
      nodeDisk.removeFolder(at.path('home/requests'));
      nodeDisk.removeFolder(at.path('home/record'));
      if (!isMissing) nodeDisk.makeFolder(at.path('home/record'));
      expect(verdict(at)).toBe('record_damaged');
    }
  });

  test('that released a response beyond the end of its record is refused', async () => {
    const at = world.copy();
    expect(verdict(at)).toBe('accepted');
    nodeDisk.remove(at.path('home/record/00000004'));
    expect(verdict(at)).toBe('record_damaged');
    const slots = bundle(input(SMALL[0]!, 5n), own(SMALL[2]!, 5n));
    const run = await at.sign(seal(requestOf(load(at).state, [slots])), 'other');
    expect(run).toMatchObject({ exit: 4, code: 'record_damaged' });
    expect(nodeDisk.exists(at.path('other'))).toBe(false);
  });

  test('whose record bears the signatures of another signer is refused', () => {
    expect(
      verdictOf(() => loadRecord(nodeDisk, world.path('home/record'), new Uint8Array(32).fill(3))),
    ).toBe('record_damaged');
  });
});

/** An empty folder for a record. */
function emptyFolder(): string {
  const folder = `${temporaryFolder()}/record`;
  nodeDisk.makeFolder(folder);
  return folder;
}

describe('appending', () => {
  test('is refused if the next entry was written, or the last one is gone, since it was read', () => {
    const at = world.copy();
    const loaded = load(at);
    append(at, loaded);
    const entry = at.read('home/record/00000005');
    expect(verdictOf(() => append(at, loaded))).toBe('record_moved');
    expect(at.read('home/record/00000005')).toEqual(entry);
    const shorter = world.copy();
    const before = load(shorter);
    nodeDisk.remove(shorter.path('home/record/00000004'));
    expect(verdictOf(() => append(shorter, before))).toBe('record_damaged');
  });

  test('a batch of 30,000 addresses can be read back', () => {
    const random = seededRandom('many');
    const addresses: IssuedAddress[] = Array.from({ length: 30_000 }, (_, i) => {
      const word = random(48);
      word[0] = 0;
      return { uuid: uuidOf(`many ${i}`), address: wordsToTrytes(word), securityLevel: 1 };
    });
    const folder = emptyFolder();
    const loaded = EMPTY_RECORD;
    const event = issuedEvent(addresses);
    const options = { disk: nodeDisk, folder, loaded, at: NOW, event, addresses, identity: SIGNER };
    expect(appendEntry(options).state.issued.size).toBe(30_000);
  });

  test('what could not be read back is not written', () => {
    const folder = emptyFolder();
    const loaded = EMPTY_RECORD;
    const options = { disk: nodeDisk, folder, loaded, at: NOW, identity: SIGNER };
    const event = { ...issuedEvent(SMALL), count: 3 };
    expect(() => appendEntry({ ...options, event, addresses: SMALL })).toThrow(SignerError);
    expect(() => appendEntry({ ...options, at: 2 ** 60, event: PAIRED, addresses: [] })).toThrow();
    expect(nodeDisk.list(folder)).toEqual([]);
  });

  test('stops before its export outgrows a file, and earlier for addresses than for signing', () => {
    const full = (entries: number, isIssuing: boolean): string => {
      const sealed = { body: new Uint8Array(131_072), signature: new Uint8Array(64) };
      const state = { ...EMPTY_RECORD.state, entries: Array(entries).fill(sealed) };
      const folder = emptyFolder();
      const options = { disk: nodeDisk, folder, loaded: { state, size: 0 }, at: NOW };
      const event = isIssuing ? issuedEvent(SMALL) : voidedEvent;
      const addresses = isIssuing ? SMALL : [];
      return verdictOf(() => appendEntry({ ...options, event, addresses, identity: SIGNER }));
    };
    expect(full(248, false)).toBe('record_full');
    expect(full(216, true)).toBe('record_full');
    expect(full(216, false)).toBe('accepted');
    expect(full(214, true)).toBe('accepted');
  });

  test('stops before the record outgrows what is read, and earlier for addresses than for signing', () => {
    const full = (size: number, isIssuing: boolean): string => {
      const folder = emptyFolder();
      const loaded = { ...EMPTY_RECORD, size };
      const options = { disk: nodeDisk, folder, loaded, at: NOW, identity: SIGNER };
      const event = isIssuing ? issuedEvent(SMALL) : PAIRED;
      return verdictOf(() => appendEntry({ ...options, event, addresses: isIssuing ? SMALL : [] }));
    };
    const mib = 1024 * 1024;
    expect(full(256 * mib - 10, false)).toBe('record_full');
    expect(full(230 * mib, true)).toBe('record_full');
    expect(full(230 * mib, false)).toBe('accepted');
  });
});
