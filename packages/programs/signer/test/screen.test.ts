/** What the officer reads before a signature, word for word, and what he must not be able to read here. */

import { openSigningRequest, type RequestSlot, type SigningRequest, wordsOf } from '@airlock/gap';
import { checksumOf, formatAmount } from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { formatAddress, formatTime, requestScreen } from '../src/screen.ts';
import {
  addEntry,
  addressOf,
  bundle,
  COLD,
  COORDINATOR,
  cold,
  input,
  KEYRING,
  KEYS,
  makeWorld,
  newState,
  own,
  pay,
  removeTemporaryFolders,
  requestOf,
  review,
  SIGNER,
  seal,
  type World,
} from './world.ts';

const key = (index: number): (typeof KEYS)[number] => KEYS[index]!;
const REQUEST_ID = `sr_${'5'.repeat(32)}`;

const sweeps = (): RequestSlot[][] => [
  bundle(
    input(key(0), 2_500_000n),
    input(key(38), 1_000n),
    { ...pay(1, 1_234_567n), tag: TAG, obsoleteTag: TAG },
    pay(2, 500_000n, addressOf('Q')),
    own(key(2), 766_433n),
  ),
  bundle(input(key(3), 7n), own(key(4), 7n)),
];

const fixedRequest = (state: Parameters<typeof requestOf>[0]): SigningRequest =>
  requestOf(state, sweeps(), { requestId: REQUEST_ID });

let world: World;
let file: Uint8Array;
let words: string[];

beforeAll(async () => {
  world = await makeWorld();
  file = seal(fixedRequest(world.state()));
  words = wordsOf(openSigningRequest(file, [COORDINATOR.publicKey]).digest);
});

const TAG = 'EXCHANGE'.padEnd(27, '9');

afterAll(removeTemporaryFolders);

const screenOf = async (): Promise<string> => {
  const at = world.copy();
  return (await at.run('sign', at.write('r', file), '--out', at.path('o'))).note.join('\n');
};

describe("the officer's screen", () => {
  test('shows a request of two withdrawals, a remainder and two sweeps like this', async () => {
    const hashes = review(world.state(), fixedRequest(world.state())).bundles.map((b) => b.hash);
    const rule = '─'.repeat(78);
    const [p, q] = ['P', 'Q'].map((letter) => `${letter.repeat(9)} `.repeat(4) + letter.repeat(9));
    const tail = (letter: string): string =>
      `${`${letter.repeat(9)} `.repeat(3)}${letter.repeat(8)}9`;
    const short = (index: number): string => `${key(index).address.slice(0, 18)}…`;
    expect((await screenOf()).split('\n').slice(0, -2)).toEqual([
      rule,
      `TO BE SIGNED by keyring ${KEYRING.id} on network PRIVATE`,
      `Request ${REQUEST_ID}, sequence 1, made 2026-11-23 09:59:00 UTC by the coordinator's clock`,
      `Words of this request: ${words.slice(0, 4).join(' ').toUpperCase()} · ____ ____ ____ ____`,
      rule,
      '  spent from own addresses  2,501,007 i (2.501007 Mi)',
      '  back to own addresses     766,440 i (766.44 Ki)',
      '  to other own keyrings     0 i',
      '  WITHDRAWALS, to others    1,734,567 i (1.734567 Mi)',
      rule,
      'Paid to addresses that are not ours: read each in full',
      '    1. 1,234,567 i (1.234567 Mi)',
      `       to ${p}`,
      `          ${tail('P')} ${checksumOf(addressOf('P'))}  (last group: checksum)`,
      '       withdrawal 00000000-0000-4000-8000-000000000001, tag EXCHANGE',
      '    2. 500,000 i (500 Ki)',
      `       to ${q}`,
      `          ${tail('Q')} ${checksumOf(addressOf('Q'))}  (last group: checksum)`,
      '       withdrawal 00000000-0000-4000-8000-000000000002',
      rule,
      `Sweep 1 of 2, bundle ${hashes[0]}`,
      `  spends 2,500,000 i (2.5 Mi) of ${short(0)} (level 1, 0 stays behind)`,
      `  spends 1,000 i (1 Ki) of ${short(38)} (level 2, 0 stays behind)`,
      '  pays   1,234,567 i (1.234567 Mi) to   PPPPPPPPPPPPPPPPPP… (listed above)',
      '  pays   500,000 i (500 Ki) to   QQQQQQQQQQQQQQQQQQ… (listed above)',
      `  keeps  766,433 i (766.433 Ki) on   ${short(2)} (own: issued by this record, never signed)`,
      `Sweep 2 of 2, bundle ${hashes[1]}`,
      `  spends 7 i of ${short(3)} (level 1, 0 stays behind)`,
      `  keeps  7 i on   ${short(4)} (own: issued by this record, never signed)`,
      rule,
    ]);
  });

  test('shows four words of the request; the other four stand nowhere on this side', async () => {
    const at = world.copy();
    const path = at.write('r', file);
    const runs = [
      await at.run('sign', path, '--out', at.path('o')),
      await at.run('sign', path, '--out', at.path('o'), '--confirm', 'able acid also apex'),
      await at.run('inspect', path),
      await at.run('inspect', path, '--json'),
      await at.sign(file, 'x', '--json'),
      await at.sign(file, 'x', '--json'),
      await at.run('record', '--json'),
      await at.run('status', '--json'),
    ];
    for (const { out, note } of runs) {
      // Trytes, hexadecimal and base64 are no words.
      const shown =
        [...out, ...note]
          .join('\n')
          .toLowerCase()
          .match(/\b[a-z]{4}\b/g) ?? [];
      for (const word of words.slice(4)) {
        if (!words.slice(0, 4).includes(word)) expect(shown).not.toContain(word);
      }
    }
    expect(runs[0]!.note.join('\n').toLowerCase()).toContain(words.slice(0, 4).join(' '));
    expect(JSON.parse(runs[3]!.out.join(''))).toMatchObject({ digestWords: words.slice(0, 4) });
  });

  test('adds a class of its own for cold outputs, and says when nothing leaves the house', () => {
    const state = newState();
    addEntry(state, { kind: 'paired', role: 'signer', publicKey: COLD.publicKey });
    const reviewed = review(state, requestOf(state, [bundle(input(key(0), 9n), cold(9n))]));
    const header = {
      version: 1,
      keyring: KEYRING,
      network: 'private' as const,
      publicKey: SIGNER.publicKey,
      kdf: { timeCost: 1, memoryKib: 8, salt: new Uint8Array(16) },
    };
    const text = requestScreen({ header, record: { state, size: 0 } }, reviewed).join('\n');
    expect(text).toContain('to other own keyrings     9 i');
    expect(text).toContain('none: nothing leaves the house');
    expect(text).toContain('stores 9 i on');
    expect(text).not.toContain('PRACTICE');
    const practice = { ...header, keyring: { ...KEYRING, practice: true } };
    expect(requestScreen({ header: practice, record: { state, size: 0 } }, reviewed)[1]).toContain(
      'PRACTICE SIGNER',
    );
  });

  test('groups an address in nines, the checksum last', () => {
    const address = addressOf('A');
    expect(formatAddress(address).join(' ').replaceAll(' ', '')).toBe(
      address + checksumOf(address),
    );
    expect(formatTime(0)).toBe('1970-01-01 00:00:00 UTC');
    expect(formatAmount(0n)).toBe('0 i');
  });
});
