/**
 * Argon2 in a thread of its own that ends after each derivation: what the computation leaves in its
 * WebAssembly memory and its heap goes back to the system with it. What comes and goes is shared memory,
 * overwritten here: messages between threads would leave copies.
 */
import { Worker, workerData } from 'node:worker_threads';
import { type Argon2, type Argon2Options, plainArgon2 } from '@airlock/protocol';
import { secretBytes } from './secret-bytes.ts';

interface Task extends Omit<Argon2Options, 'password' | 'salt'> {
  /** Password, salt, result, and a last byte that tells that the result is there. */
  readonly memory: SharedArrayBuffer;
  readonly passwordLength: number;
  readonly saltLength: number;
}

function partsOf({ memory, passwordLength, saltLength, hashLength }: Task): {
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
  readonly done: Uint8Array;
} {
  const saltAt = passwordLength;
  const hashAt = saltAt + saltLength;
  return {
    password: new Uint8Array(memory, 0, passwordLength),
    salt: new Uint8Array(memory, saltAt, saltLength),
    hash: new Uint8Array(memory, hashAt, hashLength),
    done: new Uint8Array(memory, hashAt + hashLength, 1),
  };
}

function ended(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', () => resolve());
  });
}

/** @param file the program's own file, which answers in a worker with {@link serveArgon2} */
export function argon2InWorker(file: URL): Argon2 {
  return async ({ password, salt, ...parameters }) => {
    const { hashLength } = parameters;
    const memory = new SharedArrayBuffer(password.length + salt.length + hashLength + 1);
    const lengths = { passwordLength: password.length, saltLength: salt.length };
    const task: Task = { ...parameters, ...lengths, memory };
    const parts = partsOf(task);
    parts.password.set(password);
    parts.salt.set(salt);
    try {
      await ended(new Worker(file, { workerData: task }));
      if (parts.done[0] !== 1) throw new Error('Argon2 ended without a result');
      const result = secretBytes(hashLength);
      result.set(parts.hash);
      return result;
    } finally {
      new Uint8Array(memory).fill(0);
    }
  };
}

/** The worker's whole work: one derivation. */
export async function serveArgon2(): Promise<void> {
  const task = workerData as Task;
  const { variant, timeCost, memoryKib, parallelism, hashLength } = task;
  const { password, salt, hash, done } = partsOf(task);
  const costs = { timeCost, memoryKib, parallelism };
  const result = await plainArgon2({ variant, password, salt, ...costs, hashLength });
  hash.set(result);
  result.fill(0);
  done[0] = 1;
}
