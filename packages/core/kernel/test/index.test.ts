/** What the package offers, pinned. */
import { expect, test } from '@jest/globals';
import * as kernel from '../src/index.ts';

test('the values exported are these', () => {
  expect(Object.keys(kernel).sort().join(' ')).toBe(
    [
      'ATTEMPTS_MAX BLOCK_TRYTES FRAGMENT_BYTES WASM_SHA256 WORD_BYTES curlMidstate deriveAddress',
      'isInDomain kerlOfTrytes kerlOfWords resolveAddress searchNonce sign toDomain trytesToWords',
      'wordsToTrytes',
    ].join(' '),
  );
});
