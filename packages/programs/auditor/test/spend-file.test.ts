/** A spend's file among other JSON: what claims to be one, what is refused, and what hostile JSON costs. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { audit } from '../src/audit.ts';
import { SPEND_BYTES_MAX, SPEND_ENTRIES_MAX } from '../src/limits.ts';
import { fileOf, spendJson } from './spend-world.ts';
import { batchOf, cards, findingsOf, keysOf, TestRecord } from './world.ts';

const [a] = await keysOf(1);
const PAYEE = 'PAYEE'.padEnd(81, '9');
const batch = batchOf([a]);
const base = { ...cards, batch };
const json = spendJson([a], PAYEE, { record: new TestRecord().open({ batches: [batch] }) });
const good = fileOf(json);
const text = Buffer.from(good).toString('utf8');

const messagesOf = (file: Uint8Array, isNamed = true): string[] =>
  audit([{ path: 'spend', bytes: file, isNamed }], [], { trusted: null }).findings.map(
    ({ code, message }) => `${code} ${message}`,
  );
/** The code and the gap's code of the only finding. */
function refused(file: unknown): string {
  const [message, ...others] = messagesOf(file instanceof Uint8Array ? file : fileOf(file));
  expect(others).toEqual([]);
  return message!.split(' ', 2).join(' ');
}

describe('other JSON', () => {
  test.each([
    ['an empty object', {}],
    ['what a node is sent', { command: 'attachToTangle', trytes: json.trytes }],
    ['the same names further inside', { data: json }],
    ['a letter', '{"dear auditor'],
    ['a large one', { text: 'x'.repeat(SPEND_BYTES_MAX) }],
  ])('%s is skipped in a folder, an error when named', (_, value) => {
    const file = fileOf(value);
    expect(messagesOf(file, false)).toEqual([]);
    expect(messagesOf(file)).toEqual([
      'file_not_airlock expected the JSON object that "airlock-signer spend" writes (bundleHash, trytes, record), got other JSON: leave it out',
    ]);
    const { files } = audit([{ path: 'x', bytes: file, isNamed: false }], [], { trusted: null });
    expect(files).toMatchObject([{ type: 'unknown', verdict: 'skipped' }]);
  });
});

describe('what claims to be a spend is refused by name, in a folder too', () => {
  const { bundleHash, trytes, record } = json;
  test.each<[string, string, unknown]>([
    ['without its record', 'field_missing', { bundleHash, trytes }],
    ['without its hash', 'field_missing', { trytes, record }],
    ['with a name misspelt', 'field_missing', { bundleHasx: bundleHash, trytes, record }],
    ['with a name more', 'field_unknown', { ...json, command: 'x' }],
    ['with __proto__', 'field_unknown', text.replace('{', '{"__proto__":{},')],
    ['with a hash too short', 'field_range', { ...json, bundleHash: bundleHash.slice(1) }],
    ['with a hash of other letters', 'field_range', { ...json, bundleHash: 'a'.repeat(81) }],
    ['with a hash that is none', 'field_type', { ...json, bundleHash: null }],
    ['with trytes that are no list', 'field_type', { ...json, trytes: trytes[0] }],
    ['without trytes', 'field_range', { ...json, trytes: [] }],
    ['with a transaction cut', 'field_range', { ...json, trytes: [trytes[0]!.slice(1)] }],
    ['with a transaction that is none', 'field_type', { ...json, trytes: [[trytes[0]]] }],
    ['with 129 transactions', 'field_range', { ...json, trytes: Array(129).fill(trytes[0]) }],
    ['with no entry', 'field_range', { ...json, record: [] }],
    ['with 65 entries', 'field_range', { ...json, record: Array(65).fill(record[0]) }],
    ['with an entry that is no text', 'field_type', { ...json, record: [{}] }],
    ['with an entry that is no base64', 'field_type', { ...json, record: [`${record[0]}!`] }],
    ['with an entry cut', 'cbor_truncated', { ...json, record: [record[0]!.slice(0, -8)] }],
    ['with white space in a value', 'field_range', text.replace('"bundleHash":"', '$& ')],
    ['cut off', 'envelope_malformed', text.slice(0, -40)],
    ['with a byte turned between values', 'envelope_malformed', text.replace('":', '"!')],
    ['with a name twice', 'envelope_malformed', text.replace('{', `{"bundleHash":"${PAYEE}",`)],
    ['with an escape', 'envelope_malformed', text.replace('"trytes"', '"\\u0074rytes"')],
    ['with a byte that is no ASCII', 'field_range', text.replace('"bundleHash":"', '$&\u00e9')],
    ['too long', 'too_large', `${text}${' '.repeat(SPEND_BYTES_MAX)}`],
  ])('%s: %s', (_, code, value) => {
    expect(refused(value)).toBe(`encoding ${code}:`);
    const file = fileOf(value);
    expect(messagesOf(file, false)).toEqual(messagesOf(file));
  });

  test('at most 64 entries are read', () => {
    const events = SPEND_ENTRIES_MAX - json.record.length;
    const record = new TestRecord().open({ batches: [batch] });
    for (let count = 0; count < events; count += 1) record.issue(batch);
    const most = spendJson([a], PAYEE, { record });
    expect(most.record).toHaveLength(SPEND_ENTRIES_MAX);
    expect(findingsOf({ ...base, spend: fileOf(most) })).toEqual([]);
  });
});

test('wherever a byte is turned, something is found', () => {
  const step = Math.floor(good.length / 60);
  const places = Array.from({ length: 60 }, (_, n) => 1 + n * step);
  // The record's places are dense in meaning, the names' in form.
  const more = Array.from({ length: 14 }, (_, n) => text.indexOf('"record"') + n * 3);
  for (const place of [...places, ...more]) {
    const spend = good.map((byte, at) => (at === place ? byte ^ 1 : byte));
    const findings = findingsOf({ ...base, spend });
    expect({ place, isFound: findings.length > 0 }).toEqual({ place, isFound: true });
  }
}, 120_000);

test('pieces exchanged, doubled or cut out anywhere never end in a defect', () => {
  const cut = fc.nat({ max: text.length });
  fc.assert(
    fc.property(cut, cut, cut, (from, to, at) => {
      const piece = text.slice(Math.min(from, to), Math.max(from, to));
      const rest = text.slice(0, Math.min(from, to)) + text.slice(Math.max(from, to));
      for (const changed of [rest, text.slice(0, at) + piece + text.slice(at)]) {
        if (changed.trimEnd() === text.trimEnd()) continue;
        const spend = Buffer.from(changed, 'latin1');
        const report = audit([{ path: 'spend', bytes: spend, isNamed: true }], [], {
          trusted: null,
        });
        expect(report.verdict).toBe('findings');
      }
    }),
    { seed: 20_261_126, numRuns: 200 },
  );
});

describe('hostile JSON costs little', () => {
  const deep = (count: number): string => '['.repeat(count) + ']'.repeat(count);
  const { bundleHash, record } = json;
  const half = SPEND_BYTES_MAX / 2 - 100;
  test.each<[string, unknown]>([
    ['lists as deep as the file is long', `{"bundleHash":1,"trytes":${deep(half)},"record":1}`],
    ['objects as deep', `${'{"trytes":'.repeat(80_000)}1${'}'.repeat(80_000)}`],
    ['deep, and never closed', `{"bundleHash":1,"trytes":${'['.repeat(2 * half)}`],
    ['a million numbers', { bundleHash, trytes: Array(half / 2).fill(1), record }],
    ['many names', `{"bundleHash":1,"trytes":1${',"x":1'.repeat(100_000)}}`],
    ['a long name', { bundleHash, trytes: 1, record: 1, ['x'.repeat(half)]: 1 }],
    ['32 MiB of it', `{"bundleHash":1,"trytes":${'['.repeat(32 * 1024 * 1024 - 100)}`],
  ])('%s', (_, value) => {
    const file = fileOf(value);
    const start = performance.now();
    const messages = messagesOf(file);
    expect(performance.now() - start).toBeLessThan(3000);
    expect(messages).toHaveLength(1);
    expect(messages[0]!.length).toBeLessThan(300);
    expect(messages[0]).toMatch(/^(encoding|file_not_airlock) /);
  });
});
