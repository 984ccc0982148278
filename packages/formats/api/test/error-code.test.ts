/** Every code has a status and a row in the README, and no other code has. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { errorBody } from '../src/error-code.ts';
import { API_ERRORS } from '../src/index.ts';

const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');

test('the README lists every code with its status and meaning, in the order of precedence', () => {
  const documented = [...readme.matchAll(/^\| `([a-z_]+)` \| (\d{3}) \| (.+) \|$/gm)].map(
    ([, code, status, meaning]) => [code, Number(status), meaning],
  );
  expect(documented).toEqual(
    Object.entries(API_ERRORS).map(([code, { status, meaning }]) => [code, status, meaning]),
  );
});

test('every status is one of those the conventions name, every meaning a sentence', () => {
  for (const { status, meaning } of Object.values(API_ERRORS)) {
    expect([400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503]).toContain(status);
    expect(meaning).toMatch(/^[A-Z].*\.$/);
  }
});

test('an error’s body is one with a code that there is and all its fields', () => {
  const error = { code: 'internal', message: 'm', fields: [], next: 'n', requestId: 'r' };
  expect(errorBody.parse({ error })).toEqual({ error });
  const { next: _next, ...short } = error;
  for (const bad of [{}, { error: short }, { error: { ...error, code: 'unheard_of' } }, null]) {
    expect([bad, errorBody.safeParse(bad).success]).toEqual([bad, false]);
  }
});
