/** The player's screens and keys. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EMPTY_HEAD, sealPairingCard, UrReceiver } from '@airlock/gap';
import { Animation, type Plan, plansFor, readCode, sizeOfVersion } from '@airlock/light';
import { describe, expect, test } from '@jest/globals';
import {
  advance,
  cellsOf,
  fitsInto,
  isSlow,
  offerOf,
  type PlayerState,
  press,
  screenOf,
} from '../src/crossing/player.ts';
import { bundle, COORDINATOR, input, KEYS, own, requestOf, seal } from './world.ts';

const GOLDEN = join(import.meta.dirname, 'golden/player-85x43.txt');

const CARD = sealPairingCard(
  { role: 'coordinator', network: 'private', label: 'a'.repeat(60), keyring: null },
  COORDINATOR,
);
const STATE: PlayerState = {
  plans: [
    { version: 10, count: 3 },
    { version: 15, count: 2 },
  ],
  size: 1,
  codesPerSecond: 6,
  code: 0,
  isPaused: false,
  ending: 'none',
};

describe('keys', () => {
  test('change speed and size within their bounds', () => {
    expect(press(STATE, '+', 8).codesPerSecond).toBe(7);
    expect(press(STATE, '+'.repeat(20), 8).codesPerSecond).toBe(12);
    expect(press(STATE, '-'.repeat(20), 8).codesPerSecond).toBe(2);
    expect(press(STATE, '>', 8)).toEqual(STATE);
    expect(press({ ...STATE, code: 5 }, '<', 8)).toMatchObject({ size: 0, code: 0 });
    expect(press(STATE, '<<<>', 8).size).toBe(1);
  });

  test('pause, step, end, and ask for a file; others do nothing', () => {
    expect(press(STATE, ' ', 8).isPaused).toBe(true);
    expect(press(STATE, '  ', 8).isPaused).toBe(false);
    expect(press({ ...STATE, code: 7 }, '\u001b[C', 8)).toMatchObject({ code: 0, isPaused: true });
    for (const key of ['q', '\u0003']) expect(press(STATE, key, 8).ending).toBe('done');
    expect(press(STATE, 'f', 8).ending).toBe('file');
    for (const key of ['x', '\u001b[A', '\u001b']) expect(press(STATE, key, 8)).toEqual(STATE);
  });
});

test('after the last code comes the first', () => {
  expect(advance({ ...STATE, code: 6 }, 8).code).toBe(7);
  expect(advance({ ...STATE, code: 7 }, 8).code).toBe(0);
});

test('over 60 seconds a file is offered, with the time it would take', () => {
  const long: PlayerState = { ...STATE, plans: [{ version: 10, count: 361 }], size: 0 };
  expect(isSlow({ ...long, plans: [{ version: 10, count: 360 }] })).toBe(false);
  expect(isSlow(long)).toBe(true);
  expect(isSlow({ ...long, codesPerSecond: 7 })).toBe(false);
  expect(offerOf(long).join()).toContain('61 seconds');
});

test('a code fits into exactly the cells that it needs', () => {
  expect(cellsOf(15)).toEqual({ columns: 85, rows: 43 });
  expect(fitsInto({ columns: 85, rows: 43 }, 15)).toBe(true);
  expect(fitsInto({ columns: 84, rows: 43 }, 15)).toBe(false);
  expect(fitsInto({ columns: 85, rows: 42 }, 15)).toBe(false);
});

/** What a camera sees of a screen: half blocks as modules, other characters as something dark. */
function pictureOf(screen: readonly string[], scale = 4) {
  const esc = String.fromCharCode(27);
  const rows = screen.map((line) => line.replaceAll(new RegExp(`${esc}\\[[0-9;]*m`, 'g'), ''));
  const width = Math.max(...rows.map((row) => row.length)) * scale;
  const height = rows.length * 2 * scale;
  const pixels = new Uint8Array(width * height).fill(255);
  for (const [y, row] of rows.entries()) {
    for (const [x, cell] of [...row].entries()) {
      const halves = { ' ': [0, 0], '▀': [1, 0], '▄': [0, 1], '█': [1, 1] }[cell] ?? [1, 0];
      for (const [half, isDark] of halves.entries()) {
        for (let dy = 0; isDark === 1 && dy < scale; dy += 1) {
          const at = ((2 * y + half) * scale + dy) * width + x * scale;
          pixels.fill(0, at, at + scale);
        }
      }
    }
  }
  return { width, height, pixels };
}

describe('a request of four bundles on a terminal of 85 × 43', () => {
  const cells = { columns: 85, rows: 43 };
  const file = seal(
    requestOf({ head: EMPTY_HEAD, lastSequence: 0 }, [
      ...[0, 2, 4, 6].map((at) => bundle(input(KEYS[at]!, 9n), own(KEYS[at + 1]!, 9n))),
    ]),
  );
  const plans = plansFor(file).filter(({ version }) => version === 15) as [Plan];
  const animation = new Animation(file, { version: 15, mode: 'chosen' });
  const screens = Array.from({ length: animation.count }, (_, code) =>
    screenOf({ ...STATE, plans, size: 0, code }, animation, cells),
  );

  test('is shown as the golden file has it', () => {
    const golden = readFileSync(GOLDEN, 'utf8');
    expect(`${screens.map((lines) => lines.join('\n')).join('\n\n')}\n`).toBe(golden);
  });

  test('is read from the golden file', () => {
    const golden = readFileSync(GOLDEN, 'utf8').trimEnd().split('\n\n');
    const receiver = new UrReceiver('airlock-signing-request');
    const messages = golden.map((screen) => {
      const lines = screen.split('\n');
      expect(lines).toHaveLength(cells.rows);
      return receiver.take(readCode(pictureOf(lines)) ?? '');
    });
    expect(messages.at(-1)?.message).toEqual(file);
  });
});

describe('the screen', () => {
  const plans = plansFor(CARD);
  const version = plans[0].version;
  const animation = new Animation(CARD, { version, mode: 'chosen' });
  const cells = cellsOf(version);

  test('has the code and a line below it, where there is a row for it', () => {
    const state: PlayerState = { ...STATE, plans, size: 0 };
    const screen = screenOf(state, animation, { ...cells, rows: cells.rows + 10 });
    expect(screen).toHaveLength(cells.rows + 1);
    expect(screen.at(-1)).toContain('q end');
    expect(readCode(pictureOf(screen))).toBe(animation.frame(0).text);
  });

  test('fits a terminal that has just the rows of the code, and can still be read', () => {
    for (const [code, text] of [0, 1, animation.length - 1].map(
      (at) => [at, animation.frame(at).text] as const,
    )) {
      const screen = screenOf({ ...STATE, plans, size: 0, code }, animation, cells);
      expect(screen).toHaveLength(cells.rows);
      expect(readCode(pictureOf(screen))).toBe(text);
    }
    expect(sizeOfVersion(version)).toBe(17 + 4 * version);
  });

  test('says where it is, how fast, and that it pauses', () => {
    const state: PlayerState = { ...STATE, plans: [{ version, count: 2 }], size: 0 };
    const long = { length: 8, frame: () => animation.frame(0) } as unknown as Animation;
    const last = (now: PlayerState): string => screenOf(now, long, cells).at(-1) ?? '';
    expect(last({ ...state, code: 4 })).toContain(`5/8 v${version} 6/s, 1 s`);
    expect(last({ ...state, isPaused: true })).toContain(`1/8 v${version} paused`);
  });
});
