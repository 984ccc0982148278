/** The node object: its options and their bounds. */
import { describe, expect, test } from '@jest/globals';
import { createDevNode, DEFAULT_MIN_WEIGHT_MAGNITUDE } from '../src/node.ts';
import { createNode, now } from './harness.ts';

describe('createDevNode', () => {
  test('asks for IRI’s small weight unless told, and begins with milestone 1', () => {
    const node = createDevNode({ now });
    expect(node.minWeightMagnitude).toBe(DEFAULT_MIN_WEIGHT_MAGNITUDE);
    expect(node.latestMilestone().index).toBe(1);
  });

  test.each([0, 15, Number.NaN])('refuses a weight of %p', (minWeightMagnitude) => {
    expect(() => createNode({ minWeightMagnitude })).toThrow(RangeError);
  });
});
