/**
 * Loaded into the built signer with `node --import`: counts its calls that change something, and kills
 * the process before or after one of them. The program itself stays as it is.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const { AIRLOCK_KILL_AT, AIRLOCK_KILL_WHEN, AIRLOCK_CALLS_FILE } = process.env;
const calls = [];

/** Wraps one call; `kindOf` says what it counts as, or null if it does not count. */
function watch(owner, name, kindOf) {
  const real = owner[name];
  owner[name] = function watched(...args) {
    const kind = kindOf(args);
    if (kind === null) return real.apply(this, args);
    calls.push(kind);
    const isMet = calls.length === Number(AIRLOCK_KILL_AT);
    if (isMet && AIRLOCK_KILL_WHEN === 'before') process.kill(process.pid, 'SIGKILL');
    const result = real.apply(this, args);
    if (isMet) process.kill(process.pid, 'SIGKILL');
    return result;
  };
}

if (isMainThread) {
  watch(fs, 'openSync', ([, flags]) => (flags === 'wx' ? 'create' : null));
  for (const [name, kind] of [
    ['writeSync', 'write'],
    ['fsyncSync', 'fsync'],
    ['linkSync', 'link'],
    ['renameSync', 'rename'],
    ['unlinkSync', 'unlink'],
    ['rmSync', 'unlink'],
    ['mkdirSync', 'mkdir'],
  ]) {
    watch(fs, name, () => kind);
  }
  syncBuiltinESMExports();
  for (const stream of [process.stdout, process.stderr]) watch(stream, 'write', () => 'output');
  if (AIRLOCK_CALLS_FILE !== undefined) {
    const write = fs.writeFileSync;
    process.on('exit', () => write(AIRLOCK_CALLS_FILE, JSON.stringify(calls)));
  }
}
