/** The list of exports, pinned. */
import { expect, test } from '@jest/globals';
import * as exported from '../src/index.ts';

test('exports these values', () => {
  expect(Object.keys(exported).sort()).toEqual([
    'API_ERRORS',
    'ApiError',
    'FILE_TYPE',
    'NONE',
    'OPERATION_IDS',
    'PAGE_ROWS_DEFAULT',
    'PAGE_ROWS_MAX',
    'ROUTES',
    'TRANSFER_ENTRIES_MAX',
    'createApiClient',
    'openApi',
    'userId',
  ]);
});
