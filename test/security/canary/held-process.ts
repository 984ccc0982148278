/** Runs Node on a file, holds it at its end, and hands its number out while it stands still. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const HOOK = join(process.cwd(), 'test/security/canary/stop-at-exit.mjs');

export interface Held<T> {
  readonly exit: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What `look` gave, or null if the process never reached its end. */
  readonly seen: T | null;
}

async function isHeld(child: ChildProcess, gate: string): Promise<boolean> {
  while (!existsSync(gate)) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    await setTimeout(20);
  }
  return true;
}

export async function runHeld<T>(
  args: readonly string[],
  { folder, env }: { readonly folder: string; readonly env: Readonly<Record<string, string>> },
  look: (pid: number) => T | Promise<T>,
): Promise<Held<T>> {
  const gate = join(folder, 'held');
  const child = spawn(process.execPath, ['--import', HOOK, ...args], {
    env: { ...env, AIRLOCK_CANARY_GATE: gate },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => {
    stderr += text.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  try {
    const held = await isHeld(child, gate);
    const seen = held ? await look(child.pid as number) : null;
    rmSync(gate, { force: true });
    return { exit: await ended, stdout, stderr, seen };
  } finally {
    child.kill('SIGKILL');
  }
}
