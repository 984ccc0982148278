/** The exports are pinned. */
import { expect, test } from '@jest/globals';
import * as signer from '../src/index.ts';

test('the package exports these values and no others', () => {
  expect(Object.keys(signer).sort()).toEqual([
    'SIGNER_ERROR_CODES',
    'SignerError',
    'nodeDisk',
    'runCli',
  ]);
});
