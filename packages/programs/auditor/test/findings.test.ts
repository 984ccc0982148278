/** Every code is documented, every documented code exists, and each is hit by a test. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { AUDIT_ERROR_CODES } from '../src/error.ts';
import { FINDINGS } from '../src/findings.ts';

const FINDING_CODES = Object.keys(FINDINGS);
const textOf = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
/** Rows `| code | meaning |` of a table in Markdown. */
const rowsOf = (text: string): [string, string][] =>
  [...text.matchAll(/^\| `([a-z0-9_]+)` \| (.*?) \|/gm)].map(([, code, meaning]) => [
    code as string,
    meaning as string,
  ]);

test("the README's table is the list of findings, in its order", () => {
  const rows = rowsOf(textOf('../README.md')).filter(([code]) => code in FINDINGS);
  expect(rows).toEqual(Object.entries(FINDINGS));
});

test("the README's other table is the list of error codes", () => {
  const codes = rowsOf(textOf('../README.md')).map(([code]) => code);
  expect(codes.filter((code) => !(code in FINDINGS))).toEqual([...AUDIT_ERROR_CODES]);
});

test('the guide says of every finding what to do', () => {
  const guide = textOf('../../../../docs/auditing.md');
  const missing = FINDING_CODES.filter((code) => !guide.includes(`\`${code}\``));
  expect(missing).toEqual([]);
});

test('every code is expected by a test', () => {
  const folder = new URL('.', import.meta.url);
  const tests = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
  const missing = FINDING_CODES.filter((code) => !new RegExp(`['"]${code}[ '"]`).test(tests));
  expect(missing).toEqual([]);
});
