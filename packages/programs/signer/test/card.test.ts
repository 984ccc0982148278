/** `card` and `pair`: who is trusted, after whose words. */

import {
  fingerprintWords,
  type Identity,
  openPairingCard,
  type PairingCard,
  sealPairingCard,
} from '@airlock/gap';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { nodeDisk } from '../src/disk.ts';
import {
  COLD,
  COORDINATOR,
  KEYRING,
  makeWorld,
  type Run,
  removeTemporaryFolders,
  SIGNER,
  STRANGER,
  type World,
} from './world.ts';

let world: World;

beforeAll(async () => {
  world = await makeWorld();
});

afterAll(removeTemporaryFolders);

type Card = Omit<PairingCard, 'publicKey'>;
const DESK: Card = { role: 'coordinator', network: 'private', label: 'Desk 2', keyring: null };
const COLD_KEYRING = { ...KEYRING, id: `kr_${'c'.repeat(32)}` };
const VAULT: Card = { role: 'signer', network: 'private', label: 'Cold', keyring: COLD_KEYRING };

const lastWords = (identity: Identity): string =>
  fingerprintWords(identity.publicKey).slice(4).join(' ');

async function pair(at: World, card: Card, identity: Identity): Promise<Run> {
  const path = at.write('card', sealPairingCard(card, identity));
  return at.run('pair', '--card', path, '--confirm', lastWords(identity));
}

test("the signer's card shows its key, its keyring and all eight words, and is written once", async () => {
  const at = world.copy();
  const out = at.path('own.card');
  const run = await at.run('card', '--out', out, '--label', 'Vault 1');
  expect(openPairingCard(at.read('own.card'))).toEqual({
    role: 'signer',
    publicKey: SIGNER.publicKey,
    network: 'private',
    label: 'Vault 1',
    keyring: KEYRING,
  });
  const words = fingerprintWords(SIGNER.publicKey).join(' ').toUpperCase();
  expect(run.out.join('\n')).toContain(words);
  expect((await at.run('inspect', out)).out.join('\n')).toContain(words);
  expect((await at.run('card', '--out', out, '--label', 'Vault 1')).exit).toBe(0);
  expect((await at.run('card', '--out', out, '--label', 'Vault 2')).code).toBe('file_exists');
});

test('a coordinator and a cold keyring are paired after the words, once', async () => {
  const at = world.copy();
  for (const [card, identity] of [
    [DESK, STRANGER],
    [VAULT, COLD],
  ] as const) {
    expect((await pair(at, card, identity)).exit).toBe(0);
    expect(await pair(at, card, identity)).toMatchObject({ exit: 3, code: 'already_paired' });
  }
  expect([...at.state().peers.values()].map(({ role }) => role)).toEqual([
    'coordinator',
    'coordinator',
    'signer',
  ]);
});

test('a peer can be revoked, by a prefix that names one key only, and paired again', async () => {
  const at = world.copy();
  const key = Buffer.from(COORDINATOR.publicKey).toString('hex');
  const why = async (digits: string): Promise<string> => {
    const { code, note } = await at.run('pair', '--revoke', digits);
    expect(code).toBe('not_paired');
    return note.join('\n');
  };
  expect(await why(key.slice(0, 7))).toContain(`got "${key.slice(0, 7)}" (7 characters)`);
  expect(await why('0000000000')).toContain('begins with 0000000000, but 0 of 1 do\n');
  expect((await at.run('pair', '--revoke', key.toUpperCase())).exit).toBe(0);
  expect(await why(key.slice(0, 8))).toContain('but 0 of 0 do; 1 that did was revoked');
  expect(at.state().peers.size).toBe(0);
  expect((await at.run('pair', '--revoke', key)).code).toBe('not_paired');
  expect((await pair(at, DESK, COORDINATOR)).exit).toBe(0);
  expect(at.state().peers.size).toBe(1);
});

test('cards of other roles, networks and of this very keyring are refused', async () => {
  const at = world.copy();
  const officer: Card = { ...DESK, role: 'officer' };
  expect((await pair(at, officer, STRANGER)).code).toBe('role_unsupported');
  expect((await pair(at, { ...DESK, role: 'exchange' }, STRANGER)).code).toBe('role_unsupported');
  expect((await pair(at, { ...DESK, network: 'mainnet' }, STRANGER)).code).toBe('wrong_network');
  // Else its own addresses would pass as those of a cold keyring.
  const own: Card = { ...VAULT, keyring: KEYRING };
  expect((await pair(at, own, SIGNER)).code).toBe('wrong_keyring');
  expect((await pair(at, own, STRANGER)).code).toBe('wrong_keyring');
  expect(at.head()).toEqual(world.head());
});

test('the other words of a card stand nowhere on this side before it is paired', async () => {
  const at = world.copy();
  for (const [card, identity] of [
    [DESK, STRANGER],
    [VAULT, COLD],
  ] as const) {
    const path = at.write('card', sealPairingCard(card, identity));
    const runs = [
      await at.run('inspect', path),
      await at.run('inspect', path, '--json'),
      await at.run('pair', '--card', path),
      await at.run('pair', '--card', path, '--confirm', 'able acid also apex'),
    ];
    expect(runs.map(({ code }) => code)).toEqual([
      '',
      '',
      'confirmation_required',
      'confirmation_wrong',
    ]);
    const shown = runs
      .flatMap(({ out, note }) => [...out, ...note])
      .join('\n')
      .toLowerCase();
    const words = fingerprintWords(identity.publicKey);
    expect(shown).toContain(words.slice(0, 4).join(' '));
    for (const word of words.slice(4)) expect(shown).not.toMatch(new RegExp(`\\b${word}\\b`));
  }
  expect(at.head()).toEqual(world.head());
});

test('a card with an escape in its label, a changed byte or another key is not opened', async () => {
  const at = world.copy();
  const unprintable = sealPairingCard({ ...DESK, label: '\u001b[2J' }, STRANGER);
  const changed = sealPairingCard(DESK, STRANGER);
  changed[changed.length - 1]! ^= 1;
  for (const [file, code] of [
    [unprintable, 'field_range'],
    [changed, 'signature_invalid'],
  ] as const) {
    const path = at.write('card', file);
    const run = await at.run('pair', '--card', path, '--confirm', lastWords(STRANGER));
    expect(run).toMatchObject({ exit: 3, code });
    expect(run.note.join('')).not.toContain('\u001b');
  }
  expect(nodeDisk.exists(at.path('home/lock'))).toBe(false);
});
