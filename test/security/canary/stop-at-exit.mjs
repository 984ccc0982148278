/** Loaded before a program: holds it at its very end, so that its memory can be read from outside. */
import { existsSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const gate = process.env.AIRLOCK_CANARY_GATE;
if (isMainThread && gate !== undefined) {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  process.on('exit', () => {
    writeFileSync(gate, '');
    while (existsSync(gate)) Atomics.wait(clock, 0, 0, 20);
  });
}
