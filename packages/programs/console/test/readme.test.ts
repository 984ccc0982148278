/** What the README shows. */
import { expect, test } from '@jest/globals';
import * as exported from '../src/index.ts';

test('both work together as the README shows', () => {
  const { Player, ScanSession } = exported;
  // Two codes of two modules a side: the upper left one is dark in the first, the lower right one in the second.
  const codes = ['gA==', 'EA=='].map((modules) => ({ text: '', modules }));
  const player = new Player({ version: 10, size: 2, count: 1, codesPerSecond: 6, codes });
  expect([player.isDark(0, 0), player.waitMs]).toEqual([true, 1000 / 6]);
  player.next();
  expect([player.isDark(0, 0), player.isDark(1, 1)]).toEqual([false, true]);
  expect(player.status).toBe('code 2 of 2, any 1 are enough, 6 a second');
  const session = new ScanSession();
  session.see('UR:AIRLOCK-SIGNING-RESPONSE/1-2/LPAD');
  expect(session.see('UR:AIRLOCK-SIGNING-RESPONSE/1-2/LPAD')).toBe(false);
  expect(session.takeBatch()).toHaveLength(1);
});
