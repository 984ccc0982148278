/** A practice signer and its pairing with a coordinator: what `npm start` and the demo both need. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient, Keyring } from '@airlock/api';
import { fingerprintWords, openPairingCard } from '@airlock/gap';
import { type Isolation, runProgram } from './programs.ts';

/** A signer in a folder, driven through its command line. */
export class PracticeSigner {
  readonly #folder: string;
  readonly #isolation: Isolation;

  constructor(folder: string, isolation: Isolation) {
    this.#folder = folder;
    this.#isolation = isolation;
  }

  get exists(): boolean {
    return existsSync(join(this.#folder, 'home', 'record'));
  }

  /** Runs a command with `--json`; what it printed. */
  run(...args: readonly string[]): Record<string, unknown> {
    const home = ['--home', join(this.#folder, 'home')];
    const passphrase = ['--passphrase-file', join(this.#folder, 'passphrase')];
    const { prefix } = this.#isolation;
    const output = runProgram(
      'airlock-signer',
      [...home, ...passphrase, '--json', ...args],
      prefix,
    );
    return JSON.parse(output) as Record<string, unknown>;
  }

  /**
   * Signs or voids what a file asks for. Where the system isolates nothing, the machine's network has to
   * be accepted, which the signer's record then says for ever.
   */
  answer(
    command: 'sign' | 'void',
    { file, out, confirm }: { file: string; out: string; confirm?: string },
  ): Record<string, unknown> {
    const confirmed = confirm === undefined ? [] : ['--confirm', confirm];
    const accepted = this.#isolation.prefix.length === 0 ? ['--accept-network'] : [];
    return this.run(command, file, '--out', out, ...confirmed, ...accepted);
  }

  /** Signs what pictures of codes hold, and writes the response's codes into a new folder. */
  signPictures(options: {
    readonly pictures: readonly string[];
    readonly codes: string;
    readonly confirm: string;
  }): void {
    const { pictures, codes, confirm } = options;
    const accepted = this.#isolation.prefix.length === 0 ? ['--accept-network'] : [];
    const out = ['--to', 'png', '--out', codes, '--confirm', confirm];
    this.run('sign', '--from', 'qr', ...out, ...accepted, '--pictures', ...pictures);
  }

  /** Makes the signer: network private, marked as practice on every screen. */
  init(): void {
    mkdirSync(this.#folder, { recursive: true });
    writeFileSync(join(this.#folder, 'passphrase'), 'practice makes perfect\n', { mode: 0o600 });
    this.run('init', '--network', 'private', '--practice', '--label', 'practice signer');
  }
}

/** Pairs both sides by their cards, which are written to `folder`. Paired ones stay paired. */
export async function pair(options: {
  readonly signer: PracticeSigner;
  readonly officer: ApiClient;
  readonly folder: string;
  /** hot if not given. */
  readonly purpose?: 'hot' | 'cold';
}): Promise<Keyring> {
  const { signer, officer, folder, purpose = 'hot' } = options;
  const file = (name: string): string => join(folder, name);
  signer.run('card', '--out', file('signer.card'), '--label', 'practice signer');
  const keyring = await officer.call('pairKeyring', {
    query: { purpose },
    body: readFileSync(file('signer.card')),
  });
  const card = await officer.call('getPairingCard');
  writeFileSync(file('coordinator.card'), card);
  const { publicKey } = openPairingCard(card);
  const { peers } = signer.run('status') as { peers: { publicKey: string }[] };
  if (!peers.some((peer) => peer.publicKey === Buffer.from(publicKey).toString('hex'))) {
    const words = fingerprintWords(publicKey).join(' ');
    signer.run('pair', '--card', file('coordinator.card'), '--confirm', words);
  }
  return keyring;
}

/** Fills the pools with the signer's first batch, which is made if there is none. */
export async function fillPools(options: {
  readonly signer: PracticeSigner;
  readonly officer: ApiClient;
  readonly folder: string;
  readonly count: number;
}): Promise<void> {
  const { signer, officer, folder, count } = options;
  const batch = join(folder, 'batch-1.batch');
  const { batches } = signer.run('status') as { batches: number };
  const which = batches === 0 ? ['--count', String(count)] : ['--batch', '1'];
  signer.run('addresses', ...which, '--out', batch);
  await officer.call('importAddressBatch', { body: readFileSync(batch) });
}
