/**
 * One history of a signer: pairing, batches, requests of an honest and of a lying coordinator, voids,
 * repetitions, junk and old copies, seeded; and one crash at a primitive of one of its commands, after
 * which the machine is started again, the command repeated, and the history goes on.
 */
import { fingerprintWords, openAddressBatch, readEntry, sealPairingCard } from '@airlock/gap';
import type { RecordState } from '../../../packages/programs/signer/src/record-state.ts';
import { COORDINATOR, SIGNER } from '../../../packages/programs/signer/test/world.ts';
import { createRandom, pick, type Random } from '../decoders/random.ts';
import { ACTIONS } from './actions.ts';
import type { Spent, UsedAlone } from './alone-actions.ts';
import { CoordinatorModel } from './coordinator-model.ts';
import { type Plan, type Primitive, SimulatedFileSystem } from './simulated-file-system.ts';
import { HOME, type Outcome, SimulatedMachine, stickPath } from './simulated-machine.ts';
import { Truth } from './truth.ts';

/** What one run went through. */
export interface RunReport {
  readonly seed: number;
  readonly violations: readonly string[];
  /** Each crash, as "power after link". */
  readonly crashes: readonly string[];
  /** Each command that ended, as "sign 0" or "sign key_already_signed". */
  readonly commands: readonly string[];
  readonly keysSigned: number;
}

const ERRORS = ['ENOSPC', 'EIO', 'EROFS'] as const;

/** A command and, for after a crash, how its operator goes on from what the crash has left. */
export interface Command {
  readonly args: readonly string[];
  /** Codes other than '' that the command may end with. */
  readonly may?: readonly string[];
  readonly repeat?: () => readonly string[];
  /** Codes that only the repetition may end with. */
  readonly mayAgain?: readonly string[];
  /** Of another home than the one in use. */
  readonly home?: string;
  /** Codes that "status" may end with after a crash. */
  readonly mayBe?: readonly string[];
}

export class History {
  readonly machine: SimulatedMachine;
  readonly random: Random;
  readonly truth: Truth = new Truth();
  readonly coordinator: CoordinatorModel;
  /** Old copies of the home. */
  readonly copies: string[] = [];
  /** Spends that were made without a request. */
  readonly spends: Spent[] = [];
  readonly usedAlone: UsedAlone[] = [];
  /** Files on the stick so far. */
  files = 0;
  private home = HOME;
  private readonly seed: number;
  private readonly crashes: string[] = [];
  private readonly commands: string[] = [];
  private crashesLeft: number;
  private crashIn: number;

  constructor(seed: number) {
    this.seed = seed;
    this.random = createRandom(seed);
    this.coordinator = new CoordinatorModel(this.random);
    const fs = new SimulatedFileSystem();
    if (this.random(2) === 0) fs.linklessBelow = stickPath('');
    this.machine = new SimulatedMachine(String(seed), fs);
    this.crashesLeft = this.random(4) === 0 ? 2 : 1;
    this.crashIn = 1 + this.random(16);
  }

  /** A new path on the stick. */
  path(name: string): string {
    this.files += 1;
    return stickPath(`${this.files}-${name}`);
  }

  /** Puts a file on the stick; its path. */
  put(name: string, bytes: Uint8Array): string {
    const path = this.path(name);
    this.machine.fs.tree.put(path, bytes);
    return path;
  }

  read(path: string): Uint8Array {
    return this.machine.disk.read(path, 2 ** 25) ?? new Uint8Array();
  }

  /** Runs a command of the home in use; it may crash, and is then repeated until it has ended. */
  async main(command: Command): Promise<Outcome> {
    const { args, may = [], mayAgain = [], home = this.home } = command;
    this.crashIn -= 1;
    if (this.crashIn > 0 || this.crashesLeft === 0) return this.end(home, args, may);
    let outcome = await this.crash(home, args, may);
    while (outcome.met !== null) {
      await this.end(home, ['status'], command.mayBe);
      const next = command.repeat?.() ?? args;
      if (this.crashesLeft === 0) return this.end(home, next, [...may, ...mayAgain]);
      outcome = await this.crash(home, next, may);
    }
    return outcome;
  }

  /** Runs a command of an old copy. */
  onCopy(copy: string, args: readonly string[], may: readonly string[]): Promise<Outcome> {
    return this.end(copy, args, may);
  }

  /** Runs a command that nothing happens to. */
  private async end(
    home: string,
    args: readonly string[],
    may: readonly string[] = [],
  ): Promise<Outcome> {
    this.watch(home);
    const outcome = await this.machine.run(home, args);
    this.commands.push(`${args[0]} ${outcome.code === '' ? outcome.exit : outcome.code}`);
    if (outcome.exit !== 0 && !may.includes(outcome.code)) {
      this.truth.fail(`${home}: ${args[0]} ended with ${outcome.exit} ${outcome.code}`);
    }
    return outcome;
  }

  /** @param may codes of refusals, which a failing disk may keep out of the log, but not from the officer */
  private async crash(
    home: string,
    args: readonly string[],
    may: readonly string[],
  ): Promise<Outcome> {
    const calls = await this.machine.rehearse(home, args);
    const plan = this.choosePlan(calls);
    this.crashesLeft -= 1;
    this.watch(home);
    const outcome = await this.machine.run(home, args, plan);
    const how = plan.kind === 'error' ? plan.code : `${plan.kind} ${plan.when}`;
    if (outcome.met === null) {
      this.truth.fail(`${args[0]}: no primitive met ${how} at ${plan.at} of ${calls.length}`);
      return outcome;
    }
    this.crashes.push(`${how} ${outcome.met}`);
    const isTold = outcome.exit === 5 && outcome.code === 'disk_failed';
    if (plan.kind === 'error' && !isTold && !may.includes(outcome.code)) {
      this.truth.fail(`${args[0]}: ${how} at ${outcome.met} gave ${outcome.exit} ${outcome.code}`);
    }
    const losesPower = plan.kind === 'power' || this.random(3) === 0;
    this.machine.restart(home, losesPower ? this.random : null);
    return outcome;
  }

  /** Every kind of primitive is as likely, and then each of its calls. */
  private choosePlan(calls: readonly Primitive[]): Plan {
    const way = this.random(10);
    const mayFail = way >= 7 ? calls.filter((call) => call !== 'output') : calls;
    const isError = way >= 7 && mayFail.length > 0;
    const met = pick(this.random, [...new Set(isError ? mayFail : calls)].sort());
    const places = calls.flatMap((call, index) => (call === met ? [index + 1] : []));
    const at = pick(this.random, places);
    if (!isError) {
      const when = pick(this.random, ['before', 'after'] as const);
      return { kind: way < 5 ? 'power' : 'kill', at, when };
    }
    const codes = met === 'unlink' ? (['EIO', 'EROFS'] as const) : ERRORS;
    return { kind: 'error', at, code: pick(this.random, codes), lasts: this.random(2) === 0 };
  }

  private watch(home: string): void {
    const { machine, truth } = this;
    const durable = (): RecordState => machine.durableState(home);
    // The keyring's signer is one, whatever home it is in; copies are others.
    const signer = this.copies.includes(home) ? home : 'signer';
    machine.fs.onCall = ({ bytes }) => {
      if (bytes !== undefined) truth.observe(signer, bytes, durable);
    };
    machine.onPaint = (lines) => truth.observeSeed(signer, lines, durable());
  }

  private async setUp(): Promise<void> {
    await this.machine.makeHome();
    const card = { role: 'coordinator', network: 'private', label: '', keyring: null } as const;
    const path = this.put('card', sealPairingCard(card, COORDINATOR));
    const confirm = fingerprintWords(COORDINATOR.publicKey).slice(4).join(' ');
    const args = ['pair', '--card', path, '--confirm', confirm];
    await this.main({ args, mayAgain: ['already_paired'] });
    await this.makeBatch(6);
  }

  /** A batch, asked for anew or, if the record has it already, once more by its number. */
  async makeBatch(count: number): Promise<void> {
    const { machine, home } = this;
    const number = machine.state(home).batches.length + 1;
    let out = this.path('batch');
    const issue = (): string[] => ['addresses', '--count', String(count), '--out', out];
    await this.main({
      args: issue(),
      repeat: () => {
        const isIssued = machine.state(home).batches.length >= number;
        if (isIssued) return ['addresses', '--batch', String(number), '--out', out];
        out = this.path('batch');
        return issue();
      },
    });
    const { addresses } = openAddressBatch(this.read(out), SIGNER.publicKey);
    this.coordinator.importBatch(addresses);
  }

  get headNumber(): number {
    return this.machine.state(this.home).head.number;
  }

  get homePath(): string {
    return this.home;
  }

  /** From here on the keyring is in this home. */
  moveTo(home: string): void {
    this.home = home;
  }

  async run(): Promise<RunReport> {
    try {
      await this.setUp();
      const steps = 10 + this.random(5);
      for (let step = 0; step < steps; step += 1) {
        const possible = ACTIONS.filter(({ isPossible }) => isPossible(this));
        const tickets = possible.flatMap(
          (action) => Array(action.weight).fill(action) as typeof possible,
        );
        await pick(this.random, tickets).act(this);
      }
      for (const last of ACTIONS.filter(({ weight }) => weight === 0)) {
        if (last.isPossible(this) && this.random(4) === 0) await last.act(this);
      }
      if (this.crashes.length === 0) await this.crashNow();
      this.checkEntries();
    } catch (cause) {
      this.truth.fail(`defect: ${cause instanceof Error ? (cause.stack ?? cause.message) : cause}`);
    }
    return {
      seed: this.seed,
      violations: this.truth.violations,
      crashes: this.crashes,
      commands: this.commands,
      keysSigned: this.truth.hashesOf.size,
    };
  }

  /** No history ends without a crash. */
  private async crashNow(): Promise<void> {
    this.crashIn = 1;
    const sign = ACTIONS.find(({ name }) => name === 'sign');
    if (sign?.isPossible(this)) await sign.act(this);
    else await this.makeBatch(2);
  }

  /** One entry for each request, however often it was asked. */
  private checkEntries(): void {
    const digests = new Set<string>();
    for (const sealed of this.machine.state(this.home).entries) {
      const { event } = readEntry(sealed, SIGNER.publicKey);
      if (event.kind !== 'signed') continue;
      if (digests.has(event.requestDigest)) {
        this.truth.fail(`two entries for request ${event.requestId}`);
      }
      digests.add(event.requestDigest);
    }
  }
}
