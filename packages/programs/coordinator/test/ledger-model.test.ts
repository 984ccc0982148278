/** Random commands against a small model that knows sums alone; replay and reopening agree at the end. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { runChoices } from './ledger-campaign.ts';
import { STEPS } from './ledger-model-decisions.ts';

describe('the ledger against its model', () => {
  const step = fc.tuple(
    fc.nat(STEPS.length - 1),
    fc.nat(100_000),
    fc.bigInt({ min: 1n, max: 1_000_000_000_000n }),
  );

  test('thousands of random commands: balances, sums and equation agree after every one', async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 600, maxLength: 600 }), async (choices) => {
        for (const [type, count] of await runChoices(choices)) {
          seen.set(type, (seen.get(type) ?? 0) + count);
        }
      }),
      { seed: 20_261_123, numRuns: 10, endOnFailure: true },
    );
    expect([...seen.values()].reduce((a, b) => a + b, 0)).toBeGreaterThan(2000);
    // Even the rarest step came up.
    expect(seen.size).toBe(29);
    expect(Math.min(...seen.values())).toBeGreaterThan(0);
  }, 60_000);
});
