/**
 * The home's lock: one process at a time. A lock is stale if its process is gone, by pid, the boot it
 * ran in and the time it started; safety does not rest on it but on each entry's
 * number, which only one process can take.
 */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Disk, isSystemError, readSystemText } from './disk.ts';
import { homeMissing, SignerError } from './error.ts';

export interface ProcessIdentity {
  readonly pid: number;
  readonly boot: string;
  /** Start time of the process in clock ticks since boot; '' where the system does not tell. */
  readonly started: string;
}

/** Field 22 of /proc/PID/stat, counted after the command's closing parenthesis. */
function startTimeOf(pid: number): string {
  const stat = readSystemText(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

export function currentProcess(): ProcessIdentity {
  const boot = readSystemText('/proc/sys/kernel/random/boot_id')?.trim() ?? hostname();
  return { pid: process.pid, boot, started: startTimeOf(process.pid) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return isSystemError(cause) && cause.code === 'EPERM';
  }
}

function isHeld(text: string, self: ProcessIdentity): boolean {
  const [pid, boot, started] = text.trim().split(' ');
  const holder = Number(pid);
  if (!Number.isSafeInteger(holder) || holder <= 0 || boot !== self.boot) return false;
  return isAlive(holder) && startTimeOf(holder) === (started ?? '');
}

/**
 * Runs `work` with the home locked.
 * @throws SignerError home_missing, home_locked
 */
export async function withLock<T>(disk: Disk, home: string, work: () => Promise<T>): Promise<T> {
  if (!disk.exists(join(home, 'secret'))) throw homeMissing(home);
  const path = join(home, 'lock');
  const self = currentProcess();
  const own = `${self.pid} ${self.boot} ${self.started}\n`;
  const holderOf = (): string =>
    new TextDecoder().decode(disk.read(path, 1024) ?? new Uint8Array());
  for (let attempt = 0; !disk.create(path, new TextEncoder().encode(own)); attempt += 1) {
    if (isHeld(holderOf(), self) || attempt >= 3) {
      throw new SignerError('home_locked', 'another signer process is using this home', {
        next: 'wait until it has ended, then repeat the command',
      });
    }
    if (disk.exists(path)) disk.remove(path);
  }
  try {
    for (const folder of ['record', 'requests']) disk.sweepParts(join(home, folder));
    return await work();
  } finally {
    // Another process may have taken a lock that it thought stale; that one is not ours to remove.
    if (holderOf() === own) disk.remove(path);
  }
}
