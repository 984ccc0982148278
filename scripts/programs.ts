/** Starting Airlock's programs as processes of their own, for the demo, `npm start` and scenarios. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';

const dist = (name: string): string => join(process.cwd(), 'dist', `${name}.mjs`);

/** A program that ended other than it should. */
export class ProgramFailed extends Error {
  override readonly name = 'ProgramFailed';
}

/** A port on loopback that nobody uses at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

export interface Service {
  readonly process: ChildProcess;
  /** Ends it as Ctrl-C would; resolves to its exit code. */
  readonly stop: () => Promise<number | null>;
  /** Ends it as a power cut would. */
  readonly kill: () => Promise<void>;
}

/** A server program that was started: its process, and when it prints that it listens. */
export interface Launched extends Service {
  /** @throws ProgramFailed if it ends before */
  readonly listening: Promise<void>;
}

const running = new Set<ChildProcess>();

/** Ends at once whatever server still runs, also one that has not said yet that it listens. */
export async function endServices(): Promise<void> {
  const ended = [...running].map((child) => new Promise((resolve) => child.on('exit', resolve)));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ended);
}

/** Starts a server program from its built file. */
export function launch(file: string, args: readonly string[]): Launched {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  child.on('exit', () => running.delete(child));
  let errors = '';
  child.stderr.on('data', (text: Buffer) => {
    errors = (errors + text.toString()).slice(-4000);
  });
  const listening = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      if (text.toString().includes('listening')) resolve();
    });
    child.on('exit', (code) => {
      reject(new ProgramFailed(`${basename(file)} ended with code ${code}: ${errors}`));
    });
  });
  return {
    process: child,
    listening,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Starts a server program and resolves when it prints that it listens. */
export async function startService(
  name: string,
  args: readonly string[],
  onExit: (code: number | null) => void = () => undefined,
): Promise<Service> {
  const launched = launch(dist(name), args);
  launched.process.on('exit', onExit);
  await launched.listening;
  return launched;
}

/** Runs a program to its end; its standard output. */
export function runProgram(
  name: string,
  args: readonly string[],
  prefix: readonly string[] = [],
): string {
  const [command = process.execPath, ...rest] = [...prefix, process.execPath, dist(name), ...args];
  const { status, stdout, stderr } = spawnSync(command, rest, { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new ProgramFailed(`${name} ${args.join(' ')} ended with code ${status}: ${stderr}`);
}

export interface Isolation {
  /** Command before the signer's own. */
  readonly prefix: readonly string[];
  readonly description: string;
}

/** The best isolation from the network that this system grants. */
export function signerIsolation(): Isolation {
  for (const prefix of [
    ['unshare', '--net'],
    ['unshare', '--net', '--map-root-user'],
  ]) {
    const [command = '', ...args] = prefix;
    if (spawnSync(command, [...args, 'true']).status === 0) {
      return {
        prefix,
        description: `a network namespace without interfaces (${prefix.join(' ')})`,
      };
    }
  }
  return {
    prefix: [],
    description: 'none from this system; the signer has no network code in its file',
  };
}

/** The dev node's own command that pays from its faucet. */
export async function payFromFaucet(
  nodeUrl: string,
  payment: { readonly address: string; readonly amount: string },
): Promise<void> {
  const response = await fetch(nodeUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-iota-api-version': '1' },
    body: JSON.stringify({ command: 'faucet', ...payment }),
  });
  if (!response.ok) throw new ProgramFailed(`the faucet refused: ${await response.text()}`);
}

/** Rejects at Ctrl-C or TERM, so that what was made can be tidied up. */
export function untilSignal(): Promise<never> {
  return new Promise((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => reject(new ProgramFailed(`it was ended by ${signal}`)));
    }
  });
}
