/**
 * The built signer as a process of its own on real files, killed before or after one of its calls: the
 * same questions as in the simulated histories, put to the file that is carried to the machine.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openVoidRequest, wordsOf } from '@airlock/gap';
import { nodeDisk } from '../../../packages/programs/signer/src/disk.ts';
import {
  COORDINATOR,
  KEYS,
  makeHome,
  World,
} from '../../../packages/programs/signer/test/world.ts';
import { signerIsolation } from '../../../scripts/programs.ts';
import { createRandom, pick, type Random } from '../decoders/random.ts';
import { addTallies, EMPTY_TALLY, type Tally, tallyOf } from './campaign.ts';
import { CoordinatorModel } from './coordinator-model.ts';
import type { RunReport } from './history.ts';
import { type Ended, runNode } from './run-node.ts';
import type { Primitive } from './simulated-file-system.ts';
import { Truth } from './truth.ts';

const SIGNER = join(process.cwd(), 'dist/airlock-signer.mjs');
const HOOK = join(process.cwd(), 'test/campaigns/crash/kill-hook.mjs');

type Step = 'sign' | 'sign again' | 'addresses' | 'void';

const { prefix } = signerIsolation();

class ProcessHistory {
  readonly truth = new Truth();
  readonly crashes: string[] = [];
  readonly commands: string[] = [];
  private readonly world: World;
  private readonly random: Random;
  private readonly coordinator: CoordinatorModel;
  private files = 0;
  private batches = 1;

  constructor(folder: string, random: Random) {
    this.world = new World(folder);
    this.random = random;
    this.coordinator = new CoordinatorModel(random);
    this.coordinator.importBatch(KEYS.slice(0, 20));
  }

  async step(step: Step): Promise<void> {
    const args = this.argsOf(step);
    const calls = await this.callsOf(args);
    const met = pick(this.random, [...new Set(calls)].sort());
    const places = calls.flatMap((call, index) => (call === met ? [index + 1] : []));
    const when = pick(this.random, ['before', 'after']);
    const at = String(pick(this.random, places));
    const killed = await this.run(args, { AIRLOCK_KILL_AT: at, AIRLOCK_KILL_WHEN: when });
    if (killed.signal !== 'SIGKILL') this.truth.fail(`${step}: ended with ${killed.exit} at ${at}`);
    this.crashes.push(`process killed ${when} ${met}`);
    this.look();
    await this.end(['status']);
    await this.end(this.againOf(step, args));
    this.look();
  }

  private argsOf(step: Step): string[] {
    const { coordinator, world } = this;
    this.files += 1;
    const out = world.path(`${this.files}.out`);
    if (step === 'addresses') return ['addresses', '--count', '2', '--out', out];
    const asked = step === 'sign again' ? coordinator.signed[0] : coordinator.ask();
    if (asked === undefined) throw new RangeError('nothing was signed yet');
    if (step === 'void') {
      const file = coordinator.voidOf(asked);
      const { digest } = openVoidRequest(file, [COORDINATOR.publicKey]);
      const confirm = wordsOf(digest).slice(4).join(' ');
      const path = world.write(`${this.files}.void`, file);
      return ['void', path, '--out', out, '--confirm', confirm];
    }
    this.truth.register(asked);
    coordinator.noteSigned(asked);
    const path = world.write(`${this.files}.request`, asked.file);
    return ['sign', path, '--out', out, '--confirm', asked.confirm];
  }

  /** How the operator repeats it: a batch that is recorded is asked for by its number. */
  private againOf(step: Step, args: string[]): string[] {
    const { length } = this.world.state().batches;
    if (step !== 'addresses' || length === this.batches) return args;
    this.batches = length;
    return ['addresses', '--batch', String(length), ...args.slice(3)];
  }

  /** The calls that a command makes, on a copy of the home. */
  private async callsOf(args: readonly string[]): Promise<Primitive[]> {
    const copy = this.world.copy();
    const file = copy.path('calls.json');
    const moved = args.map((arg) => arg.replace(this.world.folder, copy.folder));
    await this.run(moved, { AIRLOCK_CALLS_FILE: file }, copy);
    const calls = JSON.parse(readFileSync(file, 'utf8')) as Primitive[];
    rmSync(copy.folder, { recursive: true, force: true });
    return calls;
  }

  private async end(args: readonly string[]): Promise<void> {
    const { exit, stderr } = await this.run(args);
    this.commands.push(`${args[0]} ${exit}`);
    if (exit !== 0) this.truth.fail(`${args[0]} ended with ${exit}: ${stderr}`);
  }

  private run(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    at: World = this.world,
  ): Promise<Ended> {
    const network =
      prefix.length === 0 && /sign|void/.test(args[0] ?? '') ? ['--accept-network'] : [];
    const common = ['--home', at.home, '--passphrase-file', at.path('passphrase')];
    return runNode(['--import', HOOK, SIGNER, ...common, ...args, ...network], () => undefined, {
      env: { ...process.env, ...env },
      prefix,
    });
  }

  /** Judges all that lies on the stick and in the home, named or not, by the record there. */
  private look(): void {
    const record = this.world.state();
    for (const folder of [this.world.folder, join(this.world.home, 'requests')]) {
      for (const name of nodeDisk.list(folder)) {
        const path = join(folder, name);
        const bytes = name === 'home' ? null : nodeDisk.read(path, 2 ** 25);
        if (bytes !== null) this.truth.observe('signer', bytes, () => record);
      }
    }
  }
}

async function runProcess(seed: number): Promise<RunReport> {
  const random = createRandom(seed, 1);
  const folder = mkdtempSync(join(tmpdir(), 'airlock-crash-'));
  const steps: Step[] = ['sign', pick(random, ['addresses', 'void', 'sign again']), 'sign'];
  try {
    await makeHome(folder);
    const history = new ProcessHistory(folder, random);
    for (const step of steps) await history.step(step);
    const { truth, crashes, commands } = history;
    const { violations, hashesOf } = truth;
    const named = violations.map((text) => `process: ${text}`);
    return { seed, violations: named, crashes, commands, keysSigned: hashesOf.size };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs with the seeds from `first` on, two at a time. */
export async function runProcesses(options: {
  readonly first: number;
  readonly runs: number;
  readonly onRun?: (done: number) => void;
}): Promise<Tally> {
  let tally = EMPTY_TALLY;
  for (let run = 0; run < options.runs; run += 2) {
    const seeds = [run, run + 1].filter((each) => each < options.runs);
    const reports = await Promise.all(seeds.map((each) => runProcess(options.first + each)));
    tally = reports.map(tallyOf).reduce(addTallies, tally);
    options.onRun?.(Math.min(options.runs, run + 2));
  }
  return tally;
}
