/** Every command is in the README; limits fit together. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { COMMANDS } from '../src/commands.ts';
import * as limits from '../src/limits.ts';

test('every command is in the README’s table', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const documented = [...readme.matchAll(/^\| `(\w+)` \| `?[{}]/gm)].map((match) => match[1]);
  expect(documented.sort()).toEqual(Object.keys(COMMANDS).sort());
});

test('limits stand in the right relation', () => {
  expect(limits.GET_TRYTES_MAX).toBeGreaterThanOrEqual(limits.REQUEST_LIST_MAX);
  expect(limits.BODY_BYTES_MAX).toBeGreaterThan(limits.REQUEST_LIST_MAX * 2700);
  expect(limits.MILESTONE_MS_MIN).toBeLessThan(limits.MILESTONE_MS_MAX);
});
