/** The command: exit codes, reports for people and programs, and files that are none. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fingerprintWords } from '@airlock/gap';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EXIT_FINDINGS, EXIT_OK, EXIT_USAGE, runCli } from '../src/cli.ts';
import { FILE_READ_BYTES_MAX, FILES_MAX, FINDINGS_SHOWN_MAX } from '../src/limits.ts';
import { nodeFileSystem } from '../src/node-file-system.ts';
import {
  batchOf,
  cards,
  coordinator,
  keyOf,
  keysOf,
  requestOf,
  respond,
  signer,
  sweep,
  TestRecord,
} from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'airlock-audit-'));
const good = join(folder, 'good');
const batch = join(good, 'batch');

beforeAll(async () => {
  const [a, b] = await keysOf(1, 2);
  mkdirSync(join(good, 'deeper'), { recursive: true });
  const issued = batchOf([a, b]);
  const record = new TestRecord().open({ batches: [issued] });
  const request = requestOf([sweep(a, b)], { expectedHead: record.head });
  const files = {
    ...cards,
    batch: issued,
    request,
    response: respond(request, [a], { record }),
    'notes.txt': Buffer.from('not one of ours'),
  };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(good, name), bytes);
});

afterAll(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(
  args: readonly string[],
  options: { isErrTerminal?: boolean } = {},
): Promise<Run> {
  let out = '';
  let err = '';
  const code = await runCli(args, {
    fileSystem: nodeFileSystem,
    writeOut: (text) => {
      out += text;
    },
    writeErr: (text) => {
      err += text;
    },
    isErrTerminal: options.isErrTerminal ?? false,
  });
  return { code, out, err };
}

function put(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

describe('exit codes', () => {
  test('0 for a folder without a finding; foreign files in it are skipped, its folders not read', async () => {
    const { code, out, err } = await run(['verify', good]);
    expect(code).toBe(EXIT_OK);
    expect(out).toContain('ALL GOOD: 6 files, no findings\n');
    expect(out).toContain('2 keys, 1 signed, no key has two hashes');
    expect(out).toContain(`words: ${fingerprintWords(signer.publicKey).join(' ')}`);
    expect(out).toMatch(/notes\.txt: skipped/);
    expect(err).toBe('airlock-audit: 1 folders inside folders were not read\n');
  });

  test('1 for a finding', async () => {
    const { code, out, err } = await run(['verify', batch]);
    expect(code).toBe(EXIT_FINDINGS);
    expect(out).toContain('no card of the key that signed it');
    expect(out).toContain('1 FINDINGS in 1 files\n');
    expect(err).toBe('');
  });

  test.each([
    ['no command', []],
    ['no files', ['verify']],
    ['an unknown command', ['check', 'x']],
    ['an unknown option', ['verify', '--jsno', 'x']],
    ['words of another number', ['verify', 'x', '--trust', 'able acid']],
    ['nothing readable', ['verify', join(tmpdir(), 'airlock-no-such-file')]],
    ['an empty folder', ['verify', join(good, 'deeper')]],
  ])('2 for %s, with a message and no stack', async (_, args) => {
    const { code, out, err } = await run(args);
    expect(code).toBe(EXIT_USAGE);
    expect(out).toBe('');
    expect(err).toMatch(/^airlock-audit: /);
    expect(err).not.toMatch(/\n\s+at /);
    expect(err).not.toContain('internal error');
  });

  test.each([
    ['verify', '--foo', '.'],
    ['verify', '.', '--foo'],
    ['verify', '--foo=1', '.'],
  ])('an unknown option is named: %s %s %s', async (...args) => {
    const { code, err } = await run(args);
    expect(code).toBe(EXIT_USAGE);
    expect(err).toBe('airlock-audit: Unknown argument: foo (try --help)\n');
  });

  test('without files it says what is missing', async () => {
    const { err } = await run(['verify', '--json']);
    expect(err).toBe(
      'airlock-audit: verify: expected files or folders, got none: name at least one (try --help)\n',
    );
  });

  test('--version exits 0 with that of package.json', async () => {
    const { version } = JSON.parse(
      readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
    ) as { version: string };
    for (const args of [['--version'], ['verify', '--version']]) {
      expect(await run(args)).toEqual({ code: EXIT_OK, out: `${version}\n`, err: '' });
    }
  });

  test('--help exits 0 with an example and the limits', async () => {
    for (const args of [['--help'], ['verify', '--help']]) {
      const { code, out, err } = await run(args);
      expect(code).toBe(EXIT_OK);
      expect(out).toContain('airlock-audit verify archive/ --trust');
      expect(out).toContain('32 MiB each');
      expect(err).toBe('');
    }
  });
});

describe('reports', () => {
  test('--json prints one object with verdict, files, findings and totals', async () => {
    const { code, out } = await run(['verify', '--json', good, join(folder, 'absent')]);
    expect(code).toBe(EXIT_FINDINGS);
    const result = JSON.parse(out);
    expect(Object.keys(result).sort()).toEqual(['files', 'findings', 'totals', 'verdict']);
    expect(result.verdict).toBe('findings');
    expect(result.findings).toEqual([
      {
        code: 'file_unreadable',
        file: join(folder, 'absent'),
        message: 'cannot be read: ENOENT',
      },
    ]);
    expect(result.totals).toMatchObject({ findings: 1, keys: 2, signaturesVerified: 1 });
    expect(result.files.find((file: { path: string }) => file.path === batch)).toMatchObject({
      type: 'address-batch',
      verdict: 'ok',
      holds: 'batch 1: 2 addresses',
    });
  });

  test('--trust takes the words of paper, once a card', async () => {
    const words = [signer, coordinator].flatMap(({ publicKey }) => [
      '--trust',
      fingerprintWords(publicKey).join(' '),
    ]);
    expect((await run(['verify', good, ...words])).code).toBe(EXIT_OK);
    const some = await run(['verify', good, ...words.slice(0, 2)]);
    expect(some.code).toBe(EXIT_FINDINGS);
    expect(some.out).toContain('card_untrusted');
  });

  test('progress is drawn for a terminal only', async () => {
    const { err } = await run(['verify', good], { isErrTerminal: true });
    expect(err).toContain('\rverifying one-time signatures: 1 of 1');
  });

  test('no control character of a name reaches the screen', async () => {
    const path = put('evil\u001b[2J\u202e\u0085name', batchOf([await keyOf(1)]));
    for (const args of [
      ['verify', path],
      ['verify', '--json', path],
    ]) {
      const { out } = await run(args);
      expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
      expect(out).toContain('u{1b}[2J');
    }
    const missing = await run(['verify', join(folder, 'no\u001bne')]);
    expect(missing.err).not.toContain('\u001b');
  });

  test('findings beyond the bound are counted, not printed', async () => {
    const paths = Array.from({ length: FINDINGS_SHOWN_MAX + 5 }, (_, n) => join(folder, `no${n}`));
    const text = await run(['verify', good, ...paths]);
    expect(text.out).toContain('and 5 findings more');
    const json = JSON.parse((await run(['verify', '--json', good, ...paths])).out);
    expect(json.findings).toHaveLength(FINDINGS_SHOWN_MAX);
    expect(json.totals.findings).toBe(FINDINGS_SHOWN_MAX + 5);
  });
});

describe('files that are none', () => {
  const codesOf = async (...paths: readonly string[]): Promise<string[]> => {
    const { out } = await run(['verify', '--json', good, ...paths]);
    return JSON.parse(out).findings.map(({ code }: { code: string }) => code);
  };

  test('an empty file, a named foreign file, a link to nowhere', async () => {
    expect(await codesOf(put('empty', new Uint8Array()))).toEqual(['file_empty']);
    expect(await codesOf(put('letter', Buffer.from('hello')))).toEqual(['file_not_airlock']);
    const link = join(folder, 'link');
    symlinkSync(join(folder, 'nowhere'), link);
    expect(await codesOf(link)).toEqual(['file_unreadable']);
  });

  test('a device is not read', async () => {
    expect(await codesOf('/dev/zero')).toEqual(['file_unreadable']);
  });

  test('a huge file is refused unread; one of the bound is read', async () => {
    expect(await codesOf(put('huge', new Uint8Array(FILE_READ_BYTES_MAX + 1)))).toEqual([
      'file_too_large',
    ]);
    expect(await codesOf(put('large', new Uint8Array(FILE_READ_BYTES_MAX)))).toEqual([
      'file_not_airlock',
    ]);
  });

  test('too many files are refused', async () => {
    const { code, err } = await run([
      'verify',
      ...Array.from({ length: FILES_MAX + 1 }, () => batch),
    ]);
    expect(code).toBe(EXIT_USAGE);
    expect(err).toContain(`more than ${FILES_MAX} files`);
  });
});
