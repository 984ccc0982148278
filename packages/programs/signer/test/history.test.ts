/**
 * Copies of a home along a history of 120 steps: each is given the history's requests and voids, and
 * each of its answers is the original's, byte for byte, or a refusal.
 *
 * A copy that has seen k steps becomes the copy that has seen k + 1, byte for byte, when it is given
 * step k; hence one step from each copy stands for all the rest of the history. That rest itself is
 * given to every copy of a longer history by `npm run campaign:history`.
 */
import {
  openSigningRequest,
  openSigningResponse,
  readEntry,
  type SigningResponse,
} from '@airlock/gap';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { History, Step } from './history.ts';
import type { Answer } from './memory-home.ts';

// The second, slow check of each signature (sign-faulty.test.ts) is nine tenths of the time here.
jest.unstable_mockModule('@iota/signing', () => ({ default: { validateSignatures: () => true } }));
const { entriesOf, makeHistory, replay } = await import('./history.ts');
const { contentsOf, give, stateOf } = await import('./memory-home.ts');
const { COORDINATOR, NOW, SIGNER, seededRandom } = await import('./world.ts');

const STEPS = 120;
const TEN_YEARS_MS = 10 * 365 * 86_400_000;

let history: History;
/** The hash that each key has signed, over all homes of this file. */
const hashes = new Map<string, string>();
const bytes = seededRandom('which steps');
const random = (below: number): number => Buffer.from(bytes(4)).readUInt32BE() % below;

/** Notes what an answer shows of keys. @throws if a key has signed a second hash */
function noteKeys(step: Step, { output }: Answer): void {
  for (const sealed of entriesOf({ command: step.command, output })) {
    const { event } = readEntry(sealed, SIGNER.publicKey);
    if (event.kind !== 'signed') continue;
    for (const { bundleHash, keys } of event.verdicts) {
      for (const [commitment] of keys) {
        const known = hashes.get(commitment) ?? bundleHash;
        if (known !== bundleHash) throw new Error(`${step.name}: a key has signed two hashes`);
        hashes.set(commitment, known);
      }
    }
  }
}

const responseOf = (output: Uint8Array): SigningResponse =>
  openSigningResponse(output, SIGNER.publicKey);

/** The entry that the coordinator knew when it asked. */
const headKnownTo = ({ file }: Step): number =>
  openSigningRequest(file, [COORDINATOR.publicKey]).request.expectedHead.number;

const isSigned = (step: Step): boolean => step.command === 'sign' && step.output !== null;

beforeAll(async () => {
  history = await makeHistory('of a hundred and twenty steps', STEPS);
  for (const step of history.steps) noteKeys(step, step);
}, 240_000);

test('the history has what an honest one may have', () => {
  const { steps, copies, beforeBatches, outstandingMax } = history;
  const count = (isCounted: (step: Step) => boolean): number => steps.filter(isCounted).length;
  expect(steps).toHaveLength(STEPS);
  expect(copies).toHaveLength(STEPS + 1);
  const voids = steps.filter((step) => step.command === 'void' && step.output !== null);
  expect(new Set(voids.map(({ file }) => Buffer.from(file).toString('hex'))).size).toBeGreaterThan(
    20,
  );
  expect(count(isSigned)).toBeGreaterThan(50);
  expect(count(({ name }) => name.includes('again'))).toBeGreaterThan(10);
  expect(count(({ code }) => code === 'request_voided')).toBeGreaterThan(3);
  expect(count(({ code }) => code === 'sequence_not_rising')).toBeGreaterThan(3);
  expect(beforeBatches.length).toBeGreaterThan(1);
  expect(outstandingMax).toBeGreaterThan(3);
});

describe('a copy of the home', () => {
  test('answers what it has seen and what comes next like the original, or refuses', async () => {
    const { steps, copies } = history;
    for (const [seen, copy] of copies.entries()) {
      const next = steps[seen];
      if (next === undefined) continue;
      const home = copy.copy();
      const given = seen === 0 ? [next] : [steps[random(seen)]!, next];
      expect(await replay(home, given, noteKeys)).toEqual([]);
      const isBatchNext = history.beforeBatches.some((batch) => batch.seen === seen + 1);
      if (!isBatchNext) expect(contentsOf(home)).toEqual(contentsOf(copies[seen + 1]!));
    }
  }, 240_000);

  test('from before a batch refuses what was asked for after it', async () => {
    const { steps, beforeBatches } = history;
    for (const { seen, home } of beforeBatches) {
      const later = steps.slice(seen).filter((step) => isSigned(step) && !/again/.test(step.name));
      const copy = home.copy();
      const head = stateOf(copy).head;
      for (const step of later.slice(0, 5)) {
        expect(await give(copy, step)).toEqual({ output: null, code: 'signer_behind' });
      }
      expect(stateOf(copy).head).toEqual(head);
    }
  });

  test('never lets a key sign another hash, also when steps are left out', async () => {
    const { steps, copies } = history;
    let answered = 0;
    for (let run = 0; run < 20; run += 1) {
      const seen = random(STEPS - 12);
      const home = copies[seen]!.copy();
      for (let at = seen + 1 + random(4); at < seen + 10; at += 1 + random(3)) {
        const step = steps[at]!;
        const answer = await give(home, step);
        noteKeys(step, answer);
        if (answer.output === null) continue;
        answered += 1;
        if (!isSigned(step)) continue;
        expect(responseOf(answer.output).results).toEqual(responseOf(step.output!).results);
      }
    }
    expect(answered).toBeGreaterThan(10);
  }, 180_000);

  test('with another clock makes the same signatures in another entry, and is refused from then on', async () => {
    const { steps, copies } = history;
    const isFirst = (step: Step): boolean => isSigned(step) && !step.name.includes('again');
    // A request that was made when the coordinator had just imported the step's answer.
    const nextOf = (seen: number): Step | undefined => {
      const last = stateOf(copies[seen + 1]!).head.number;
      return steps.slice(seen + 1).find((step) => isFirst(step) && headKnownTo(step) === last);
    };
    const seen = steps.findIndex(
      (step, index) => index > 20 && isFirst(step) && nextOf(index) !== undefined,
    );
    const home = copies[seen]!.copy();
    const { output } = await give(home, steps[seen]!, NOW + TEN_YEARS_MS);
    const original = steps[seen]!.output!;
    expect(Buffer.compare(output!, original)).not.toBe(0);
    expect(responseOf(output!).results).toEqual(responseOf(original).results);
    const next = nextOf(seen);
    expect(await give(home, next!)).toEqual({ output: null, code: 'record_forked' });
  });
});
