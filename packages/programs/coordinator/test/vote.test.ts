/** The count of votes: a value counts with a quorum, in any order, and each item for itself. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countOutvoted, countVotes } from '../src/nodes/vote.ts';

describe('three nodes of which two must agree', () => {
  const rules = { items: 3, quorum: 2 };

  test('one that differs is outvoted on that item only', () => {
    const honest = [5n, 0n, 7n];
    const lying = [5n, 1n, 7n];
    const agreed = countVotes([honest, lying, honest], rules);
    expect(agreed).toEqual([5n, 0n, 7n]);
    expect(countOutvoted(lying, agreed)).toBe(1);
    expect(countOutvoted(honest, agreed)).toBe(0);
  });

  test('an item that all have otherwise is null, and outvotes nobody', () => {
    const ballots = [
      [1n, 0n, 7n],
      [2n, 0n, 7n],
      [3n, 0n, 7n],
    ];
    const agreed = countVotes(ballots, rules);
    expect(agreed).toEqual([null, 0n, 7n]);
    expect(ballots.map((ballot) => countOutvoted(ballot, agreed))).toEqual([0, 0, 0]);
  });

  test('false is an answer like true', () => {
    const agreed = countVotes([[false], [true], [false]], { items: 1, quorum: 2 });
    expect(agreed).toEqual([false]);
    expect(countOutvoted([true], agreed)).toBe(1);
  });

  test('a ballot of the wrong length is a defect of the caller', () => {
    expect(() => countVotes([[1n]], rules)).toThrow(RangeError);
  });
});

test('below a majority, two values with a quorum each are no agreement', () => {
  expect(countVotes([[true], [false]], { items: 1, quorum: 1 })).toEqual([null]);
  expect(countVotes([[true]], { items: 1, quorum: 1 })).toEqual([true]);
});

describe('any ballots', () => {
  const election = fc
    .record({ nodes: fc.integer({ min: 1, max: 7 }), items: fc.integer({ min: 0, max: 6 }) })
    .chain(({ nodes, items }) =>
      fc.record({
        items: fc.constant(items),
        quorum: fc.integer({ min: 1, max: nodes }),
        ballots: fc.array(
          fc.array(fc.bigInt({ min: 0n, max: 2n }), { minLength: items, maxLength: items }),
          { minLength: 0, maxLength: nodes },
        ),
        seed: fc.nat(),
      }),
    );
  const votesFor = (ballots: bigint[][], item: number, value: bigint): number =>
    ballots.filter((ballot) => ballot[item] === value).length;

  test('give a value exactly where one and only one has a quorum', () => {
    fc.assert(
      fc.property(election, ({ ballots, items, quorum }) => {
        const agreed = countVotes(ballots, { items, quorum });
        expect(agreed).toHaveLength(items);
        for (const [item, value] of agreed.entries()) {
          const winners = [0n, 1n, 2n].filter(
            (candidate) => votesFor(ballots, item, candidate) >= quorum,
          );
          expect(value).toBe(winners.length === 1 ? winners[0] : null);
        }
      }),
    );
  });

  test('count the same in whatever order they come', () => {
    fc.assert(
      fc.property(election, ({ ballots, items, quorum, seed }) => {
        const turn = ballots.length === 0 ? 0 : seed % ballots.length;
        const turned = [...ballots.slice(turn), ...ballots.slice(0, turn)].reverse();
        const rules = { items, quorum };
        expect(countVotes(turned, rules)).toEqual(countVotes(ballots, rules));
      }),
    );
  });

  test('with a majority for quorum, what is agreed stays agreed as more come', () => {
    fc.assert(
      fc.property(election, ({ ballots, items }) => {
        const rules = { items, quorum: Math.floor(ballots.length / 2) + 1 };
        const final = countVotes(ballots, rules);
        for (let come = 0; come < ballots.length; come += 1) {
          for (const [item, value] of countVotes(ballots.slice(0, come), rules).entries()) {
            if (value !== null) expect(final[item]).toBe(value);
          }
        }
      }),
    );
  });

  test('of fewer liars than a quorum cannot make a lie count, nor a truth of a quorum fail', () => {
    const scene = fc
      .record({ quorum: fc.integer({ min: 1, max: 5 }), truth: fc.bigInt({ min: 0n, max: 9n }) })
      .chain(({ quorum, truth }) =>
        fc.record({
          quorum: fc.constant(quorum),
          truth: fc.constant(truth),
          lies: fc.array(fc.bigInt({ min: 10n, max: 19n }), { maxLength: quorum - 1 }),
          honest: fc.integer({ min: quorum, max: quorum + 3 }),
        }),
      );
    fc.assert(
      fc.property(scene, ({ quorum, truth, lies, honest }) => {
        const ballots = [...lies.map((lie) => [lie]), ...Array(honest).fill([truth])];
        expect(countVotes(ballots, { items: 1, quorum })).toEqual([truth]);
        expect(countVotes(ballots.slice(0, lies.length), { items: 1, quorum })).toEqual([null]);
      }),
    );
  });
});
