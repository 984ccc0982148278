/** docs/hub-faults.md names B1 to B29, and the test of each row exists. */
import { expect, test } from '@jest/globals';
import { readText } from './workspace.ts';

const rows = [
  ...readText('docs/hub-faults.md').matchAll(/^\| (B\d+) \| (.+) \| (.+) \| (.+) \|$/gm),
].map(([, id = '', , here = '', heldBy = '']) => ({ id, here, heldBy }));

test('every fault has its row, in order', () => {
  expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 29 }, (_, i) => `B${i + 1}`));
});

test.each(rows)('$id has a test with its number, or a reason why it cannot occur', (row) => {
  if (row.heldBy === 'does not apply') {
    expect(row.here).toMatch(/^does not apply: .{20}/);
    return;
  }
  expect(readText(row.heldBy.replaceAll('`', ''))).toMatch(new RegExp(`'${row.id}: `));
});
