/** Every code is documented, every documented code exists, and each has a test that ends in it. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { SIGNER_ERROR_CODES, SignerError } from '../src/error.ts';

const codes = Object.entries(SIGNER_ERROR_CODES);
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the README lists each code with its exit code, in this order, and no other', () => {
  const rows = [...readme.matchAll(/^\| `([a-z_]+)` \| (\d) \| [^|]{5,} \| [^|]{5,} \|$/gm)];
  expect(rows.map(([, code, exit]) => [code, Number(exit)])).toEqual(codes);
});

test('each code is expected by a test', () => {
  const folder = new URL('.', import.meta.url);
  const tests = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts') && name !== 'error.test.ts')
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
  const isExpected = (code: string): boolean =>
    tests.includes(`'${code}'`) || new RegExp(`^\\s+${code}: `, 'm').test(tests);
  expect(codes.map(([code]) => code).filter((code) => !isExpected(code))).toEqual([]);
});

test('an error keeps its code, its cause and what to do next', () => {
  const cause = new Error('why');
  const error = new SignerError('disk_failed', 'text', { next: 'step', cause });
  expect({ ...error, message: error.message, cause: error.cause }).toEqual({
    name: 'SignerError',
    code: 'disk_failed',
    next: 'step',
    message: 'text',
    cause,
  });
});
