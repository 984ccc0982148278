/** Argon2 in a worker: what goes in and comes out, a worker that fails, and that nothing is left shared. */
import { BroadcastChannel } from 'node:worker_threads';
import { plainArgon2 } from '@airlock/protocol';
import { expect, test } from '@jest/globals';
import { argon2InWorker } from '../src/argon2-worker.ts';

/** Workers that stand in for the built file; test/security/canary.test.ts runs that one. */
const workerOf = (code: string): URL => new URL(`data:text/javascript,${encodeURIComponent(code)}`);

/** Answers with the password's bytes plus the salt's, and hands out the shared memory. */
const ECHO = `
  import { BroadcastChannel, workerData } from 'node:worker_threads';
  const { memory, passwordLength, saltLength, hashLength, timeCost, memoryKib, parallelism, variant } = workerData;
  const bytes = new Uint8Array(memory);
  for (let i = 0; i < hashLength; i += 1) {
    bytes[passwordLength + saltLength + i] = bytes[i % passwordLength] + bytes[passwordLength + (i % saltLength)];
  }
  bytes[passwordLength + saltLength + hashLength] = 1;
  const channel = new BroadcastChannel('argon2-worker-test');
  channel.postMessage({ memory, rest: { timeCost, memoryKib, parallelism, variant } });
  channel.close();
`;

const OPTIONS = {
  variant: 'argon2i',
  password: Buffer.from('password'),
  salt: Buffer.from('somesalt'),
  timeCost: 2,
  memoryKib: 64,
  parallelism: 1,
  hashLength: 20,
} as const;

interface Heard {
  readonly memory: SharedArrayBuffer;
  readonly rest: object;
}

test('gives password, salt and costs, takes the result, and leaves zeros', async () => {
  const channel = new BroadcastChannel('argon2-worker-test');
  const heard = new Promise<Heard>((resolve) => {
    channel.onmessage = (event) => resolve((event as { data: Heard }).data);
  });
  const result = await argon2InWorker(workerOf(ECHO))(OPTIONS);
  const { password, salt } = OPTIONS;
  const expected = Array.from({ length: 20 }, (_, i) => (password[i % 8]! + salt[i % 8]!) & 0xff);
  expect([...result]).toEqual(expected);
  const { memory, rest } = await heard;
  channel.close();
  expect(rest).toEqual({ timeCost: 2, memoryKib: 64, parallelism: 1, variant: 'argon2i' });
  expect(new Uint8Array(memory)).toEqual(new Uint8Array(8 + 8 + 20 + 1));
  expect(password.toString()).toBe('password');
});

test('a worker that ends without a result gives none', async () => {
  await expect(argon2InWorker(workerOf(''))(OPTIONS)).rejects.toThrow('without a result');
  await expect(argon2InWorker(workerOf('process.exit(0)'))(OPTIONS)).rejects.toThrow('result');
});

test('a worker that fails gives its error', async () => {
  const fails = workerOf("throw new RangeError('no memory')");
  await expect(argon2InWorker(fails)(OPTIONS)).rejects.toThrow('no memory');
});

test('the plain one gives what the reference implementation gives', async () => {
  const options = { ...OPTIONS, memoryKib: 256, hashLength: 32 };
  const hash = Buffer.from(await plainArgon2(options)).toString('hex');
  expect(hash).toBe('89e9029f4637b295beb027056a7336c414fadd43f6b208645281cb214a56452f');
});
