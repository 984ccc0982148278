/** The signer's machine with home and stick on the simulated disk: runs commands and dies as planned. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../../packages/programs/signer/src/cli.ts';
import { createDisk, type Disk } from '../../../packages/programs/signer/src/disk.ts';
import { recordPath, secretPath } from '../../../packages/programs/signer/src/home.ts';
import type { RecordState } from '../../../packages/programs/signer/src/record-state.ts';
import {
  appendEntry,
  EMPTY_RECORD,
  loadRecord,
} from '../../../packages/programs/signer/src/record-store.ts';
import {
  cheapArgon2,
  NOW,
  openedEvent,
  PASSPHRASE,
  QUIET,
  SIGNER,
  SILENT,
  sealedFile,
  seededRandom,
} from '../../../packages/programs/signer/test/world.ts';
import type { Random } from '../decoders/random.ts';
import { type Plan, type Primitive, SimulatedFileSystem } from './simulated-file-system.ts';

/** The signer asks the real system whether a file's folder is there: this one is. */
const STICK = tmpdir();
const PASSPHRASE_PATH = '/passphrase';
export const HOME = '/home';

export interface Outcome {
  /** Null if the process died. */
  readonly exit: number | null;
  /** Of the error on standard error, or ''. */
  readonly code: string;
  /** What died or failed, or null if all went well. */
  readonly met: Primitive | null;
  readonly calls: readonly Primitive[];
}

export const stickPath = (name: string): string => join(STICK, `airlock-campaign-${name}`);

/** The lock of a process that has ended. */
const DEAD_LOCK = Buffer.from('4194305 gone 1\n');

export class SimulatedMachine {
  readonly fs: SimulatedFileSystem;
  readonly disk: Disk;
  /** Told of each screen that is shown. */
  onPaint: (lines: readonly string[]) => void = () => undefined;
  private readonly seed: string;
  private processes = 0;

  constructor(seed: string, fs: SimulatedFileSystem = new SimulatedFileSystem()) {
    this.seed = seed;
    this.fs = fs;
    this.disk = createDisk(fs);
  }

  /** A home with its secret and its record's first entry; what `init` makes at its dearest is cheap here. */
  async makeHome(): Promise<void> {
    const { tree } = this.fs;
    tree.put(PASSPHRASE_PATH, Buffer.from(PASSPHRASE));
    tree.put(secretPath(HOME), await sealedFile());
    for (const path of [
      stickPath('here'),
      join(HOME, 'record/here'),
      join(HOME, 'requests/here'),
    ]) {
      tree.put(path, new Uint8Array());
    }
    const folder = recordPath(HOME);
    appendEntry({
      disk: this.disk,
      folder,
      loaded: EMPTY_RECORD,
      at: NOW,
      event: openedEvent(),
      addresses: [],
      identity: SIGNER,
    });
  }

  /** Runs one command as a process of its own. */
  async run(home: string, args: readonly string[], plan: Plan | null = null): Promise<Outcome> {
    this.processes += 1;
    this.fs.startProcess(plan);
    const note: string[] = [];
    const common = ['--home', home, '--passphrase-file', PASSPHRASE_PATH];
    const exit = await runCli([...common, ...args], {
      disk: this.disk,
      now: () => NOW + this.processes * 60_000,
      random: seededRandom(`${this.seed} ${this.processes}`),
      argon2: cheapArgon2,
      system: QUIET,
      selfTest: async () => undefined,
      terminal: {
        ...SILENT,
        out: () => this.fs.output(),
        size: () => ({ columns: 80, rows: 24 }),
        paint: (lines) => {
          if (lines === null) return;
          this.onPaint(lines);
          this.fs.output();
        },
        key: async () => 'q',
        note: (line) => {
          this.fs.output();
          note.push(line);
        },
      },
    }).catch((cause: unknown) => {
      if (!this.fs.isDead) throw cause;
    });
    const { calls, isDead, met } = this.fs;
    const code = /refused \((\w+)\)/.exec(note.join('\n'))?.[1] ?? '';
    this.fs.startProcess(null);
    return { exit: isDead ? null : (exit ?? null), code, met, calls };
  }

  /** The primitives that a command would go through, on a copy of this machine. */
  async rehearse(home: string, args: readonly string[]): Promise<readonly Primitive[]> {
    const fs = new SimulatedFileSystem(this.fs.tree.clone());
    fs.linklessBelow = this.fs.linklessBelow;
    const copy = new SimulatedMachine(this.seed, fs);
    copy.processes = this.processes;
    return (await copy.run(home, args)).calls;
  }

  /** After a process has died or failed: the machine may have lost power, and nobody holds the lock. */
  restart(home: string, lostPower: Random | null): void {
    if (lostPower !== null) this.fs.cutPower(lostPower);
    const lock = join(home, 'lock');
    if (this.fs.exists(lock)) this.fs.tree.put(lock, DEAD_LOCK);
  }

  /** Makes a backup of what is durable of the home now. */
  backUp(from: string, to: string): void {
    this.fs.tree.copyFolder(this.fs.tree, { from, to });
  }

  state(home: string): RecordState {
    return loadRecord(this.disk, recordPath(home), SIGNER.publicKey).state;
  }

  /** The record as it would be after the worst power cut. */
  durableState(home: string): RecordState {
    const fs = new SimulatedFileSystem(this.fs.tree.durableCopy());
    return loadRecord(createDisk(fs), recordPath(home), SIGNER.publicKey).state;
  }
}
