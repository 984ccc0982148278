/** A failed fsync, a full disk and a read-only disk at every call of `sign`: nothing leaves unrecorded. */
import { fingerprintWords, openAddressBatch, sealPairingCard } from '@airlock/gap';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { COORDINATOR, SIGNER } from '../../../packages/programs/signer/test/world.ts';
import { createRandom } from '../decoders/random.ts';
import { type Asked, CoordinatorModel } from './coordinator-model.ts';
import { type Plan, type Primitive, SimulatedFileSystem } from './simulated-file-system.ts';
import { HOME, SimulatedMachine, stickPath } from './simulated-machine.ts';
import { Truth } from './truth.ts';

const OUT = stickPath('response');
const REQUEST = stickPath('request');

let sound: SimulatedMachine;
let asked: Asked;
let calls: readonly Primitive[];

const signArgs = (): string[] => ['sign', REQUEST, '--out', OUT, '--confirm', asked.confirm];

beforeAll(async () => {
  sound = new SimulatedMachine('sound');
  await sound.makeHome();
  const card = { role: 'coordinator', network: 'private', label: '', keyring: null } as const;
  sound.fs.tree.put(stickPath('card'), sealPairingCard(card, COORDINATOR));
  const confirm = fingerprintWords(COORDINATOR.publicKey).slice(4).join(' ');
  await sound.run(HOME, ['pair', '--card', stickPath('card'), '--confirm', confirm]);
  await sound.run(HOME, ['addresses', '--count', '2', '--out', stickPath('batch')]);
  const batch = sound.disk.read(stickPath('batch'), 2 ** 20) ?? new Uint8Array();
  const coordinator = new CoordinatorModel(createRandom(1));
  coordinator.importBatch(openAddressBatch(batch, SIGNER.publicKey).addresses);
  asked = coordinator.ask();
  sound.fs.tree.put(REQUEST, asked.file);
  calls = await sound.rehearse(HOME, signArgs());
});

/** Signs on a disk that fails so, and then again on a sound one. */
async function failAndRepeat(plan: Plan): Promise<void> {
  const machine = new SimulatedMachine('failing', new SimulatedFileSystem(sound.fs.tree.clone()));
  const truth = new Truth();
  truth.register(asked);
  machine.fs.onCall = ({ bytes }) => {
    if (bytes !== undefined) truth.observe('signer', bytes, () => machine.durableState(HOME));
  };
  const failed = await machine.run(HOME, signArgs(), plan);
  expect(failed).toMatchObject({ exit: 5, code: 'disk_failed' });
  const released = machine.disk.read(OUT, 2 ** 20);
  if (released !== null) expect(machine.durableState(HOME).head.number).toBe(4);
  machine.restart(HOME, null);
  expect(await machine.run(HOME, signArgs())).toMatchObject({ exit: 0, code: '' });
  expect(machine.state(HOME).head.number).toBe(4);
  if (released !== null) expect(machine.disk.read(OUT, 2 ** 20)).toEqual(released);
  expect(truth.violations).toEqual([]);
  expect(truth.hashesOf.size).toBe(1);
}

const placesOf = (primitive: Primitive): number[] =>
  calls.flatMap((call, index) => (call === primitive ? [index + 1] : []));

describe('signing ends with disk_failed, and the repetition succeeds', () => {
  test('whichever fsync fails, of a file or of a folder', async () => {
    const places = placesOf('fsync');
    expect(places).toHaveLength(13);
    for (const at of places) await failAndRepeat({ kind: 'error', at, code: 'EIO', lasts: false });
  }, 60_000);

  test('wherever the disk fills up, with a part of the bytes taken', async () => {
    const places = placesOf('write');
    expect(places).toHaveLength(5);
    for (const at of places) {
      await failAndRepeat({ kind: 'error', at, code: 'ENOSPC', lasts: true });
    }
  }, 60_000);

  test('where the disk is or becomes read-only', async () => {
    for (const at of [1, ...placesOf('link')]) {
      await failAndRepeat({ kind: 'error', at, code: 'EROFS', lasts: true });
    }
  }, 60_000);
});

test('a full disk while a refusal is logged: exit 5, and the head stays', async () => {
  const machine = new SimulatedMachine('full', new SimulatedFileSystem(sound.fs.tree.clone()));
  machine.fs.tree.put(REQUEST, new Uint8Array(10));
  const at = (await machine.rehearse(HOME, signArgs())).lastIndexOf('write') + 1;
  const plan: Plan = { kind: 'error', at, code: 'ENOSPC', lasts: true };
  const failed = await machine.run(HOME, signArgs(), plan);
  expect(failed).toMatchObject({ exit: 5, code: 'disk_failed', met: 'write' });
  expect(machine.state(HOME).head.number).toBe(3);
});
