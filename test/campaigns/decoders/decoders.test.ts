/**
 * A slice of `npm run campaign:decoders`: mutated inputs of every decoder, half of them signed again
 * with a valid key, and proof that the campaign would see a fault.
 */
import { GapError } from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import { inputOf, judge, runTarget, TARGETS } from './campaign.ts';
import { fileRoute, type Target } from './target.ts';

/** The dear ones open signatures or derive keys for each input. */
const INPUTS = 1_000;
const SECONDS = 3;
/** Beside other suites on two cores, one that takes 10 ms alone may be kept waiting for seconds. */
const INPUT_MS_MAX = 10_000;
const budget = {
  ...{ seed: 1, inputs: INPUTS, seconds: SECONDS, findingsMax: 1 },
  inputMsMax: INPUT_MS_MAX,
};

describe.each(TARGETS)('the decoder of: $name', (target) => {
  test('accepts its samples and encodes them to the same bytes', async () => {
    for (const route of target.routes) {
      for (const sample of route.samples) {
        expect(await judge(target, route.seal(sample))).toEqual({
          verdict: 'accepted',
          fault: null,
        });
      }
    }
  });

  test('accepts or refuses by code whatever is made of them', async () => {
    const { findings, inputs, sealed, verdicts } = await runTarget(target, budget);
    expect(
      findings.map(({ what, index, input }) => [what, index, Buffer.from(input).toString('hex')]),
    ).toEqual([]);
    expect(inputs).toBeGreaterThan(100);
    expect(sealed).toBe(target.routes.length > 1 ? inputs >> 1 : 0);
    expect(verdicts.size).toBeGreaterThan(1);
  });
});

describe('the campaign', () => {
  const target: Target = {
    name: 'planted',
    routes: [fileRoute(Uint8Array.of(0x82, 1, 2))],
    reopen: (file) => file,
  };
  const findingOf = async (reopen: Target['reopen']): Promise<string> => {
    const { findings } = await runTarget(
      { ...target, reopen },
      { ...budget, inputs: 50, inputMsMax: 1000 },
    );
    return findings[0]?.what ?? 'nothing';
  };

  test('finds an error without a code, other bytes and a slow input', async () => {
    expect(await findingOf((file) => file)).toBe('nothing');
    expect(
      await findingOf(() => {
        throw new GapError('field_range', 'refused');
      }),
    ).toBe('nothing');
    expect(
      await findingOf(() => {
        throw new TypeError('planted');
      }),
    ).toContain('TypeError: planted');
    expect(await findingOf(() => new Uint8Array())).toBe(
      'it was accepted, but encodes to other bytes',
    );
    const slow = findingOf(async (file) => {
      await new Promise((resolve) => setTimeout(resolve, 1_050));
      return file;
    });
    expect(await slow).toMatch(/^it took 1\d\d\d ms$/);
  });

  test('makes the same input again from seed and index alone', () => {
    for (const each of TARGETS) {
      const again = (): string =>
        Buffer.from(inputOf(each, { seed: 7, index: 41 }).input).toString('hex');
      expect(again()).toBe(again());
    }
    const [first] = TARGETS;
    const inputs = Array.from({ length: 100 }, (_, index) =>
      Buffer.from(inputOf(first!, { seed: 7, index }).input).toString('hex'),
    );
    expect(new Set(inputs).size).toBeGreaterThan(90);
  });
});
