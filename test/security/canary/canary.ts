/**
 * Plants a salt, a passphrase and the seeds that follow from them, runs the built signer through its life,
 * and looks for them everywhere: files, arguments, environment, output, and the memory of each process when
 * it has done its last step.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  fingerprintWords,
  type IssuedAddress,
  openAddressBatch,
  sealPairingCard,
} from '@airlock/gap';
import { kerlOfWords } from '@airlock/kernel';
import {
  checksumOf,
  deriveRaw,
  deriveSeed,
  plainArgon2,
  type Scheme,
  withChecksum,
  wordsToTrytes,
} from '@airlock/protocol';
import { nodeDisk } from '../../../packages/programs/signer/src/disk.ts';
import { loadRecord } from '../../../packages/programs/signer/src/record-store.ts';
import {
  type HomeHeader,
  openSecret,
  readHeader,
} from '../../../packages/programs/signer/src/sealed-secret.ts';
import {
  addressOf,
  bundle,
  COORDINATOR,
  confirmationOf,
  input,
  own,
  pay,
  requestOf,
  seal,
  slipOf,
} from '../../../packages/programs/signer/test/world.ts';
import { runHeld } from './held-process.ts';
import { type ImageRead, readImage } from './memory-image.ts';
import { Search } from './search.ts';
import { needlesOf, type Secret } from './secret-forms.ts';

const SIGNER = join(process.cwd(), 'dist/airlock-signer.mjs');
const CONTROL = join(process.cwd(), 'test/security/canary/keep-secrets.mjs');

/** Something of a secret that was found. */
export interface Finding {
  readonly secret: string;
  readonly form: string;
  /** A file's name, 'arguments', 'environment', 'output', or 'memory' and the kind of range. */
  readonly where: string;
}

export interface StepReport {
  readonly step: string;
  readonly findings: readonly Finding[];
  /** Null where this system lets nobody read another process's memory. */
  readonly image: ImageRead | null;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
/** Characters that nothing else in a process begins with, the same in every run. */
const planted = (name: string): Uint8Array =>
  text(createHash('sha256').update(`canary ${name}`).digest('base64').slice(0, 40));

const SCHEME: Scheme = { name: 'hub-argon2id', timeCost: 1, memoryKib: 64, parallelism: 1 };
const COSTS = ['--argon2-time-cost', '1', '--argon2-memory-kib', '64'];
const KEYS = 3;

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

/** Each finding once. */
function distinct(findings: readonly Finding[]): Finding[] {
  const known = new Map(findings.map((each) => [JSON.stringify(each), each]));
  return [...known.values()];
}

interface Look {
  readonly findings: readonly Finding[];
  readonly image: ImageRead | null;
}

/** Arguments, environment and memory of a process that stands still. */
function lookInto(pid: number, search: Search): Look {
  const findings: Finding[] = [];
  const add = (bytes: Buffer, where: string): void => {
    for (const { secret, form } of search.in(bytes)) findings.push({ secret, form, where });
  };
  if (existsSync(`/proc/${pid}/cmdline`)) {
    add(readFileSync(`/proc/${pid}/cmdline`), 'arguments');
    add(readFileSync(`/proc/${pid}/environ`), 'environment');
  }
  const image = readImage(pid, (piece, name) => add(piece, `memory: ${name}`));
  return { findings: distinct(findings), image };
}

export class Canary {
  readonly secrets: Secret[] = [
    { name: 'salt', bytes: planted('salt') },
    { name: 'passphrase', bytes: planted('passphrase') },
  ];
  readonly reports: StepReport[] = [];
  private readonly folder: string;
  private issued: readonly IssuedAddress[] = [];
  private keyringId = '';

  /** @param folder empty, and outside what is searched but for its folders `home`, `stick`, `tmp` */
  constructor(folder: string) {
    this.folder = folder;
    for (const name of ['stick', 'tmp']) mkdirSync(this.path(name));
    for (const { name, bytes } of this.secrets) writeFileSync(this.path(name), bytes);
  }

  private path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  /** The control: a process that keeps one secret on purpose, in every form and place. */
  async control(secret: Secret): Promise<StepReport> {
    const word = this.path('word');
    const file = this.path('kept');
    writeFileSync(file, secret.bytes);
    writeFileSync(word, secret.bytes.length === 48 ? wordsToTrytes(secret.bytes) : '');
    const hex = Buffer.from(secret.bytes).toString('hex');
    const args = [CONTROL, file, word, this.path('stick'), hex];
    return this.observe('control', { args, env: { KEPT: hex }, secrets: () => [secret] });
  }

  /** The signer's life, command by command. */
  async live(): Promise<void> {
    const salt = ['--salt-file', this.path('salt')];
    await this.signer('init', ['--network', 'private', '--security', '1', ...salt, ...COSTS]);
    await this.learnSealed();
    await this.pair();
    await this.makeAddresses();
    const [first] = this.issued;
    await this.signer('derive', ['--uuid', first?.uuid ?? '']);
    await this.sign();
    await this.custody();
    await this.spend();
  }

  private async pair(): Promise<void> {
    const card = this.path('stick', 'coordinator.card');
    const { publicKey } = COORDINATOR;
    const fields = { role: 'coordinator', network: 'private', label: 'c', keyring: null } as const;
    writeFileSync(card, sealPairingCard(fields, COORDINATOR));
    const words = fingerprintWords(publicKey).slice(4).join(' ');
    await this.signer('pair', ['--card', card, '--confirm', words]);
  }

  /** The seeds are known as soon as the batch is written, before the memory is searched. */
  private async makeAddresses(): Promise<void> {
    const batch = this.path('stick', 'batch');
    await this.signer('addresses', ['--count', String(KEYS), '--out', batch], async () => {
      const { publicKey } = this.header();
      const opened = openAddressBatch(new Uint8Array(readFileSync(batch)), publicKey);
      this.issued = opened.addresses;
      this.keyringId = opened.statement.keyringId;
      for (const [index, { uuid }] of this.issued.entries()) await this.learnSeed(index + 1, uuid);
    });
  }

  private async sign(): Promise<void> {
    const [first, second] = this.issued as [IssuedAddress, IssuedAddress];
    const slots = bundle(input(first, 100n), pay(1, 60n), own(second, 40n));
    const { state } = loadRecord(nodeDisk, this.path('home', 'record'), this.header().publicKey);
    const request = requestOf(state, [slots], { keyringId: this.keyringId });
    const file = this.path('stick', 'request');
    const bytes = seal(request);
    writeFileSync(file, bytes);
    const out = ['--out', this.path('stick', 'response'), '--confirm', confirmationOf(bytes)];
    await this.signer('sign', [file, ...out, '--accept-network']);
  }

  /** The last key goes into custody, and out of it without a coordinator. */
  private async custody(): Promise<void> {
    const [, , third] = this.issued as [IssuedAddress, IssuedAddress, IssuedAddress];
    const slip = this.path('stick', 'slip');
    writeFileSync(slip, slipOf([third], { keyringId: this.keyringId }));
    const out = ['--out', this.path('stick', 'receipt')];
    await this.signer('custody', ['--copy', `stick=${slip}`, ...out]);
  }

  private async spend(): Promise<void> {
    const [, , third] = this.issued as [IssuedAddress, IssuedAddress, IssuedAddress];
    const payee = addressOf('P');
    await this.signer('spend', [
      ...['--slip', this.path('stick', 'slip'), '--input', `${withChecksum(third.address)}=5`],
      ...['--to', withChecksum(payee), '--confirm', checksumOf(payee)],
      ...['--out', this.path('stick', 'trytes'), '--accept-network'],
    ]);
  }

  private header(): HomeHeader {
    return readHeader(new Uint8Array(readFileSync(this.path('home', 'secret'))));
  }

  /** What the sealed file holds and is sealed with. */
  private async learnSealed(): Promise<void> {
    const passphrase = this.secrets[1]?.bytes ?? new Uint8Array();
    const file = new Uint8Array(readFileSync(this.path('home', 'secret')));
    const { identityKey } = await openSecret({ file, passphrase, argon2: plainArgon2 });
    const { timeCost, memoryKib, salt } = this.header().kdf;
    const costs = { variant: 'argon2id', timeCost, memoryKib, parallelism: 1 } as const;
    const key = await plainArgon2({ ...costs, password: passphrase, salt, hashLength: 32 });
    this.secrets.push({ name: 'identity key', bytes: identityKey });
    this.secrets.push({ name: 'key of the sealed file', bytes: key });
  }

  /** A seed, the 48 bytes it was made of, and what is first computed from it. */
  private async learnSeed(number: number, uuid: string): Promise<void> {
    const salt = this.secrets[0]?.bytes ?? new Uint8Array();
    const options = { scheme: SCHEME, network: 'private', salt, argon2: plainArgon2 } as const;
    const seed = await deriveSeed({ ...options, uuid });
    this.secrets.push({ name: `seed ${number}`, bytes: seed });
    this.secrets.push({
      name: `derived bytes ${number}`,
      bytes: await deriveRaw({ ...options, label: uuid }),
    });
    this.secrets.push({ name: `subseed ${number}`, bytes: kerlOfWords(seed) });
  }

  private async signer(
    command: string,
    args: readonly string[],
    learn: () => Promise<void> = async () => undefined,
  ): Promise<void> {
    const common = ['--home', this.path('home'), '--passphrase-file', this.path('passphrase')];
    const report = await this.observe(command, {
      args: [SIGNER, ...common, command, ...args],
      secrets: async () => {
        await learn();
        return this.secrets;
      },
    });
    this.reports.push(report);
  }

  /** Runs a process to its end, and looks for secrets that are known by then. */
  private async observe(
    step: string,
    options: {
      readonly args: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      readonly secrets: () => readonly Secret[] | Promise<readonly Secret[]>;
    },
  ): Promise<StepReport> {
    const { args, env = {}, secrets } = options;
    const folders = { folder: this.folder, env: { ...env, TMPDIR: this.path('tmp') } };
    const held = await runHeld(args, folders, async (pid) => {
      const search = new Search((await secrets()).flatMap(needlesOf));
      return { search, ...lookInto(pid, search) };
    });
    if (held.exit !== 0 || held.seen === null) {
      throw new Error(`${step} ended with ${held.exit}: ${held.stderr}`);
    }
    const { search, image } = held.seen;
    const output = search.in(Buffer.from(held.stdout + held.stderr));
    const findings = [
      ...held.seen.findings,
      ...output.map(({ secret, form }) => ({ secret, form, where: 'output' })),
      ...this.searchFiles(search),
    ];
    return { step, findings: distinct(findings), image };
  }

  private searchFiles(search: Search): Finding[] {
    const files = ['home', 'stick', 'tmp'].flatMap((name) => filesIn(this.path(name)));
    return files.flatMap((file) =>
      search
        .in(readFileSync(file))
        .map(({ secret, form }) => ({ secret, form, where: file.slice(this.folder.length + 1) })),
    );
  }
}

/**
 * What docs/security.md, section 4, says remains: OpenSSL holds the identity's private key in a key object
 * that Node frees, overwritten, only when it collects garbage or ends.
 */
export function isKnown({ secret, form, where }: Finding): boolean {
  const isAllocated = where === 'memory: [heap]' || where === 'memory: anonymous';
  return secret === 'identity key' && form === 'raw' && isAllocated;
}
