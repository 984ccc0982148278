/** The list of exports, pinned; the README's tables. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import * as exported from '../src/index.ts';
import { KEYSPACES } from '../src/store/store.ts';

test('exports these values', () => {
  expect(Object.keys(exported).sort()).toEqual([
    'CoordinatorError',
    'DEFAULT_SETTINGS',
    'Ledger',
    'createApiKey',
    'createApp',
    'createIotaNode',
    'createMemoryStore',
    'createNodeQuorum',
    'createWebhookSender',
    'nodeTimers',
    'openCoordinator',
    'openLevelStore',
    'parseSettings',
    'replay',
  ]);
});

test('every key prefix is in the README’s table, and no other', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const documented = [...readme.matchAll(/^\| `([a-z]\/)` \| (\w+) \|/gm)].map(
    ([, prefix, name]) => [name, prefix],
  );
  expect(Object.fromEntries(documented)).toEqual(KEYSPACES);
});
