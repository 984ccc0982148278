/** The README's tables. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { KEYSPACES } from '../src/store/store.ts';

test('every key prefix is in the README’s table, and no other', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const documented = [...readme.matchAll(/^\| `([a-z]\/)` \| (\w+) \|/gm)].map(
    ([, prefix, name]) => [name, prefix],
  );
  expect(Object.fromEntries(documented)).toEqual(KEYSPACES);
});
