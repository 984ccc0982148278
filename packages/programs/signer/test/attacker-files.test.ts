/**
 * As someone would write it who owns the coordinator's key and the stick: files that are forged, mixed
 * up, exchanged while the officer reads, or junk; and texts that try to write on the officer's screen.
 */
import {
  type CborValue,
  decodeCbor,
  encodeCbor,
  openEnvelope,
  openSigningRequest,
  openSigningResponse,
  type RequestSlot,
  sealEnvelope,
  sealPairingCard,
  Tagged,
  wordsOf,
} from '@airlock/gap';
import { plainArgon2 } from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCli } from '../src/cli.ts';
import { type Disk, nodeDisk } from '../src/disk.ts';
import { expectRefused, wordsToType } from './attack.ts';
import { give, HOME, makeMemoryHome, OUT, runIn, stateOf } from './memory-home.ts';
import { voidOf } from './voids.ts';
import {
  bundle,
  COLD,
  COORDINATOR,
  input,
  issuedEvent,
  KEYS,
  makeWorld,
  NOW,
  own,
  PAIRED,
  pay,
  QUIET,
  removeTemporaryFolders,
  requestOf,
  SIGNER,
  SILENT,
  STRANGER,
  seal,
  seededRandom,
  type World,
} from './world.ts';

const key = (index: number): (typeof KEYS)[number] => KEYS[index]!;
const payment = (from: number): RequestSlot[] =>
  bundle(input(key(from), 5n), pay(from, 3n), own(key(from + 20), 2n));

/** A home that is also paired with the cold keyring of COLD. */
let world: World;

beforeAll(async () => {
  world = await makeWorld({
    events: [
      [PAIRED, []],
      [issuedEvent(KEYS), KEYS],
      [{ kind: 'paired', role: 'signer', publicKey: COLD.publicKey }, []],
    ],
  });
});

afterAll(removeTemporaryFolders);

const requestFor = (at: World, from = 0): Uint8Array =>
  seal(requestOf(at.state(), [payment(from)]));

type Parts = readonly [Uint8Array, CborValue, Uint8Array, readonly CborValue[]];
const partsOf = (file: Uint8Array): Parts => (decodeCbor(file) as Tagged).value as unknown as Parts;
const fileOf = (parts: readonly CborValue[]): Uint8Array => encodeCbor(new Tagged(98n, parts));

describe('a forged signature', () => {
  const payload = (): Uint8Array => openEnvelope(requestFor(world)).payload;
  type Forgery = readonly [string, string, () => Uint8Array];
  test.each<Forgery>([
    [
      'of an unknown key',
      'key_unknown',
      () => sealEnvelope('signing-request', payload(), [STRANGER]),
    ],
    [
      'of the signer itself',
      'key_unknown',
      () => sealEnvelope('signing-request', payload(), [SIGNER]),
    ],
    [
      'of a paired cold keyring, which is no coordinator',
      'key_unknown',
      () => sealEnvelope('signing-request', payload(), [COLD]),
    ],
    [
      'beside the right one',
      'key_unknown',
      () => sealEnvelope('signing-request', payload(), [COORDINATOR, STRANGER]),
    ],
    [
      'of another message',
      'signature_invalid',
      () => {
        const [header, empty, body] = partsOf(requestFor(world));
        return fileOf([header, empty, body, partsOf(requestFor(world, 1))[3]]);
      },
    ],
    [
      'of the same bytes as another type of message',
      'signature_invalid',
      () => {
        const [, , body, signatures] = partsOf(
          sealEnvelope('void-request', payload(), [COORDINATOR]),
        );
        const [header, empty] = partsOf(requestFor(world));
        return fileOf([header, empty, body, signatures]);
      },
    ],
    ['of a void', 'type_unexpected', () => voidOf(requestFor(world))],
    [
      'over a payload that was changed',
      'signature_invalid',
      () => {
        const [header, empty, body, signatures] = partsOf(requestFor(world));
        const changed = body.slice();
        changed[changed.length - 40]! ^= 1;
        return fileOf([header, empty, changed, signatures]);
      },
    ],
  ])('%s: %s', async (_name, code, forge) => {
    await expectRefused(world, forge(), { code });
  });

  test('of a coordinator that was revoked: key_unknown, for requests and for voids', async () => {
    const at = world.copy();
    const file = requestFor(at);
    const prefix = Buffer.from(COORDINATOR.publicKey).toString('hex').slice(0, 8);
    expect((await at.run('pair', '--revoke', prefix)).exit).toBe(0);
    await expectRefused(at, file, { code: 'key_unknown' });
    await expectRefused(at, voidOf(file), { code: 'key_unknown', command: 'void' });
  });
});

describe('a void that lies', () => {
  test('about a request that was signed: request_signed', async () => {
    const at = world.copy();
    const file = requestFor(at);
    expect((await at.sign(file)).exit).toBe(0);
    await expectRefused(at, voidOf(file), { code: 'request_signed', command: 'void' });
    const named = { requestDigest: 'ab'.repeat(32), expectedHead: at.head() };
    const other = voidOf(file, named);
    await expectRefused(at, other, { code: 'sequence_reused', command: 'void' });
  });

  test('about keyring, network, head or sequence: by the code of each', async () => {
    const file = requestFor(world);
    const { head } = world.state();
    const cases = {
      wrong_keyring: { keyringId: `kr_${'0'.repeat(32)}` },
      wrong_network: { network: 'mainnet' },
      sequence_leaps: { sequence: 2 ** 40 },
      signer_behind: { expectedHead: { number: head.number + 3, hash: head.hash } },
      record_forked: { expectedHead: { number: 1, hash: 'ab'.repeat(32) } },
    } as const;
    for (const [code, changes] of Object.entries(cases)) {
      await expectRefused(world, voidOf(file, changes), { code, command: 'void' });
    }
    await expectRefused(world, file, { code: 'type_unexpected', command: 'void' });
  });
});

describe('a file that changes between reading and signing', () => {
  /** Runs `sign` with an officer who types these words, after `onAsk` had its way. */
  const signWith = async (
    at: World,
    { disk, typed, onAsk }: { disk: Disk; typed: string; onAsk: () => void },
  ): Promise<{ exit: number; shown: string }> => {
    const notes: string[] = [];
    const place = ['--home', at.home, '--passphrase-file', at.path('passphrase')];
    const exit = await runCli([...place, 'sign', at.path('request'), '--out', at.path('out')], {
      disk,
      now: () => NOW,
      random: seededRandom('officer'),
      argon2: plainArgon2,
      system: QUIET,
      selfTest: async () => undefined,
      terminal: {
        ...SILENT,
        note: (line) => notes.push(line),
        ask: async () => {
          onAsk();
          return typed;
        },
      },
    });
    return { exit, shown: notes.join('\n') };
  };

  const digestOfRequest = (file: Uint8Array): string =>
    openSigningRequest(file, [COORDINATOR.publicKey]).digest;

  const expectSigned = (at: World, shown: string, file: Uint8Array): void => {
    const digest = digestOfRequest(file);
    expect(shown).toContain(wordsOf(digest).slice(0, 4).join(' ').toUpperCase());
    const response = openSigningResponse(at.read('out'), SIGNER.publicKey);
    expect(response.requestDigest).toBe(digest);
    expect(response.results.map(({ bundleHash }) => bundleHash)).toEqual(
      [...shown.matchAll(/Sweep \d of \d, bundle (\w+)/g)].map(([, hash]) => hash),
    );
    expect(at.read('home/requests/00000005.request')).toEqual(file);
  };

  test('on a stick that gives other bytes the second time: what was shown is signed', async () => {
    const at = world.copy();
    const [good, evil] = [requestFor(at, 0), requestFor(at, 1)];
    const path = at.write('request', good);
    let reads = 0;
    const read: Disk['read'] = (from, max) => {
      if (from !== path) return nodeDisk.read(from, max);
      reads += 1;
      return reads === 1 ? good : evil;
    };
    const disk = { ...nodeDisk, read };
    const { exit, shown } = await signWith(at, { disk, typed: wordsToType(good), onAsk: () => {} });
    expect(exit).toBe(0);
    expect(reads).toBe(1);
    expectSigned(at, shown, good);
  });

  test('while the officer types: what was shown is signed', async () => {
    const at = world.copy();
    const [good, evil] = [requestFor(at, 0), requestFor(at, 1)];
    at.write('request', good);
    const onAsk = (): void => void at.write('request', evil);
    const { exit, shown } = await signWith(at, { disk: nodeDisk, typed: wordsToType(good), onAsk });
    expect(exit).toBe(0);
    expect(at.read('request')).toEqual(evil);
    expectSigned(at, shown, good);
  });

  test('and whose words are those of the other one: confirmation_wrong, nothing signed', async () => {
    const at = world.copy();
    const [good, evil] = [requestFor(at, 0), requestFor(at, 1)];
    at.write('request', good);
    const onAsk = (): void => void at.write('request', evil);
    const typed = wordsToType(evil);
    const { exit, shown } = await signWith(at, { disk: nodeDisk, typed, onAsk });
    expect(exit).toBe(2);
    expect(shown).toContain('refused (confirmation_wrong)');
    expect(at.head()).toEqual(world.head());
    expect(nodeDisk.exists(at.path('out'))).toBe(false);
  });
});

test('a thousand junk files move nothing, keep the log short, and the home signs afterwards', async () => {
  const home = makeMemoryHome();
  const log = `${HOME}/refusals.log`;
  const cap = 262_144;
  // Near its cap from an earlier flood.
  home.replace(log, new Uint8Array(200_000).fill(10));
  const { head } = stateOf(home);
  const sound = seal(requestOf(stateOf(home), [payment(0)]));
  const bytes = seededRandom('junk');
  for (let count = 0; count < 1_000; count += 1) {
    const noise = bytes(1 + (count % 300));
    const junk = [
      noise,
      sound.slice(0, noise.length),
      sealEnvelope('signing-request', noise, [COORDINATOR]),
      sealEnvelope('signing-request', noise, [STRANGER]),
    ][count % 4]!;
    home.replace('/stick/junk', junk);
    const shown = await runIn(home, ['sign', '/stick/junk', '--out', OUT, '--confirm', 'x']);
    expect(shown).toMatch(/^refused \((cbor|envelope|key|field)_\w+\)/);
    expect(home.files.get(log)!.length).toBeLessThan(cap + 200);
  }
  expect(stateOf(home).head).toEqual(head);
  expect(home.list(`${HOME}/requests`)).toEqual([]);
  expect(home.list(HOME)).toEqual(['refusals.log', 'secret']);
  expect((await give(home, { command: 'sign', file: sound })).code).toBe('');
}, 180_000);

describe("the officer's screen", () => {
  const ESCAPE = '\u001b[2J\u001b[1;1H';
  const HOSTILE = [
    ESCAPE,
    '\u009b2J',
    '\u0007',
    '\r',
    '\t',
    '\u007f',
    '\u202e',
    '\u2066',
    '\u2028',
  ];
  // Line feeds separate lines; everything else of these could move the cursor or turn the writing.
  const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
  const expectClean = ({ out, note, exit }: Awaited<ReturnType<World['run']>>): void => {
    expect(exit).not.toBe(0);
    expect([...out, ...note].join('\n')).not.toMatch(CONTROL);
    expect([...out, ...note].length).toBeGreaterThan(0);
  };

  test.each(HOSTILE.map((text) => [JSON.stringify(text), text]))(
    'shows no %s of a file name, a path or an argument',
    async (_name, text) => {
      const name = `re${text}quest`;
      const path = world.write(name, 'junk');
      const out = world.path('out');
      for (const json of [[], ['--json']]) {
        expectClean(await world.run('sign', path, '--out', out, ...json));
        expectClean(await world.run('void', path, '--out', out, ...json));
        expectClean(await world.run('inspect', path, ...json));
        expectClean(await world.run('pair', '--card', path, ...json));
        expectClean(await world.run('sign', world.path(`no ${text}`), '--out', out, ...json));
        expectClean(await world.run('sign', path, '--out', world.path(`${text}/out`), ...json));
        expectClean(await world.run('inspect', world.path(`${text}`), ...json));
        expectClean(await world.run(`si${text}gn`, path, ...json));
        expectClean(await world.run('sign', path, '--out', out, `--${text}`, ...json));
        expectClean(await world.run('pair', '--revoke', text, ...json));
        expectClean(await world.run('card', '--out', out, '--label', text, ...json));
      }
    },
  );

  /** The file with one text replaced wherever it stands in its payload, signed again. */
  const withText = (
    type: Parameters<typeof sealEnvelope>[0],
    file: Uint8Array,
    [from, to]: [string, string],
  ): Uint8Array => {
    const replaced = (value: CborValue): CborValue => {
      if (value === from) return to;
      if (Array.isArray(value)) return value.map(replaced);
      if (!(value instanceof Map)) return value;
      return new Map([...value].map(([label, item]) => [label, replaced(item)]));
    };
    const payload = replaced(decodeCbor(openEnvelope(file).payload));
    return sealEnvelope(type, encodeCbor(payload), [COORDINATOR]);
  };

  test('shows nothing of a text that is not what its field may hold', async () => {
    const card = sealPairingCard(
      { role: 'coordinator', network: 'private', label: 'Desk 1', keyring: null },
      COORDINATOR,
    );
    const request = requestFor(world);
    const tag = '9'.repeat(27);
    for (const text of [...HOSTILE, 'Desk\nrefused']) {
      const files = [
        withText('pairing-card', card, ['Desk 1', text]),
        withText('pairing-card', card, ['coordinator', text]),
        withText('pairing-card', card, ['private', text]),
        withText('signing-request', request, ['private', text]),
        withText('signing-request', request, [tag, text.padEnd(27, '9')]),
        withText('void-request', voidOf(request), ['private', text]),
      ];
      for (const file of files) {
        const run = await world.run('inspect', world.write('hostile', file));
        expectClean(run);
        expect(run.code).toBe('field_range');
        // Not even made harmless: the text is not repeated at all.
        expect(run.note.join('')).not.toMatch(/\ufffd|Desk/);
      }
    }
  });
});
