/**
 * A reader's terminals: a shell that keeps its variables from command to command, and programs that stay
 * until Ctrl-C. Each is a process group of its own, so that nothing outlives it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** A command that did not end, or a shell that did. */
export class TerminalFault extends Error {
  override readonly name = 'TerminalFault';
}

export interface Place {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
}

const STOP_MS = 20_000;

function start(command: readonly string[], { folder, environment }: Place): ChildProcess {
  const [program = '', ...args] = command;
  const pipes = ['pipe', 'pipe', 'pipe'] as const;
  return spawn(program, args, { cwd: folder, env: environment, detached: true, stdio: [...pipes] });
}

/** Signals a whole group, which may be gone. */
function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ESRCH') throw cause;
  }
}

export interface Ran {
  readonly output: string;
  readonly code: number;
}

/** A shell for the commands of a guide. */
export class Shell {
  readonly #child: ChildProcess;
  readonly #script: string;
  #output = '';
  #isEnded = false;
  #onOutput: () => void = () => undefined;
  #commands = 0;

  /** @param script where the command under way is kept */
  constructor(place: Place, script: string) {
    this.#script = script;
    this.#child = start(['bash', '--noprofile', '--norc'], place);
    const take = (text: Buffer): void => {
      this.#output += text.toString();
      this.#onOutput();
    };
    this.#child.stdout?.on('data', take);
    this.#child.on('exit', () => {
      this.#isEnded = true;
      this.#onOutput();
    });
    this.#child.stdin?.on('error', () => undefined);
    this.#child.stdin?.write('exec 2>&1\n');
  }

  /**
   * Runs commands, as if typed; what they print until they have ended, and the last one's exit code.
   * @throws TerminalFault if they do not end in time, or end the shell
   */
  run(commands: string, timeoutMs: number): Promise<Ran> {
    this.#commands += 1;
    const mark = `ended-${process.pid}-${this.#commands}`;
    const ended = new RegExp(`\\n${mark} (\\d+)\\n`);
    writeFileSync(this.#script, `${commands}\n`);
    this.#output = '';
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#onOutput = () => undefined;
        act();
      };
      const fail = (why: string): void =>
        settle(() => reject(new TerminalFault(`${why}; it printed:\n${this.#output}`)));
      const timer = setTimeout(() => {
        fail(`it did not end within ${timeoutMs} ms`);
        this.close();
      }, timeoutMs);
      this.#onOutput = () => {
        const match = ended.exec(this.#output);
        if (match === null) {
          if (this.#isEnded) fail('it ended the shell');
          return;
        }
        const output = this.#output.slice(0, match.index);
        settle(() => resolve({ output, code: Number(match[1]) }));
      };
      const source = `. '${this.#script}' < /dev/null; printf '\\n${mark} %d\\n' $?\n`;
      this.#child.stdin?.write(source);
      this.#onOutput();
    });
  }

  /** Ends the shell and everything that it has left in the background. */
  close(): void {
    signal(this.#child, 'SIGKILL');
  }
}

/** A program in a terminal of its own. */
export class Foreground {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  output = '';
  isEnded = false;

  constructor(command: string, place: Place) {
    this.#child = start(['bash', '--noprofile', '--norc', '-c', `exec ${command} 2>&1`], place);
    this.#child.stdin?.end();
    this.#child.stdout?.on('data', (text: Buffer) => {
      this.output += text.toString();
    });
    this.#ended = new Promise((resolve) =>
      this.#child.on('exit', () => {
        this.isEnded = true;
        resolve();
      }),
    );
  }

  /** Ctrl-C; a program that does not end by it is killed. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => signal(this.#child, 'SIGKILL'), STOP_MS);
    signal(this.#child, 'SIGINT');
    await this.#ended;
    clearTimeout(timer);
    signal(this.#child, 'SIGKILL');
  }
}
