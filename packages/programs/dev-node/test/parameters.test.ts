/** Parameters: IRI's checks and messages, at the limit and one beyond. */
import { describe, expect, test } from '@jest/globals';
import { REQUEST_LIST_MAX } from '../src/limits.ts';
import {
  hasParameter,
  parseAddresses,
  parseHash,
  parseInteger,
  parseList,
  parsePayment,
  parseSearch,
} from '../src/parameters.ts';

const HASH = 'H'.repeat(81);

describe('parameters', () => {
  test('are there if they are neither undefined nor null', () => {
    const request = { tips: null, depth: 0 };
    expect(['tips', 'depth', 'x'].map((name) => hasParameter(request, name))).toEqual([
      false,
      true,
      false,
    ]);
  });

  test('addresses are taken with and without checksum', () => {
    expect(parseAddresses({ addresses: [HASH, `${HASH}ABCDEFGHI`] })).toEqual([HASH, HASH]);
  });

  test('a list may be as long as IRI’s, and no longer', () => {
    const full = Array.from({ length: REQUEST_LIST_MAX }, () => HASH);
    expect(parseList({ hashes: full }, 'hashes', 81)).toHaveLength(REQUEST_LIST_MAX);
    expect(() => parseList({ hashes: [...full, HASH] }, 'hashes', 81)).toThrow(
      'Could not complete request',
    );
  });

  test('a payment’s amount may be a number or a decimal string', () => {
    const address = `${'A'.repeat(80)}9`;
    expect(parsePayment({ address, amount: 1 })).toEqual({ address, amount: 1n });
    expect(parsePayment({ address, amount: '20' })).toEqual({ address, amount: 20n });
  });

  test('tags are padded', () => {
    expect([...parseSearch({ tags: ['A'] }, 'tags')]).toEqual(['A'.padEnd(27, '9')]);
  });

  test.each([
    ['no list', () => parseList({ hashes: HASH }, 'hashes', 81), 'Invalid hashes input'],
    ['a short hash', () => parseList({ hashes: ['H'] }, 'hashes', 81), 'Invalid hashes input'],
    ['no text', () => parseList({ hashes: [1] }, 'hashes', 81), 'Invalid hashes input'],
    ['no hash', () => parseHash({ x: HASH.toLowerCase() }, 'x'), 'Invalid x input'],
    ['no address', () => parseAddresses({ addresses: ['A'] }), 'Invalid addresses input'],
    ['nothing', () => parseAddresses({}), 'Invalid parameters'],
    ['a text', () => parseInteger({ x: '1' }, 'x', { min: 0, max: 1 }), 'Invalid x input'],
    ['a fraction', () => parseInteger({ x: 0.5 }, 'x', { min: 0, max: 1 }), 'Invalid x input'],
    ['too much', () => parseInteger({ x: 2 }, 'x', { min: 0, max: 1 }), 'Invalid x input'],
    [
      'the null hash',
      () => parseSearch({ bundles: ['9'.repeat(81)] }, 'bundles'),
      'Invalid bundles',
    ],
    ['an empty tag', () => parseSearch({ tags: ['9'] }, 'tags'), 'Invalid tag input'],
    ['a long tag', () => parseSearch({ tags: ['A'.repeat(28)] }, 'tags'), 'Invalid tag input'],
  ])('%s is refused', (_, parse, message) => {
    expect(parse).toThrow(message);
  });
});
