/** What the package offers, pinned. */
import { expect, test } from '@jest/globals';
import * as kernel from '../src/index.ts';

test('the values exported are these', () => {
  expect(Object.keys(kernel).sort().join(' ')).toBe(
    [
      'BLOCK_TRYTES FRAGMENT_BYTES WASM_SHA256 WORD_BYTES deriveAddress isInDomain kerlOfTrytes',
      'kerlOfWords resolveAddress sign toDomain trytesToWords wordsToTrytes',
    ].join(' '),
  );
});
