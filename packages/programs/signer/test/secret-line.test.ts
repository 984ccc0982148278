/** A secret line as it is typed: keys, editing, and that nothing of it is left. */
import { describe, expect, test } from '@jest/globals';
import { SECRET_LINE_BYTES_MAX, SecretLine } from '../src/secret-line.ts';

function typed(...chunks: readonly (string | Uint8Array)[]): { state: string; line: string } {
  const secret = new SecretLine();
  let state = 'open';
  for (const chunk of chunks) state = secret.type(Buffer.from(chunk as string));
  return { state, line: Buffer.from(secret.take()).toString() };
}

describe('a secret line', () => {
  test.each([
    [['abc\r'], 'entered', 'abc'],
    [['abc\n'], 'entered', 'abc'],
    [['a', 'b', 'c', '\r'], 'entered', 'abc'],
    [['\r'], 'entered', ''],
    [['ab\u007fc\r'], 'entered', 'ac'],
    [['ab\b\b\b\bc\r'], 'entered', 'c'],
    [['aé\u007fb\r'], 'entered', 'ab'],
    [['€\u007f\r'], 'entered', ''],
    [['x🔑\u007fy\r'], 'entered', 'xy'],
    [['xé🔑\u007f\u007f\u007fy\r'], 'entered', 'y'],
    [['abc'], 'open', 'abc'],
    [['abc\u0003'], 'cancelled', 'abc'],
    [['abc\rmore'], 'entered', 'abc'],
    [['abc\u0003\r'], 'cancelled', 'abc'],
    [[' spaces stay \r'], 'entered', ' spaces stay '],
  ])('%j is %s with %j', (chunks, state, line) => {
    expect(typed(...chunks)).toEqual({ state, line });
  });

  test('takes a character that came in two chunks', () => {
    const key = Buffer.from('🔑');
    expect(typed(key.subarray(0, 2), key.subarray(2), '\r').line).toBe('🔑');
    expect(typed('a', key.subarray(0, 2), key.subarray(2), '\u007f', '\r').line).toBe('a');
  });

  test('takes no more than its bytes', () => {
    const long = typed('x'.repeat(SECRET_LINE_BYTES_MAX + 5), '\u007f', 'y', '\r').line;
    expect(long).toBe(`${'x'.repeat(SECRET_LINE_BYTES_MAX - 1)}y`);
  });

  test('overwrites what was typed, and gives a line only once', () => {
    const secret = new SecretLine();
    const chunk = Buffer.from('passphrase\rand more');
    secret.type(chunk);
    expect(chunk.every((byte) => byte === 0)).toBe(true);
    expect(secret.take()).toHaveLength(10);
    expect(secret.take()).toHaveLength(0);
  });
});

test('Ctrl-U clears the line; arrows and other control keys are no characters', () => {
  const line = new SecretLine();
  for (const keys of ['wrong\u0015', '\u001b[C', 'a\u0004b\u001a', '\u001b[1;5D', 'c']) {
    expect(line.type(new TextEncoder().encode(keys))).toBe('open');
  }
  expect(line.type(Uint8Array.of(13))).toBe('entered');
  expect(new TextDecoder().decode(line.take())).toBe('abc');
});
