/** Every code has an input that ends in it, and a row in the README; an error keeps its cause. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { plansFor } from '../src/animation.ts';
import { LIGHT_ERROR_CODES, LightError, type LightErrorCode } from '../src/error.ts';
import { decodePicture } from '../src/picture.ts';
import { messageOf, refusal } from './samples.ts';

/** Does not compile while a code is missing, but the one that no input ends in: see matrix.test.ts. */
const CASES: Readonly<Record<Exclude<LightErrorCode, 'code_unreadable'>, () => unknown>> = {
  too_long: () => plansFor(messageOf(256 * 1024 + 1, 'record-export')),
  picture_invalid: () => decodePicture(new Uint8Array()),
};

test.each(Object.entries(CASES))('%s is what such an input ends in', (code, call) => {
  expect(refusal(call)).toBe(code);
});

test("the README's table has every code once, in the order of the list, and no other", () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const section = readme.slice(readme.indexOf('## Error codes'));
  const documented = [...section.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, code]) => code);
  expect(documented).toEqual([...LIGHT_ERROR_CODES]);
});

test('an error keeps its name, code, message and cause', () => {
  const cause = new RangeError('why');
  expect(new LightError('too_long', 'text', { cause })).toMatchObject({
    name: 'LightError',
    code: 'too_long',
    message: 'text',
    cause,
  });
  expect(new LightError('too_long', 'text').cause).toBeUndefined();
});
