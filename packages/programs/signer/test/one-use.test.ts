/**
 * Whatever is asked, in whatever order and by whatever way (requests by UUID or out of a slip, spends
 * alone, surrenders), a key is used once: one hash, or given away. A model of one map is compared.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { type IssuedAddress, uuidCommitment } from '@airlock/gap';
import { NULL_TAG } from '@airlock/protocol';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { RecordFold } from '../src/record-state.ts';
import { openSlips, type Slips } from '../src/slips.ts';
import { planSpend, reviewSpend, settleSpend } from '../src/spend.ts';
import { reviewSurrender } from '../src/surrender.ts';
import {
  addEntry,
  addressOf,
  addVerdicts,
  bundle,
  input,
  KEYRING,
  KEYS,
  NOW,
  newState,
  own,
  requestOf,
  review,
  slipInput,
  slipOf,
  verdictOf,
} from './world.ts';

const keys = KEYS.slice(0, 4);
const slip = slipOf(keys);

/** What is asked: of which key, and to whom. */
interface Step {
  readonly way: 'request' | 'slip' | 'spend' | 'surrender';
  readonly from: number;
  /** A key of this record, or somebody else's address. */
  readonly to: number;
  readonly minute: number;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    way: fc.constantFrom('request', 'slip', 'spend', 'surrender'),
    from: fc.nat(3),
    to: fc.nat(5),
    minute: fc.nat(1),
  }),
  { minLength: 1, maxLength: 12 },
);

const keyAt = (index: number): IssuedAddress => keys[index]!;

function ask(state: RecordFold, step: Step, slips: Slips): void {
  const from = keyAt(step.from);
  const to = keys[step.to];
  if (step.way === 'surrender') {
    const { uuid, isAgain } = reviewSurrender(state, from.address);
    if (!isAgain) addEntry(state, { kind: 'surrendered', commitment: uuidCommitment(uuid) });
    return;
  }
  if (step.way === 'spend') {
    const address = to?.address ?? addressOf('P');
    const inputs = [{ address: from.address, amount: 5n }];
    const spend = settleSpend({ inputs, payees: [{ address, amount: null }], tag: NULL_TAG });
    const reviewed = reviewSpend(state, planSpend(spend, NOW + step.minute * 60_000), slips);
    const used = [[uuidCommitment(from.uuid), 1]] as const;
    const verdict = { bundleHash: reviewed.hash, keys: used, withdrawalIds: [] };
    if (!state.signedAlone.has(reviewed.hash)) addEntry(state, { kind: 'signed-alone', verdict });
    return;
  }
  const slots =
    step.way === 'slip'
      ? slipInput(from, 5n, { slip, index: step.from })
      : input(from, BigInt(5 + step.minute));
  const request = requestOf(state, [bundle(slots, own(to ?? KEYS[30]!, -(slots[0]?.value ?? 0n)))]);
  addVerdicts(state, review(state, request, { slips }));
}

/** What a key was used for: a bundle hash, 'given away', or nothing. */
function useOf(state: RecordFold, { uuid }: IssuedAddress): string | null {
  const key = uuidCommitment(uuid);
  const hash = state.signedKeys.get(key)?.bundleHash ?? null;
  if (!state.surrendered.has(key)) return hash;
  return hash === null ? 'given away' : `given away, and ${hash}`;
}

test('a key that was used stays with its use, and no money comes to it from then on', () => {
  fc.assert(
    fc.property(steps, (asked) => {
      const state = newState();
      const here = { id: KEYRING.id, network: 'private' } as const;
      const slips = openSlips(state, here, [{ source: 'slip', bytes: slip }]);
      const uses = new Map<IssuedAddress, string>();
      for (const step of asked) {
        const isPaidUsed = keys[step.to] !== undefined && uses.has(keyAt(step.to));
        const before = state.signedBundles.size;
        const outcome = verdictOf(() => ask(state, step, slips));
        const isNew = state.signedBundles.size > before;
        if (isNew && isPaidUsed) return false;
        for (const key of keys) {
          const use = useOf(state, key);
          const known = uses.get(key);
          if (known !== undefined && known !== use) return false;
          if (use?.includes(', and ')) return false;
          if (use !== null) uses.set(key, use);
        }
        if (outcome === 'accepted' && !uses.has(keyAt(step.from))) return false;
      }
      return true;
    }),
    { numRuns: 60 },
  );
});

test('one file of the signer turns a seed into text: that of "surrender"', () => {
  const folder = new URL('../src/', import.meta.url);
  const files = readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'));
  const using = (pattern: RegExp): string[] =>
    files.filter((name) => pattern.test(readFileSync(new URL(name, folder), 'utf8')));
  expect(files.length).toBeGreaterThan(50);
  expect(using(/wordsToTrytes|tritsToTrytes/)).toEqual(['commands/surrender.ts']);
  expect(using(/\bseedScreen\(/).sort()).toEqual(['commands/surrender.ts', 'screen-alone.ts']);
});
