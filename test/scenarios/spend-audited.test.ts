/**
 * What a signer's `spend` wrote, judged by the auditor from the files alone; and a second copy of the
 * home that spends the same key to somebody else. The auditor runs as it is built.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sealAddressBatch, sealPairingCard } from '@airlock/gap';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  OTHER_PAYEE,
  SLIP,
  spend,
  target,
  trytesOf,
} from '../../packages/programs/signer/test/alone.ts';
import {
  COORDINATOR,
  KEYRING,
  KEYS,
  k0,
  level3,
  makeWorld,
  removeTemporaryFolders,
  SIGNER,
  temporaryFolder,
  World,
} from '../../packages/programs/signer/test/world.ts';

const AUDITOR = new URL('../../dist/airlock-audit.mjs', import.meta.url).pathname;

let signer: World;
let kept: string;

const keep = (name: string, bytes: Uint8Array): void => writeFileSync(join(kept, name), bytes);

beforeAll(async () => {
  signer = await makeWorld();
  kept = join(temporaryFolder(), 'kept');
  mkdirSync(kept);
  const keyringId = KEYRING.id;
  const network = 'private';
  const signerCard = { role: 'signer', network, label: 'vault', keyring: KEYRING } as const;
  const card = { role: 'coordinator', network, label: 'hub', keyring: null } as const;
  keep('signer.card', sealPairingCard(signerCard, SIGNER));
  keep('coordinator.card', sealPairingCard(card, COORDINATOR));
  const batch = { addresses: KEYS, number: 1, identity: SIGNER, keyringId, network } as const;
  keep('batch', sealAddressBatch(batch));
  keep('slip', SLIP);
});

afterAll(removeTemporaryFolders);

interface Audited {
  readonly status: number | null;
  readonly out: string;
}

function audit(...args: readonly string[]): Audited {
  const { status, stdout } = spawnSync(process.execPath, [AUDITOR, ...args], { encoding: 'utf8' });
  return { status, out: stdout };
}

test('the file of a real spend, with its record, is all good', async () => {
  const copy = new World(temporaryFolder());
  cpSync(signer.home, copy.home, { recursive: true });
  const inputs = [target(level3.address, 1000n), target(k0.address, 1000n)];
  const run = await spend(signer, { inputs, more: ['--tag', 'COLD'] });
  expect(run).toMatchObject({ exit: 0, code: '' });
  keep('spend', signer.read('trytes'));
  expect(await signer.run('record', '--out', signer.path('record'))).toMatchObject({ exit: 0 });
  keep('record', signer.read('record'));
  const { status, out } = audit('verify', kept);
  expect(out).toContain(
    `bundle ${trytesOf(signer).bundleHash}, made by the signer without a request`,
  );
  expect(out).toContain('ALL GOOD: 6 files, no findings');
  expect(out).toContain('2 one-time signatures, all resolve to their addresses');
  expect(status).toBe(0);

  // The copy of the home, which should have been destroyed, pays the same money to somebody else.
  const payees = [target(OTHER_PAYEE)];
  expect(await spend(copy, { inputs, payees })).toMatchObject({ exit: 0, code: '' });
  keep('spend of the copy', copy.read('trytes'));
  const again = audit('verify', '--json', kept);
  expect(again.status).toBe(1);
  const { findings } = JSON.parse(again.out) as { findings: { code: string }[] };
  expect(findings.map(({ code }) => code).sort()).toEqual([
    'key_two_hashes',
    'key_two_hashes',
    'record_fork',
  ]);
});
