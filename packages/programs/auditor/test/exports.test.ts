/** What this package offers is pinned. */
import { expect, test } from '@jest/globals';
import * as auditor from '../src/index.ts';

test('the exports are these', () => {
  expect(Object.keys(auditor).sort()).toEqual([
    'AUDIT_ERROR_CODES',
    'AuditError',
    'EXIT_FINDINGS',
    'EXIT_OK',
    'EXIT_USAGE',
    'FINDINGS',
    'FINDING_CODES',
    'audit',
    'nodeFileSystem',
    'readFiles',
    'runCli',
  ]);
});
