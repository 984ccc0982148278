/**
 * The officer's side of a cold storage scenario: the real signer's program on files, as a person would
 * use it, paired with the coordinator of an exchange.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { ColdOrder, NewColdOrder } from '@airlock/api';
import { fingerprintWords, openPairingCard } from '@airlock/gap';
import { withChecksum } from '@airlock/protocol';
import { PracticeSigner, pair } from '../../../scripts/practice.ts';
import { signerIsolation } from '../../../scripts/programs.ts';
import type { Exchange } from '../money/exchange.ts';

export class Vault {
  readonly exchange: Exchange;
  readonly signer: PracticeSigner;
  readonly #folder: string;
  readonly #accepted: readonly string[];
  keyringId = '';
  #files = 0;

  constructor(exchange: Exchange, name: string) {
    const isolation = signerIsolation();
    this.exchange = exchange;
    this.#folder = join(exchange.folder, name);
    this.#accepted = isolation.prefix.length === 0 ? ['--accept-network'] : [];
    mkdirSync(this.#folder);
    this.signer = new PracticeSigner(join(this.#folder, 'signer'), isolation);
  }

  /** Makes the signer, pairs it, and imports a batch; deposits go to a hot one's keyring from now on. */
  async open(addresses: number, purpose: 'hot' | 'cold' = 'hot'): Promise<void> {
    const { api, signer: other } = this.exchange;
    this.signer.init();
    await setTimeout(10);
    const folder = this.#folder;
    const keyring = await pair({ signer: this.signer, officer: api, folder, purpose });
    this.keyringId = keyring.id;
    const batch = this.path('batch');
    await this.run('addresses', '--count', String(addresses), '--out', batch);
    await api.call('importAddressBatch', { body: readFileSync(batch) });
    if (purpose === 'hot') await api.call('suspendKeyring', { params: { id: other.keyringId } });
  }

  /** Pairs with another signer: its addresses are ours, as its batches show. */
  async know(other: Vault): Promise<void> {
    const card = this.path('card');
    await other.run('card', '--out', card, '--label', 'other keyring');
    const words = fingerprintWords(openPairingCard(readFileSync(card)).publicKey).join(' ');
    await this.run('pair', '--card', card, '--confirm', words);
  }

  /** Runs the signer. Meanwhile this process stands still: then it notices which connections were closed. */
  async run(...args: readonly string[]): Promise<Record<string, unknown>> {
    const printed = this.signer.run(...args);
    await setTimeout(10);
    return printed;
  }

  path(name: string): string {
    this.#files += 1;
    return join(this.#folder, `${this.#files}.${name}`);
  }

  write(name: string, bytes: Uint8Array): string {
    const path = this.path(name);
    writeFileSync(path, bytes);
    return path;
  }

  order(body: NewColdOrder): Promise<ColdOrder> {
    return this.exchange.api.call('createColdOrder', { body }, this.exchange.idempotency);
  }

  orderNow(id: string): Promise<ColdOrder> {
    return this.exchange.api.call('getColdOrder', { params: { id } });
  }

  /** Hub addresses with money, the largest first, by whether they are hot or cold. */
  async hub(temperature: 'hot' | 'cold'): Promise<{ address: string; balance: bigint }[]> {
    const query = { temperature };
    const { data } = await this.exchange.api.call('listHubAddresses', { query });
    const rows = data.map(({ address, balance }) => ({ address, balance: BigInt(balance) }));
    return rows.sort((a, b) => (a.balance > b.balance ? -1 : 1));
  }

  /** Downloads the slip to two media. */
  async saveSlip(id: string): Promise<{ readonly stick: string; readonly paper: string }> {
    const { bytes } = await this.exchange.api.call('getCustodySlip', { params: { id } });
    return { stick: this.write('slip', bytes), paper: this.write('copy', bytes) };
  }

  /** Has the signer read both copies back; the receipt's file. */
  async readBack({ stick, paper }: { stick: string; paper: string }): Promise<Uint8Array> {
    const out = this.path('receipt');
    const copies = ['--copy', `safe A, stick=${stick}`, '--copy', `safe B, paper=${paper}`];
    await this.run('custody', ...copies, '--out', out, ...this.#accepted);
    return readFileSync(out);
  }

  /** Signs the request with slips at hand, and imports the response. */
  async sign(requestId: string, slips: readonly string[] = []): Promise<void> {
    const { api } = this.exchange;
    const params = { id: requestId };
    const { digestWords } = await api.call('getSigningRequest', { params });
    const file = this.write('request', await api.call('getSigningRequestFile', { params }));
    const out = this.path('response');
    const given = slips.flatMap((slip) => ['--slip', slip]);
    const confirm = ['--confirm', digestWords.slice(4).join(' ')];
    await this.run('sign', file, ...given, '--out', out, ...confirm, ...this.#accepted);
    await api.call('importSigningResponse', { body: readFileSync(out) });
  }

  /** Requests, signs and confirms everything that can be planned; the bundles. */
  async sweepAll(): Promise<readonly string[]> {
    const { api, idempotency } = this.exchange;
    const body = { keyringId: this.keyringId };
    const { id, sweeps } = await api.call('createSigningRequest', { body }, idempotency);
    await this.sign(id ?? '');
    const bundles = sweeps.map(({ bundleHash }) => bundleHash);
    await this.exchange.confirm(bundles);
    return bundles;
  }

  /** Spends from a slip with the signer alone; trytes for any node. */
  async spendAlone(
    slip: string,
    { inputs, to }: { inputs: readonly { address: string; balance: bigint }[]; to: string },
  ): Promise<readonly string[]> {
    const out = this.path('trytes');
    const spent = inputs.flatMap(({ address, balance }) => ['--input', `${address}=${balance}`]);
    const payee = withChecksum(to);
    const paid = ['--to', payee, '--confirm', payee.slice(-9)];
    await this.run('spend', '--slip', slip, ...spent, ...paid, '--out', out, ...this.#accepted);
    const { trytes } = JSON.parse(readFileSync(out, 'utf8')) as { trytes: string[] };
    return trytes;
  }

  /** The signer's record, imported. */
  async importRecord(): Promise<void> {
    const out = this.path('record');
    await this.run('record', '--out', out);
    await this.exchange.api.call('importRecordExport', { body: readFileSync(out) });
  }
}
