/**
 * UUIDs that are erased are gone: from every file under the data folder and every copy made later, whatever
 * reads the store meanwhile, and after a crash between the erasure and the purge.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCustodySlip } from '@airlock/gap';
import { withChecksum } from '@airlock/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { takeReceipt } from '../src/cold/custody.ts';
import type { AddressRow } from '../src/ledger/rows.ts';
import { openLevelStore } from '../src/store/level-store.ts';
import type { Store } from '../src/store/store.ts';
import { purgeErased } from '../src/vault.ts';
import { hubMoney, receiptFor, setAside } from './cold.ts';
import { screenOf } from './screen.ts';
import { type Api, serveApi } from './served.ts';
import { HonestSigner } from './signer.ts';
import {
  createUser,
  openWorld,
  pairedWorld,
  type ServedNode,
  serveNode,
  type World,
} from './world.ts';

let served: ServedNode;
let folder: string;
let store: Store;
let world: World;
let api: Api;
let number = 40;

beforeAll(async () => {
  served = await serveNode();
});
afterAll(() => served.close());
beforeEach(async () => {
  number += 1;
  folder = mkdtempSync(join(tmpdir(), 'airlock-erasure-'));
  store = await openLevelStore(join(folder, 'data'));
  world = await pairedWorld({ node: served.node, store, signer: new HonestSigner({ number }) }, 60);
  api = await serveApi(world);
});
afterEach(async () => {
  await api.close();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Files below a folder that hold any 24 characters of a text. */
function filesWith(path: string, text: string): string[] {
  const parts = Array.from({ length: text.length - 23 }, (_, at) => text.slice(at, at + 24));
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => {
    if (!statSync(join(path, name)).isFile()) return false;
    const bytes = readFileSync(join(path, name)).toString('latin1');
    return parts.some((part) => bytes.includes(part));
  });
}

const copy = (name: string): string => {
  const path = join(folder, name);
  mkdirSync(path);
  for (const file of readdirSync(join(folder, 'data'))) {
    // One that is deleted meanwhile is in no copy.
    const from = join(folder, 'data', file);
    if (existsSync(from)) copyFileSync(from, join(path, file));
  }
  return path;
};

/** The addresses' UUIDs, from their slip. */
async function slipOf(rows: readonly AddressRow[]): Promise<{ id: string; uuids: string[] }> {
  const id = await setAside(
    world,
    rows.map(({ address }) => withChecksum(address)),
  );
  const file = (await api.call('getCustodySlip', { params: { id } })).body;
  const { slip } = openCustodySlip(file, [world.coordinator.identity.publicKey]);
  return { id, uuids: slip.addresses.map(({ uuid }) => uuid) };
}

test('no file holds an erased UUID, with an iterator open, a stream read and the folder copied meanwhile', async () => {
  const rows = await hubMoney(world, served, [10n, 20n, 30n]);
  const { id, uuids } = await slipOf(rows.slice(0, 2));
  const kept = await slipOf(rows.slice(2));
  // Parts of it came by light, too, and are in the store until their transfer is complete.
  const { texts } = screenOf(await world.signer.batch(30), 9);
  await api.call('importFrames', { body: { frames: texts.slice(0, 5) } });
  for (const uuid of uuids) expect(filesWith(folder, uuid)).not.toEqual([]);

  const iterator = store.entries({ from: '', to: '\uffff' })[Symbol.asyncIterator]();
  await iterator.next();
  const stop = new AbortController();
  const headers = { authorization: `Bearer ${api.keys.exchange}` };
  const stream = await fetch(`${api.url}/v1/events/stream?after=0`, {
    headers,
    signal: stop.signal,
  });
  const reader = stream.body!.getReader();
  await reader.read();
  let copies = 0;
  const copying = setInterval(() => {
    copies += 1;
    copy(`backup-${copies}`);
  }, 5);
  await takeReceipt(world.coordinator, receiptFor(world, id));
  clearInterval(copying);

  const later = copy('later');
  for (const uuid of uuids) {
    expect(filesWith(join(folder, 'data'), uuid)).toEqual([]);
    expect(filesWith(later, uuid)).toEqual([]);
  }
  // Of the others nothing is lost, the iterator goes on, and the journal says nothing of a UUID.
  for (const uuid of kept.uuids) expect(filesWith(later, uuid)).not.toEqual([]);
  let entries = 1;
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
    entries += 1;
  }
  expect(entries).toBeGreaterThan(60);
  const events = JSON.stringify(
    (await api.call('listEvents', { query: '?after=0&limit=1000' })).body,
  );
  for (const uuid of uuids) expect(events).not.toContain(uuid);
  stop.abort();
}, 60_000);

test('a crash between erasure and purge is made good when the store is opened again', async () => {
  const rows = await hubMoney(world, served, [10n]);
  const { id, uuids } = await slipOf(rows);
  const [uuid] = uuids as [string];
  const crashed = { ...store, purge: () => Promise.reject(new Error('killed')) };
  const coordinator = { ...world.coordinator, store: crashed };
  await expect(takeReceipt(coordinator, receiptFor(world, id))).rejects.toThrow('killed');
  expect(filesWith(join(folder, 'data'), uuid)).not.toEqual([]);
  await createUser(world, 'bob');
  await openWorld({ node: served.node, store, signer: world.signer });
  expect(filesWith(join(folder, 'data'), uuid)).toEqual([]);
  // It is done once.
  await purgeErased({ ...store, purge: () => Promise.reject(new Error('again')) });
});
