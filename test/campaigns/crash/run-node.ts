/** Runs Node on a file to its end. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface Ended {
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runNode(
  args: readonly string[],
  onNote: (line: string) => void = () => undefined,
  options: { readonly env?: NodeJS.ProcessEnv; readonly prefix?: readonly string[] } = {},
): Promise<Ended> {
  const { env = process.env, prefix = [] } = options;
  const [command = process.execPath, ...rest] = [...prefix, process.execPath, ...args];
  const child = spawn(command, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => {
    stdout += text.toString();
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    stderr += `${line}\n`;
    onNote(line);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit, signal) => resolve({ exit, signal, stdout, stderr }));
  });
}
