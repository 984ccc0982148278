/** The player without its canvas: modules, order, pace and what it says of them. */
import type { CodeFrames } from '@airlock/api';
import { describe, expect, test } from '@jest/globals';
import { Player, SPEED_MAX, SPEED_MIN } from '../src/player.ts';

const SIDE = 5;

/** A code of 5 × 5 modules: rows of . and #. */
function packed(rows: readonly string[]): string {
  const bits = rows.join('').replaceAll('.', '0').replaceAll('#', '1').padEnd(32, '0');
  return Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2))).toString(
    'base64',
  );
}

const drawings = [
  ['#....', '.....', '.....', '.....', '....#'],
  ['.#.#.', '#.#.#', '.....', '#####', '....#'],
  ['#####', '#####', '#####', '#####', '#####'],
  ['.....', '.....', '..#..', '.....', '.....'],
] as const;

const framesOf = (rows: readonly (readonly string[])[], codesPerSecond = 6): CodeFrames => ({
  version: 10,
  size: SIDE,
  count: Math.ceil(rows.length / 4),
  codesPerSecond,
  codes: rows.map((each) => ({ text: '', modules: packed(each) })),
});

const drawn = (player: Player): string[] =>
  Array.from({ length: player.size }, (_, y) =>
    Array.from({ length: player.size }, (_unused, x) => (player.isDark(x, y) ? '#' : '.')).join(''),
  );

describe('the codes', () => {
  test('are shown module by module, one after another, and then from the first on', () => {
    const player = new Player(framesOf(drawings));
    for (const expected of [...drawings, ...drawings]) {
      expect(drawn(player)).toEqual(expected);
      player.next();
    }
  });

  test('are counted as people count', () => {
    const player = new Player(framesOf(drawings));
    expect(player.status).toBe('code 1 of 4, any 1 are enough, 6 a second');
    for (let code = 2; code <= 4; code += 1) {
      player.next();
      expect(player.status).toMatch(new RegExp(`^code ${code} of 4, `));
    }
    player.next();
    expect(player.status).toMatch(/^code 1 of 4, /);
  });

  test('if there is one, it stands still', () => {
    const player = new Player(framesOf(drawings.slice(1, 2)));
    expect([player.waitMs, player.status]).toEqual([null, 'one code']);
    player.changeSpeed(1);
    player.isPaused = true;
    player.isPaused = false;
    player.next();
    expect([player.waitMs, player.status]).toEqual([null, 'one code']);
    expect(drawn(player)).toEqual(drawings[1]);
  });

  test('that end too early are light where nothing was said', () => {
    const code = { text: '', modules: Buffer.of(0xff).toString('base64') };
    const player = new Player({ ...framesOf([]), codes: [code] });
    expect(drawn(player).join('')).toBe(`${'#'.repeat(8)}${'.'.repeat(17)}`);
  });
});

describe('the pace', () => {
  test('is the one that came with the codes', () => {
    expect(new Player(framesOf(drawings, 4)).waitMs).toBe(250);
  });

  test('changes by steps, from 2 to 12 codes a second', () => {
    const player = new Player(framesOf(drawings));
    player.changeSpeed(1);
    expect([player.codesPerSecond, player.waitMs]).toEqual([7, 1000 / 7]);
    for (let press = 0; press < 20; press += 1) player.changeSpeed(1);
    expect([player.codesPerSecond, SPEED_MAX]).toEqual([12, 12]);
    for (let press = 0; press < 20; press += 1) player.changeSpeed(-1);
    expect([player.codesPerSecond, SPEED_MIN]).toEqual([2, 2]);
    expect(player.status).toBe('code 1 of 4, any 1 are enough, 2 a second');
  });

  test('stands still while it is paused, and goes on as it was', () => {
    const player = new Player(framesOf(drawings));
    player.isPaused = true;
    expect([player.waitMs, player.status]).toEqual([null, 'code 1 of 4, any 1 are enough, paused']);
    player.changeSpeed(-2);
    expect(player.waitMs).toBeNull();
    player.isPaused = false;
    expect(player.waitMs).toBe(250);
  });
});
