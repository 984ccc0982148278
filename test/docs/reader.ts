/**
 * A reader who follows guides in a folder of his own: types each command, writes each file, and compares
 * what is printed with what the guide shows.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandStep, Section, Step } from './guide.ts';
import { type Comparison, compareOutput, type Difference, type Values } from './shown-output.ts';
import { Foreground, type Place, Shell, TerminalFault } from './terminal.ts';

/** Something in a guide that is not so. */
export interface Finding extends Difference {
  readonly guide: string;
}

export interface Guide {
  readonly name: string;
  readonly sections: readonly Section[];
}

export interface ReaderOptions extends Place {
  /** Where the reader keeps what is not the guide's: beside `folder`. */
  readonly notes: string;
  /** What this reader writes instead of what the guide says: his ports, how he isolates the signer. */
  readonly adapt: (text: string) => string;
  /** What this reader adds to `npm start`. */
  readonly startOptions: string;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly onStep: (guide: string, step: Step) => void;
  /** What a command printed. */
  readonly onOutput: (output: string) => void;
}

/** A command that has not ended by then hangs. */
const COMMAND_MS = 120_000;
/** A state that a guide waits for has not come by then. */
const PATIENCE_MS = 60_000;
/** `npm start` is not up by then: it makes a signer and 200 addresses first. */
const START_MS = 180_000;
const START_LOOK_MS = 200;

/** A program for a terminal of its own, which the guide leaves running. */
const START = /^npm start( -- .*)?$/;
/** A look at a state after a wait: if the state has not come yet, the reader looks again. */
const LOOK = /^sleep \d+\n/;

export class Reader {
  readonly #options: ReaderOptions;
  readonly #shell: Shell;
  #started: Foreground | null = null;
  /** What the pages read on one instance abbreviate. */
  #values: Values = new Map();

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#shell = new Shell(options, join(options.notes, 'command.sh'));
  }

  /** Follows sections of a guide; what is not as it says. A command that cannot go on ends it. */
  async follow({ name, sections }: Guide): Promise<Finding[]> {
    const findings: Finding[] = [];
    for (const step of sections.flatMap(({ steps }) => steps)) {
      this.#options.onStep(name, step);
      try {
        const comparison = await this.#take(step, this.#values);
        if (comparison.difference === null) this.#values = comparison.values;
        else findings.push({ guide: name, ...comparison.difference });
      } catch (cause) {
        if (!(cause instanceof TerminalFault)) throw cause;
        const [expected = ''] = step.text.split('\n');
        return [...findings, { guide: name, line: step.line, expected, got: cause.message }];
      }
    }
    return findings;
  }

  /** Ctrl-C in the terminal of `npm start`. */
  async stop(): Promise<void> {
    await this.#started?.stop();
    this.#started = null;
    this.#values = new Map();
  }

  async close(): Promise<void> {
    this.#shell.close();
    await this.stop();
  }

  async #take(step: Step, values: Values): Promise<Comparison> {
    const { adapt, folder } = this.#options;
    if (step.kind === 'file') {
      writeFileSync(join(folder, step.name), adapt(step.text));
      return { difference: null, values };
    }
    if (START.test(step.text)) return this.#start(step, values);
    if (!LOOK.test(step.text)) return this.#run(step, values);
    return this.#untilFitting(() => this.#run(step, values));
  }

  async #untilFitting(
    look: () => Promise<Comparison>,
    { patienceMs = PATIENCE_MS, pauseMs = 0 } = {},
  ): Promise<Comparison> {
    const { now, wait } = this.#options;
    const end = now() + patienceMs;
    let comparison = await look();
    while (comparison.difference !== null && now() < end) {
      await wait(pauseMs);
      comparison = await look();
    }
    return comparison;
  }

  async #run({ text, line, shown }: CommandStep, values: Values): Promise<Comparison> {
    const { output, code } = await this.#shell.run(this.#options.adapt(text), COMMAND_MS);
    this.#options.onOutput(output);
    if (shown !== null) return this.#compare(shown, output, values);
    if (code === 0) return { difference: null, values };
    const got = `exit code ${code}: ${output}`;
    return { difference: { line, expected: text, got } };
  }

  #compare(shown: NonNullable<CommandStep['shown']>, output: string, values: Values): Comparison {
    const lines = shown.lines.map((each) => this.#options.adapt(each));
    return compareOutput({ ...shown, lines }, output, values);
  }

  async #start({ text, line, shown }: CommandStep, values: Values): Promise<Comparison> {
    await this.stop();
    const separator = text.includes(' -- ') ? '' : ' --';
    const command = `${text}${separator} ${this.#options.startOptions}`;
    const started = new Foreground(command, this.#options);
    this.#started = started;
    return this.#untilFitting(
      async () => {
        if (started.isEnded) throw new TerminalFault(`it ended, and printed:\n${started.output}`);
        if (shown !== null) return this.#compare(shown, started.output, values);
        const difference = {
          line,
          expected: 'an output that says when it is up',
          got: '(none shown)',
        };
        return { difference };
      },
      { patienceMs: START_MS, pauseMs: START_LOOK_MS },
    );
  }
}
