/** The errors of the package, their codes pinned. */
import { expect, test } from '@jest/globals';
import * as exported from '../src/index.ts';

test('an error keeps its code and cause', () => {
  const cause = new TypeError('why');
  const error = new exported.JournalError('chain_broken', 'text', cause);
  expect(error).toMatchObject({
    name: 'JournalError',
    code: 'chain_broken',
    message: 'text',
    cause,
  });
  expect(exported.JOURNAL_ERROR_CODES).toEqual(['entry_malformed', 'chain_broken']);
});
