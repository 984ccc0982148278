/** When an output is what a guide shows: the rules of abbreviated values, forms and left-out lines. */
import { describe, expect, test } from '@jest/globals';
import { type Comparison, compareOutput, type Values } from './shown-output.ts';

const NONE: Values = new Map();

function compare(shown: string, got: string, values: Values = NONE): Comparison {
  return compareOutput(
    { line: 10, isJson: shown.startsWith('{'), lines: shown.split('\n') },
    got,
    values,
  );
}

const fits = (shown: string, got: string): boolean => compare(shown, got).difference === null;

const UUID = '8e0c36de-67e8-4782-97be-d490155a1cfb';

describe('a shown line fits', () => {
  test.each([
    ['{"balance":"5"}', '{"balance":"5"}', '{"balance":"6"}'],
    ['{"a":[1]}', '{"a":[1]}', '{"a":1}'],
    ['id dep_f3bef24d…', 'id dep_0123456789abcdef', 'id dep_0123'],
    ['id dep_f3bef24d…', 'id dep_0123456789abcdef', 'id tr_0123456789abcdef'],
    ['id dep_f3bef24d…', 'id dep_0123456789abcdef', 'id dep_0123456789ABCDEF'],
    ['to RMCZ…DAJYA', 'to ABCDEFGHI', 'to ABCDEFGH'],
    ['to RMCZMO…', 'to ABCDEFGH…', 'to abcdefgh'],
    ['key airlock_9jIu…', 'key airlock_-7kEx', 'key airlock_'],
    ['key airlock_IDKZ…', 'key airlock_9jIux', 'key whsec_9jIux'],
    [`pays ${UUID}`, `pays ${UUID.replace('8e', '00')}`, `pays ${UUID.slice(1)}`],
    ['pays 8e0c36de-…', `pays ${UUID}`, 'pays 8E0C36DE-67'],
    ['at 2026-11-23T10:36:30.163Z', 'at 1999-01-01T00:00:00.000Z', 'at 1999-01-01T00:00:00Z'],
    ['at 2026-11-23 10:36:35 UTC', 'at 1999-01-01 00:00:00 UTC', 'at 1999-01-01 00:00:00'],
    ['by duty luck king gyro', 'by cost belt monk yawn', 'by COST BELT MONK YAWN'],
    ['then they went home', 'then they went home', 'then they went away'],
    ['{"duration":…}', '{"duration":236}', '{"duration":}'],
  ])('%s is %s, not %s', (shown, same, other) => {
    expect(fits(shown, same)).toBe(true);
    expect(fits(shown, other)).toBe(false);
  });
});

describe('a value that is abbreviated', () => {
  const first = compare('RMCZMO…', 'ABCDEFGHI');
  const values = first.difference === null ? first.values : NONE;

  test('is the same wherever it is written alike, however much of it is shown or printed', () => {
    for (const [shown, got] of [
      ['RMCZMO…', 'ABCDEFGHI'],
      ['RMCZ…DAJYA', 'ABCDEFGHIJKLMNOP'],
      ['RMCZ…', 'ABCDEF…'],
    ] as const) {
      expect([shown, compare(shown, got, values).difference]).toEqual([shown, null]);
    }
    expect(compare('RMCZMO…', 'ABCDEFXYZ', values).difference).not.toBeNull();
  });

  test('is another one where it is written otherwise', () => {
    expect(compare('YQIZIB…', 'XYZXYZXYZ', values).difference).toBeNull();
    expect(compare('YQIZIB…', 'ABCDEFGHI', values).difference).not.toBeNull();
  });

  test('keeps the digest words of a request, in JSON and on the screen', () => {
    const json = compare(
      '["cost","keep","gear","foxy","swan"]',
      '["duty","luck","king","gyro","belt"]',
    );
    expect(json.difference).toBeNull();
    const known = json.difference === null ? json.values : NONE;
    expect(compare('COST KEEP GEAR FOXY', 'DUTY LUCK KING GYRO', known).difference).toBeNull();
    expect(compare('COST KEEP GEAR FOXY', 'DUTY LUCK KING MONK', known).difference).not.toBeNull();
  });
});

describe('lines', () => {
  test('are told by their number in the guide', () => {
    expect(compare('a\nb\nc', 'a\nx\nc')).toEqual({
      difference: { line: 11, expected: 'b', got: 'x' },
    });
    expect(compare('a\nb', 'a')).toEqual({
      difference: { line: 11, expected: 'b', got: '(nothing)' },
    });
    expect(compare('a', 'a\nb')).toEqual({
      difference: { line: 11, expected: '(nothing more)', got: 'b' },
    });
  });

  test('that are looked for are told by the first one that is not as shown', () => {
    expect(compare('…\nb\nc\n…', 'a\nb\nx\nd')).toEqual({
      difference: { line: 12, expected: 'c', got: 'x' },
    });
  });

  test.each([
    ['…\nb\nc', true, 'the end'],
    ['a\n…', true, 'the beginning'],
    ['a\n…\nc', true, 'both ends'],
    ['…\nb\n…', true, 'what is between'],
    ['a\nb\n…\nc', true, 'no line left out'],
    ['…\na', false, 'another end'],
    ['b\n…', false, 'another beginning'],
    ['…\nc\n…\nb\n…', false, 'another order'],
  ])('%j fits a, b, c: %s (%s)', (shown, isFit) => {
    expect(fits(shown, 'a\nb\nc')).toBe(isFit);
  });

  test('are replies that curl prints one after another, and no empty ones around them', () => {
    expect(fits('{"a":1}\n{"b":2}', '\n{"a":1}{"b":2}')).toBe(true);
    expect(fits('{"a":1}\n{"b":2}', '{"a":1},{"b":2}')).toBe(false);
  });
});
