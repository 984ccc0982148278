/** What holds for every message: each field of a validly signed payload is wanted as it is. */
import { describe, expect, test } from '@jest/globals';
import { type CborMap, type CborValue, decodeCbor, Tagged } from '../src/cbor.ts';
import {
  payloadOf,
  placesOf,
  resealed,
  type Sample,
  spoiled,
  unhex,
  verdictOf,
} from './samples.ts';

/** A path in the payload, what is put there, and 'accepted' or the code of the refusal. */
export type FieldCase = readonly [string, readonly number[], CborValue | undefined, string];

/** One value of each CBOR type; none fits a place where another type is wanted. */
export const ONE_OF_EACH: readonly CborValue[] = [
  1n,
  -1n,
  new Uint8Array(1),
  'x',
  [],
  new Map(),
  new Tagged(1n, 1n),
  true,
  null,
];

const isOneKindWith = (a: CborValue, b: CborValue): boolean =>
  typeof a === 'object' && a !== null && b !== null
    ? a.constructor === b.constructor
    : typeof a === typeof b && (a === null) === (b === null);

/** Tests of a message, validly signed each time, with one field missing, added or of another type. */
export function describeFields(sample: Sample, cases: readonly FieldCase[]): void {
  const places = [...placesOf(decodeCbor(payloadOf(sample)))];
  const verdict = (path: readonly number[], item: CborValue | undefined): string =>
    verdictOf(() => sample.open(spoiled(sample, path, item)));

  describe(`the fields of a signed ${sample.type}`, () => {
    test('are accepted as they are', () => {
      expect(verdict([], decodeCbor(payloadOf(sample)))).toBe('accepted');
    });

    test('are all needed: without any one it is refused with field_missing', () => {
      for (const { path, value } of places) {
        if (!(value instanceof Map)) continue;
        for (const key of (value as CborMap).keys()) {
          const place = [...path, Number(key)];
          expect([place, verdict(place, undefined)]).toEqual([place, 'field_missing']);
        }
      }
    });

    test('are all there are: with any other key it is refused with field_unknown', () => {
      for (const { path, value } of places) {
        if (!(value instanceof Map)) continue;
        for (const key of [0, -1, value.size + 1, 99]) {
          const place = [...path, key];
          expect([place, verdict(place, null)]).toEqual([place, 'field_unknown']);
        }
      }
    });

    test('have one type each: with any other it is refused as field_type or field_range', () => {
      for (const { path, value } of places) {
        for (const other of ONE_OF_EACH) {
          if (isOneKindWith(value, other)) continue;
          // Null stands for an absent keyring or authorization, and the other way round.
          const seen = verdict(path, other);
          if (seen === 'accepted' && (value === null || other === null)) continue;
          expect([path, other, seen]).toEqual([
            path,
            other,
            expect.stringMatching(/^field_(type|range)$/),
          ]);
        }
      }
    });

    test.each(cases)('%s', (...[, path, item, code]) => {
      expect(verdict(path, item)).toBe(code);
    });

    test('are refused by name when the payload is not deterministic CBOR', () => {
      const payload = payloadOf(sample);
      const open = (bytes: Uint8Array): string =>
        verdictOf(() => sample.open(resealed(sample, bytes)));
      expect(open(payload)).toBe('accepted');
      expect(open(new Uint8Array([...payload, 0]))).toBe('cbor_trailing');
      expect(open(payload.subarray(0, -1))).toBe('cbor_truncated');
      expect(open(new Uint8Array())).toBe('cbor_truncated');
      expect(open(unhex('a0'))).toBe('field_missing');
      expect(open(unhex('bfff'))).toBe('cbor_indefinite');
    });
  });
}
