/** Signatures as the Standard Webhooks say: their published vector, rotation, what a secret looks like. */
import { describe, expect, test } from '@jest/globals';
import { createSecret, rotate, signatureHeaders } from '../../src/webhooks/signature.ts';
import { seededRandom } from '../world.ts';
import { signersOf } from './hook-server.ts';

const NOW = 1_614_265_330_999;
const DAY_MS = 86_400_000;

/** Of the reference libraries' own tests: github.com/standard-webhooks/standard-webhooks. */
const VECTOR = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  body: '{"test": 2432232314}',
  headers: {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
};

test('the published vector comes out, and the check of these tests takes it', () => {
  const { secret, id, body, headers } = VECTOR;
  expect(signatureHeaders({ id, body }, { current: secret, previous: null }, NOW)).toEqual(headers);
  expect(signersOf({ path: '/', headers, body }, [secret])).toEqual([0]);
  expect(signersOf({ path: '/', headers, body: `${body} ` }, [secret])).toEqual([-1]);
});

test('a secret is whsec_ and base64 of 32 random bytes', () => {
  const random = seededRandom('secret');
  const secrets = [createSecret(random), createSecret(random)];
  for (const secret of secrets) expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(secrets[0]).not.toBe(secrets[1]);
});

describe('rotation', () => {
  const [first, second, third] = ['a', 'b', 'c'].map((seed) => createSecret(seededRandom(seed)));
  const all = [first!, second!, third!];
  const signers = (secrets: Parameters<typeof rotate>[0], now: number): number[] => {
    const body = '{"text":"Grüße"}';
    const headers = signatureHeaders({ id: 'evt_1', body }, secrets, now);
    return signersOf({ path: '/', headers, body }, all);
  };
  const once = rotate({ current: first!, previous: null }, second!, NOW);

  test('both secrets sign for 24 hours, the new one first, then the new one alone', () => {
    expect(signers({ current: first!, previous: null }, NOW)).toEqual([0]);
    expect(signers(once, NOW)).toEqual([1, 0]);
    expect(signers(once, NOW + DAY_MS - 1)).toEqual([1, 0]);
    expect(signers(once, NOW + DAY_MS)).toEqual([1]);
  });

  test('a second one within 24 hours ends the first secret', () => {
    const twice = rotate(once, third!, NOW + 1000);
    expect(signers(twice, NOW + 1000)).toEqual([2, 1]);
    expect(JSON.stringify(twice)).not.toContain(first);
  });
});
