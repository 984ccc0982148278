/** JSON texts with bigints, against JSON.stringify. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type JsonForm, jsonText } from '../src/json-text.ts';

const FORM: JsonForm = { namesOf: Object.keys, textOfBigint: (value) => `"${value}"` };

const expected = (value: unknown): string =>
  JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? each.toString() : each));

const leaf = fc.oneof(
  ...[fc.bigInt(), fc.integer(), fc.double(), fc.boolean(), fc.constantFrom(null, undefined)],
  ...[fc.string({ unit: 'binary' }), fc.constantFrom('a.b:c-d_e', 'a"b', 'a\nb', 'é', '')],
);
const { fields: anyFields } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leaf, tie('fields'), fc.array(tie('value'), { maxLength: 3 })),
  fields: fc.dictionary(fc.stringMatching(/^[A-Za-z]{1,8}$/), tie('value'), { maxKeys: 5 }),
}));

test('is what JSON.stringify gives, whatever stands in texts', () => {
  fc.assert(
    fc.property(anyFields, (fields) => {
      expect(jsonText(fields as object, FORM)).toBe(expected(fields));
    }),
  );
});

test('has fields in the order of its form, and bigints as it says', () => {
  const form: JsonForm = {
    namesOf: (fields) => Object.keys(fields).sort(),
    textOfBigint: (value) => `{"big":"${value}"}`,
  };
  expect(jsonText({ e: [], f: {}, b: [1n], a: { d: 1, c: -2n } }, form)).toBe(
    '{"a":{"c":{"big":"-2"},"d":1},"b":[{"big":"1"}],"e":[],"f":{}}',
  );
});
