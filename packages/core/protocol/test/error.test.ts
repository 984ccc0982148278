/** Every code is thrown by something, documented in the README, and nothing else is. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  decodeTransaction,
  deriveSeed,
  encodeInteger,
  PROTOCOL_ERROR_CODES,
  ProtocolError,
  type ProtocolErrorCode,
  parseAddress,
  parseAmount,
  parseTrytes,
  parseUuid,
  plainArgon2,
  withChecksum,
} from '../src/index.ts';
import { codeOf } from './legacy.ts';

const uuid = 'A'.repeat(64);
const argon2 = { name: 'hub-argon2i', timeCost: 1, memoryKib: 8, parallelism: 1 } as const;
const seedOf = (timeCost: number, saltBytes: number) => () =>
  deriveSeed({
    scheme: { ...argon2, timeCost },
    network: 'private',
    salt: new Uint8Array(saltBytes),
    uuid,
    argon2: plainArgon2,
  });

/** One refusal for each code. The type makes it complete. */
const refusals: Record<ProtocolErrorCode, () => unknown> = {
  amount_malformed: () => parseAmount('01'),
  amount_out_of_range: () => parseAmount('2779530283277762'),
  trytes_malformed: () => parseTrytes('a', 1),
  trytes_length: () => parseTrytes('9', 2),
  integer_out_of_range: () => encodeInteger(14n, 1),
  address_length: () => parseAddress('9'.repeat(81)),
  address_checksum: () => parseAddress('9'.repeat(90)),
  address_last_trit: () => parseAddress(withChecksum('M'.repeat(81))),
  uuid_malformed: () => parseUuid(''),
  scheme_invalid: seedOf(0, 8),
  salt_too_short: seedOf(1, 7),
  transaction_value_range: () => decodeTransaction('M'.repeat(2673)),
};

describe('PROTOCOL_ERROR_CODES', () => {
  test.each(PROTOCOL_ERROR_CODES)('%s is thrown', async (code) => {
    expect(await codeOf(refusals[code])).toBe(code);
  });

  test('are the codes that the README lists, in the same order', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const listed = [...readme.matchAll(/^\| `([a-z_0-9]+)` \|/gm)].map(([, code]) => code);
    expect(listed).toEqual([...PROTOCOL_ERROR_CODES]);
  });

  test('each stands once', () => {
    expect(new Set(PROTOCOL_ERROR_CODES).size).toBe(PROTOCOL_ERROR_CODES.length);
  });
});

describe('ProtocolError', () => {
  test('says what was expected and what came, in its message and as fields', () => {
    const error = new ProtocolError('trytes_length', { expected: 'a', got: 'b' });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'ProtocolError', code: 'trytes_length' });
    expect(error).toMatchObject({ expected: 'a', got: 'b', message: 'expected a, got b' });
  });
});
