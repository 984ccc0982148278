/** Who keeps up: nobody alone moves the reference, and a verdict never has to be taken back. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type NodeReport, referenceMilestone, standingsOf } from '../src/nodes/milestones.ts';

const at = (solid: number, latest = solid): NodeReport => ({ latest, solid, solidHash: null });
const RULES = { quorum: 2, lagMilestonesMax: 2, outstanding: 0 };

describe('of three nodes, two a quorum', () => {
  test('one behind by more than the limit lags, at the limit it does not', () => {
    expect(standingsOf([at(100), at(98), at(100)], RULES)).toEqual([
      'in-step',
      'in-step',
      'in-step',
    ]);
    expect(standingsOf([at(100), at(97), at(100)], RULES)).toEqual([
      'in-step',
      'lagging',
      'in-step',
    ]);
  });

  test('one that lacks part of the latest milestone lags, wherever it stands', () => {
    expect(standingsOf([at(100), at(100, 101), at(100)], RULES)[1]).toBe('lagging');
    expect(standingsOf([at(100, 101)], { ...RULES, outstanding: 2 })).toEqual(['lagging']);
  });

  test('one that claims a milestone of the future makes nobody lag', () => {
    const reports = [at(100), at(1_000_000), at(99)];
    expect(referenceMilestone(reports, 2)).toBe(100);
    expect(standingsOf(reports, RULES)).toEqual(['in-step', 'in-step', 'in-step']);
  });

  test('one that claims to be far behind holds nobody back', () => {
    expect(referenceMilestone([at(100), at(1), at(99)], 2)).toBe(99);
  });

  test('while one report is missing, only what it cannot change is decided', () => {
    const waiting = { ...RULES, outstanding: 1 };
    expect(standingsOf([at(100), at(99)], waiting)).toEqual(['in-step', 'in-step']);
    expect(standingsOf([at(100), at(90)], waiting)).toEqual(['in-step', 'open']);
    expect(standingsOf([at(100)], { ...RULES, outstanding: 2 })).toEqual(['open']);
  });

  test('one alone, the others dead, is not judged', () => {
    expect(referenceMilestone([at(100)], 2)).toBeNull();
    expect(standingsOf([at(100)], RULES)).toEqual(['open']);
  });
});

describe('any reports', () => {
  const reports = fc.array(
    fc
      .record({ solid: fc.integer({ min: 0, max: 30 }), ahead: fc.constantFrom(0, 0, 0, 1) })
      .map(({ solid, ahead }) => at(solid, solid + ahead)),
    { minLength: 1, maxLength: 7 },
  );
  const scene = reports.chain((all) =>
    fc.record({
      all: fc.constant(all),
      quorum: fc.integer({ min: 1, max: all.length }),
      lagMilestonesMax: fc.integer({ min: 0, max: 3 }),
    }),
  );

  test('a node told to lag or to be in step is told the same when the others have reported', () => {
    fc.assert(
      fc.property(scene, ({ all, ...rules }) => {
        const final = standingsOf(all, { ...rules, outstanding: 0 });
        for (let come = 1; come <= all.length; come += 1) {
          const outstanding = all.length - come;
          const early = standingsOf(all.slice(0, come), { ...rules, outstanding });
          for (const [index, standing] of early.entries()) {
            if (standing !== 'open') expect(standing).toBe(final[index]);
          }
        }
      }),
    );
  });

  test('all in, nothing is left open, and with a whole network in step nobody lags', () => {
    fc.assert(
      fc.property(scene, ({ all, ...rules }) => {
        expect(standingsOf(all, { ...rules, outstanding: 0 })).not.toContain('open');
        const solid = all.map(() => at(7));
        const standings = standingsOf(solid, { ...rules, outstanding: 0 });
        expect(new Set(standings)).toEqual(new Set(['in-step']));
      }),
    );
  });

  test('one liar leaves the reference between the milestones of honest nodes', () => {
    const withLiar = fc
      .array(fc.integer({ min: 0, max: 50 }), { minLength: 2, maxLength: 6 })
      .chain((honest) =>
        fc.record({
          honest: fc.constant(honest),
          lie: fc.integer({ min: 0, max: 100_000 }),
          quorum: fc.integer({ min: 2, max: honest.length }),
        }),
      );
    fc.assert(
      fc.property(withLiar, ({ honest, lie, quorum }) => {
        const reference = referenceMilestone(
          [...honest, lie].map((index) => at(index)),
          quorum,
        );
        expect(reference).toBeGreaterThanOrEqual(Math.min(...honest));
        expect(reference).toBeLessThanOrEqual(Math.max(...honest));
      }),
    );
  });
});
