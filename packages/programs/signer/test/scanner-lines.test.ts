/** Lines of scanners: whatever the chunks, the same lines. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ScannerLines } from '../src/crossing/scanner-lines.ts';

function linesOf(chunks: readonly string[]): string[] {
  const scanned = new ScannerLines();
  return [...chunks.flatMap((chunk) => scanned.take(chunk).lines), ...scanned.rest()];
}

describe('lines', () => {
  test('end with CR, LF or both, and are none where nothing stands between', () => {
    expect(linesOf(['A\rB\nC\r\nD\r\n\r\n', '\nE'])).toEqual(['A', 'B', 'C', 'D', 'E']);
  });

  test('are the same however they are cut into chunks', () => {
    const text = 'UR:BYTES/AA\r\nUR:BYTES/BB\rUR:BYTES/CC';
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const chunks = places.slice(1).map((end, at) => text.slice(places[at], end));
        expect(linesOf(chunks)).toEqual(['UR:BYTES/AA', 'UR:BYTES/BB', 'UR:BYTES/CC']);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test('end with Ctrl-C, and what follows it is not taken', () => {
    const scanned = new ScannerLines();
    expect(scanned.take('A\nB\u0003C\n')).toEqual({ lines: ['A'], isCancelled: true });
    expect(scanned.rest()).toEqual(['B']);
  });

  test('that never end are kept up to a bound', () => {
    const scanned = new ScannerLines();
    for (let chunk = 0; chunk < 100; chunk += 1) scanned.take('x'.repeat(10_000));
    expect(scanned.rest()[0]?.length).toBeLessThan(10_000);
    expect(scanned.take('UR:A\n').lines).toEqual(['UR:A']);
  });
});
