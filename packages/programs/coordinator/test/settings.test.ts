/** The settings file: defaults, every field, and what is refused with the field's name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS, parseSettings } from '../src/settings.ts';
import { codeOf } from './world.ts';

const KEYRING = `kr_${'1a'.repeat(16)}`;

describe('settings', () => {
  test('without a field are the defaults', () => {
    expect(parseSettings('{}')).toEqual(DEFAULT_SETTINGS);
    expect(DEFAULT_SETTINGS).toMatchObject({
      creditPolicy: 'swept',
      hotUser: null,
      composition: 'separate',
      minSweepAmount: 0n,
      schedules: [],
    });
  });

  test('take every field', () => {
    const fields = {
      nodes: ['https://user:word@node.example/path'],
      creditPolicy: 'confirmed',
      hotUser: 'hot@exchange',
      composition: 'combined',
      settleDelayMs: 60_000,
      hubFanout: 8,
      reserveAfterMs: 1,
      keepMessages: true,
      quarantineAfterMs: 0,
      schedules: [{ keyringId: KEYRING, everyMs: 3_600_000, maxSweeps: 1, maxInputs: 20 }],
      alarms: {
        poolDays: 1.5,
        poolAddresses: 3,
        requestStaleMs: 1,
        withdrawalDelayedMs: 2,
      },
    };
    const amounts = { minSweepAmount: '1000', floatTarget: '2779530283277761' };
    const reserve = { keepHot: '20%', ceiling: '5000', coldKeyringId: KEYRING };
    expect(parseSettings(JSON.stringify({ ...fields, ...amounts, reserve }))).toEqual({
      ...fields,
      minSweepAmount: 1000n,
      floatTarget: 2_779_530_283_277_761n,
      reserve: {
        keepHot: { unit: 'percent', amount: 20n },
        ceiling: 5000n,
        coldKeyringId: KEYRING,
      },
    });
  });

  test.each([
    ['[]', 'the file'],
    ['{"creditPolicy":"later"}', 'creditPolicy'],
    ['{"hotUser":""}', 'hotUser: 1 to 64 of'],
    ['{"hotUser":"hot wallet"}', 'hotUser'],
    ['{"minSweepAmount":1}', 'minSweepAmount'],
    ['{"floatTarget":"2779530283277762"}', 'floatTarget'],
    ['{"floatTarget":"-1"}', 'floatTarget'],
    ['{"hubFanout":0}', 'hubFanout'],
    ['{"settleDelayMs":1.5}', 'settleDelayMs'],
    ['{"schedules":[{"keyringId":"kr_1","everyMs":1000}]}', 'schedules.0.keyringId'],
    [`{"schedules":[{"keyringId":"${KEYRING}","everyMs":999}]}`, 'schedules.0.everyMs'],
    ['{"alarms":{"poolDays":"7"}}', 'alarms.poolDays'],
    ['{"reserve":{"keepHot":"101%"}}', 'reserve.keepHot'],
    ['{"reserve":{"keepHot":"1.5"}}', 'reserve.keepHot'],
    ['{"reserve":{"ceiling":"5"}}', 'reserve'],
    ['{"reserve":{"coldKeyringId":"kr_1"}}', 'reserve.coldKeyringId'],
    ['{"creditpolicy":"swept"}', 'creditpolicy'],
    ['{', 'expected JSON'],
    [`{"a":"${'x'.repeat(70_000)}"}`, 'at most 65536 bytes'],
  ])('refuse %.40s and name the place', async (text, place) => {
    expect(await codeOf(() => parseSettings(text))).toBe('invalid_request');
    expect(() => parseSettings(text)).toThrow(place);
  });

  test('name every field at fault, not the first alone', () => {
    const faults = '{"hubFanout":0,"reserve":{"keepHot":"1.5"},"creditpolicy":"swept"}';
    for (const name of ['hubFanout', 'reserve.keepHot', 'creditpolicy']) {
      expect(() => parseSettings(faults)).toThrow(name);
    }
  });

  test('are all documented, and no other', () => {
    const path = join(import.meta.dirname, '../../../../docs/settings.md');
    const text = readFileSync(path, 'utf8');
    const documented = [...text.matchAll(/^\| `([a-zA-Z.]+)` \|/gm)].map(([, name]) => name);
    const { alarms, reserve, ...fields } = DEFAULT_SETTINGS;
    const known = [
      ...Object.keys(fields),
      ...Object.keys(alarms).map((name) => `alarms.${name}`),
      ...Object.keys(reserve).map((name) => `reserve.${name}`),
    ];
    expect(documented.sort()).toEqual(known.sort());
    const [, example] = /```json\n([^`]*)```/.exec(text)!;
    expect(parseSettings(example!)).toMatchObject({ hubFanout: 8, minSweepAmount: 1_000_000n });
  });
});
