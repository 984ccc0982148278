/** Signing responses: each planted fault gives its code and no other. */
import { type Head, type RecordEvent, type SigningResponse, uuidCommitment } from '@airlock/gap';
import { bundleHash } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import {
  cards,
  type Files,
  findingsOf,
  keysOf,
  OTHER_KEYRING,
  type RespondOptions,
  requestOf,
  respond,
  sweep,
  TestRecord,
  uuidOf,
  withdrawalIdOf,
} from './world.ts';

const [a, b, c] = await keysOf(1, 2, 3);
const keys = [a, b, c];

/** What an audit finds in a request and its response, changed as given. */
function ofResponse(options: Partial<RespondOptions>, more: Files = {}): string[] {
  const record = new TestRecord().open();
  const request = requestOf([sweep(a, b)], { expectedHead: record.head });
  const response = respond(request, keys, { record, ...options });
  return findingsOf({ ...cards, request, response, ...more });
}

/** The result changed by `change`. */
const withResult =
  (change: (result: SigningResponse['results'][number]) => object) =>
  (response: SigningResponse): SigningResponse => ({
    ...response,
    results: response.results.map((result) => ({ ...result, ...change(result) }) as typeof result),
  });

const verdictMismatch = ['verdict_mismatch response'];

describe('responses', () => {
  test('request_missing: the signatures cannot be checked', () => {
    const record = new TestRecord().open();
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    const response = respond(request, keys, { record });
    expect(findingsOf({ ...cards, response })).toEqual(['request_missing response']);
  });

  test('response_mismatch: another request id, another keyring, a result too many', () => {
    const mismatch = 'response_mismatch response request';
    const requestId = `sr_${'f'.repeat(32)}`;
    expect(ofResponse({ response: (r) => ({ ...r, requestId }) })).toEqual([mismatch]);
    expect(ofResponse({ response: (r) => ({ ...r, keyringId: OTHER_KEYRING }) })).toEqual([
      'keyring_mismatch response',
      mismatch,
    ]);
    const results = (r: SigningResponse) => [...r.results, r.results[0]!];
    expect(ofResponse({ response: (r) => ({ ...r, results: results(r) }) })).toEqual([
      mismatch,
      ...verdictMismatch,
    ]);
  });

  test('bundle_hash_mismatch: a refusal, or signatures, for another hash', () => {
    const foreign = bundleHash(sweep(b, c));
    const refused = withResult(() => ({ kind: 'refused', bundleHash: foreign, code: 'no' }));
    expect(ofResponse({ response: refused })).toEqual(['bundle_hash_mismatch response request']);
    const signed = withResult(() => ({ bundleHash: foreign }));
    expect(ofResponse({ response: signed })).toEqual([
      'bundle_hash_mismatch response request',
      'key_two_hashes response response',
      'wots_invalid response',
    ]);
  });

  test('signatures_incomplete: of no input, none for an input, of another level, twice', () => {
    const incomplete = ['signatures_incomplete response'];
    type Signatures = readonly (readonly [number, Uint8Array])[];
    const changed = (change: (signatures: Signatures) => Signatures): string[] =>
      ofResponse({
        response: withResult((result) =>
          result.kind === 'signed' ? { signatures: change(result.signatures) } : {},
        ),
      });
    expect(changed(([first]) => [first!, [1, first![1]]])).toEqual(incomplete);
    expect(changed(([first]) => [[1, first![1]]])).toEqual([...incomplete, ...incomplete]);
    expect(changed(([first]) => [first!, first!])).toEqual(incomplete);
    const long = (one: Uint8Array): Uint8Array => new Uint8Array([...one, ...one]);
    expect(changed(([first]) => [[0, long(first![1])]])).toEqual(incomplete);
  });

  test('wots_invalid: one chain value replaced by another', () => {
    const response = withResult((result) => {
      if (result.kind !== 'signed') return {};
      const signatures = result.signatures.map(([index, bytes]) => {
        const changed = bytes.slice();
        changed.set(bytes.subarray(48, 96), 0);
        return [index, changed] as const;
      });
      return { signatures };
    });
    expect(ofResponse({ response })).toEqual(['wots_invalid response']);
  });

  test('chain_broken: an entry left out, an entry signed by another', () => {
    const record = new TestRecord().open();
    record.append({ kind: 'revoked', publicKey: new Uint8Array(32) });
    const head: Head = record.head;
    record.append({ kind: 'revoked', publicKey: new Uint8Array(32) });
    const request = requestOf([sweep(a, b)], { expectedHead: head });
    const broken = (change: (r: SigningResponse) => SigningResponse['entries']): string[] => {
      const copy = record.copied();
      const response = respond(request, keys, {
        record: copy,
        response: (r) => ({ ...r, entries: change(r) }),
      });
      return findingsOf({ ...cards, request, response });
    };
    expect(broken((r) => r.entries)).toEqual([]);
    expect(broken((r) => r.entries.slice(1))).toEqual(['chain_broken response']);
    const signature = new Uint8Array(64);
    expect(broken((r) => [{ ...r.entries[0]!, signature }, r.entries[1]!])).toEqual([
      'chain_broken response',
    ]);
  });

  test('verdict_mismatch: digest, sequence, keys, withdrawals, number of verdicts, kind', () => {
    const of = (change: object): string[] =>
      ofResponse({ event: (event) => ({ ...event, ...change }) as RecordEvent });
    expect(of({ requestId: `sr_${'e'.repeat(32)}` })).toEqual(verdictMismatch);
    expect(of({ sequence: 2 })).toEqual(verdictMismatch);
    expect(of({ requestDigest: 'ab'.repeat(32) })).toContain('verdict_mismatch response');
    expect(
      ofResponse({ event: () => ({ kind: 'revoked', publicKey: new Uint8Array(32) }) }),
    ).toEqual(verdictMismatch);
    expect(ofResponse({ verdicts: (all) => [...all, ...all] })).toEqual(verdictMismatch);
    const other = uuidCommitment(uuidOf(77));
    const verdictOf = (change: object): string[] =>
      ofResponse({ verdicts: (all) => all.map((verdict) => ({ ...verdict, ...change })) });
    expect(verdictOf({ keys: [[other, 1]] })).toEqual(verdictMismatch);
    expect(
      verdictOf({
        keys: [
          [uuidCommitment(a.uuid), 1],
          [other, 1],
        ],
      }),
    ).toEqual(verdictMismatch);
    expect(verdictOf({ withdrawalIds: [withdrawalIdOf(1)] })).toEqual(verdictMismatch);
    expect(verdictOf({ bundleHash: bundleHash(sweep(b, c)) })).toContain(
      'verdict_mismatch response',
    );
  });
});
