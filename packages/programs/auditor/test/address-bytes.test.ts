/** The second conversion of addresses, and that a disagreement is a finding. */

import { openEnvelope } from '@airlock/gap';
import { encodeInteger } from '@airlock/protocol';
import { expect, test } from '@jest/globals';
import { addressesOfBatch, addressesOfRequest, compareAddresses } from '../src/address-bytes.ts';
import type { Finding } from '../src/findings.ts';
import { batchOf, cards, findingsOf, keyOf, requestOf, sweep, uuidOf } from './world.ts';

const [a, b] = [await keyOf(1), await keyOf(2)];
const both = [a.address, b.address];

test('addresses of batches and requests come out of the bytes as gap reads them', () => {
  expect(addressesOfBatch(openEnvelope(batchOf([a, b])).payload)).toEqual(both);
  expect(addressesOfRequest(openEnvelope(requestOf([sweep(a, b)])).payload)).toEqual(both);
});

test('a batch with more values than other messages may have is read to its end', () => {
  const many = Array.from({ length: 25_100 }, (_, number) => ({
    uuid: uuidOf(number),
    address: encodeInteger(BigInt(number), 81),
    securityLevel: 1 as const,
  }));
  expect(findingsOf({ ...cards, batch: batchOf(many) })).toEqual([]);
});

test('address_encoding: one address read differently, one missing, one out of range', () => {
  const codes = (own: (string | null)[]): string[] => {
    const findings: Finding[] = [];
    compareAddresses('file', { decoded: both, own }, (finding) => findings.push(finding));
    return findings.map(({ code }) => code);
  };
  expect(codes(both)).toEqual([]);
  expect(codes([a.address, a.address])).toEqual(['address_encoding']);
  expect(codes([a.address])).toEqual(['address_encoding']);
  expect(codes([...both, b.address])).toEqual(['address_encoding']);
  expect(codes([a.address, null])).toEqual(['address_encoding']);
});
