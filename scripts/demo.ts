/**
 * `npm run demo`: the whole cold path in separate processes on ports and folders of its own, with a
 * readable timeline. `--kills N --seed S` also kills the coordinator at N seeded moments; with `--gap qr`
 * requests and responses cross as photographed QR codes.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CodeFrames, createApiClient, type Role, type SigningRequestView } from '@airlock/api';
import { digestOf, openEnvelope, verifyAddressProof, wordsOf } from '@airlock/gap';
import { addressOfSeed, formatAmount, withChecksum } from '@airlock/protocol';
import { runScript } from './command-line.ts';
import { persistentClient, Restarter } from './demo-coordinator.ts';
import { signByLight } from './demo-light.ts';
import { type DemoOptions, parseDemo } from './demo-options.ts';
import { fillPools, PracticeSigner, pair } from './practice.ts';
import {
  endServices,
  freePort,
  ProgramFailed,
  payFromFaucet,
  runProgram,
  signerIsolation,
  startService,
  untilSignal,
} from './programs.ts';

const MI = 1_000_000n;
const started = performance.now();

function say(text: string): void {
  const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(6);
  process.stdout.write(`${seconds} s  ${text}\n`);
}

function check(condition: boolean, what: string): void {
  if (!condition) throw new ProgramFailed(`the demo expected: ${what}`);
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (let left = 600; left > 0; left -= 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new ProgramFailed(`waited a minute for: ${what}`);
}

type Client = ReturnType<typeof persistentClient>;

interface Stage {
  readonly gap: 'file' | 'qr';
  readonly seed: number;
  readonly folder: string;
  readonly nodeUrl: string;
  readonly signer: PracticeSigner;
  readonly clients: Readonly<Record<Role, Client>>;
}

interface Limits {
  readonly maxSweeps?: number;
  readonly maxInputs?: number;
}

/** Makes a request and writes its file. */
async function makeRequest(
  { folder, clients: { officer } }: Stage,
  { keyringId, name, ...limits }: Limits & { keyringId: string; name: string },
): Promise<SigningRequestView> {
  const request = await officer.call(
    'createSigningRequest',
    { body: { keyringId, ...limits } },
    { idempotencyKey: `request-${name}` },
  );
  const file = await officer.call('getSigningRequestFile', { params: { id: request.id ?? '' } });
  writeFileSync(join(folder, `${name}.request`), file);
  const { spent, own, withdrawals } = request.totalsByClass;
  say(
    `request ${request.sequence}: ${request.sweeps.length} sweep(s), ${formatAmount(BigInt(spent))} spent, ${formatAmount(BigInt(own))} kept, ${formatAmount(BigInt(withdrawals))} paid out`,
  );
  return request;
}

/** The same by light: each side has only what its camera saw of the other's screen. */
async function photographAnswer(
  { folder, signer, seed, clients: { officer } }: Stage,
  { request, name, confirm }: { request: SigningRequestView; name: string; confirm: string },
): Promise<void> {
  const params = { id: request.id ?? '' };
  const query = { format: 'frames' };
  const { bytes } = await officer.call('getSigningRequestQr', { params, query });
  const took = await signByLight({
    signer,
    folder: mkdtempSync(join(folder, '..', 'light-')),
    name,
    frames: JSON.parse(new TextDecoder().decode(bytes)) as CodeFrames,
    confirm,
    send: (frames) => officer.call('importResponseFrames', { params, body: { frames } }),
    seed: seed + request.sequence,
  });
  say(`by light, rotated, blurred, 30 % missed: ${took}`);
}

/** Request file to the signer, signature offline, response file in. */
async function sign(
  stage: Stage,
  { request, name }: { request: SigningRequestView; name: string },
): Promise<void> {
  const { folder, signer, clients } = stage;
  const { officer } = clients;
  say(`officer compares the words: ${request.digestWords.join(' ').toUpperCase()}`);
  const file = join(folder, `${name}.request`);
  const out = join(folder, `${name}.response`);
  const confirm = request.digestWords.slice(4).join(' ');
  if (stage.gap === 'qr') {
    await photographAnswer(stage, { request, name, confirm });
    // For the auditor; the same request again gives the same bytes.
    signer.answer('sign', { file, out });
    return;
  }
  signer.answer('sign', { file, out, confirm });
  say('signer: recorded, signed and verified; the response file goes back');
  await officer.call('importSigningResponse', { body: readFileSync(out) });
}

async function waitForSweeps(
  { clients: { officer } }: Stage,
  requests: readonly SigningRequestView[],
): Promise<void> {
  const hashes = requests.flatMap(({ sweeps }) => sweeps.map(({ bundleHash }) => bundleHash));
  await until('the sweeps are confirmed', async () => {
    const states = await Promise.all(
      hashes.map((bundleHash) => officer.call('getSweep', { params: { bundleHash } })),
    );
    return states.every(({ status }) => status === 'confirmed');
  });
  say('sweeps attached, broadcast and confirmed');
}

/** A request that a later one has overtaken can never be signed: it is voided, and frees nothing. */
async function voidRequest(
  { folder, signer, clients: { officer } }: Stage,
  request: SigningRequestView,
): Promise<void> {
  const params = { id: request.id ?? '' };
  await officer.call('voidSigningRequest', { params });
  const asked = await officer.call('getVoidFile', { params });
  const file = join(folder, 'void.request');
  const out = join(folder, 'void.receipt');
  writeFileSync(file, asked);
  const words = wordsOf(digestOf(openEnvelope(asked, 'void-request')));
  signer.answer('void', { file, out, confirm: words.slice(4).join(' ') });
  await officer.call('importVoidReceipt', { body: readFileSync(out) });
  say(`request ${request.sequence} came too late to be signed: voided; its sweep stays locked`);
}

/** Each deposit in a request of its own, signed in the wrong order. */
async function sweepDeposits(stage: Stage, keyringId: string): Promise<void> {
  const one = { keyringId, maxSweeps: 1, maxInputs: 1 };
  const late = await makeRequest(stage, { ...one, name: 'late' });
  const sweep = await makeRequest(stage, { ...one, name: 'sweep' });
  stage.signer.run('inspect', join(stage.folder, 'sweep.request'));
  await sign(stage, { request: sweep, name: 'sweep' });
  await voidRequest(stage, late);
  const again = await makeRequest(stage, { keyringId, name: 'asked-again' });
  const [first] = late.sweeps;
  const [same] = again.sweeps;
  check(first?.bundleHash === same?.bundleHash, "the voided request's bundle is asked again");
  await sign(stage, { request: again, name: 'asked-again' });
  await waitForSweeps(stage, [sweep, again]);
}

async function depositAll(stage: Stage, publicKey: Uint8Array): Promise<void> {
  const { exchange } = stage.clients;
  for (const [userId, amount] of [
    ['alice', 12n * MI],
    ['bob', 8n * MI],
  ] as const) {
    await exchange.call('createUser', { body: { id: userId } });
    const made = await exchange.call(
      'createDepositAddress',
      { params: { id: userId }, body: {} },
      { idempotencyKey: `address-${userId}` },
    );
    const address = made.address.slice(0, 81);
    const proof = new Uint8Array(Buffer.from(made.proof, 'base64'));
    const securityLevel = made.securityLevel as 1 | 2 | 3;
    verifyAddressProof({ proof, address, securityLevel, publicKey });
    await payFromFaucet(stage.nodeUrl, { address, amount: amount.toString() });
    say(`${userId} deposits ${formatAmount(amount)} to ${address.slice(0, 12)}… (proof verified)`);
  }
  await until('both deposits are confirmed', async () => {
    const { data } = await exchange.call('listDeposits', { query: { status: 'confirmed' } });
    return data.length === 2;
  });
  say('both deposits confirmed, seen by the monitor');
}

async function availableOf({ clients }: Stage, id: string): Promise<bigint> {
  const user = await clients.exchange.call('getUser', { params: { id } });
  return BigInt(user.balance.available);
}

async function transferAndWithdraw(stage: Stage): Promise<string> {
  const { exchange } = stage.clients;
  await exchange.call(
    'createTransfer',
    {
      body: {
        entries: [
          { userId: 'alice', amount: '-1000000' },
          { userId: 'bob', amount: '1000000' },
        ],
        reference: 'trade 1',
      },
    },
    { idempotencyKey: 'transfer-1' },
  );
  say('alice sells 1 Mi to bob: a transfer in the ledger alone');
  const outside = addressOfSeed(new Uint8Array(48).fill(7), 2);
  await exchange.call(
    'createWithdrawal',
    { body: { userId: 'bob', address: withChecksum(outside), amount: '3000000', tag: 'DEMO' } },
    { idempotencyKey: 'withdrawal-1' },
  );
  say(`bob withdraws 3 Mi to ${outside.slice(0, 12)}…, an address outside`);
  return outside;
}

/** The same request asked again, after a later one, gives the same bytes. */
function askAgain({ folder, signer }: Stage): void {
  const again = join(folder, 'again.response');
  signer.answer('sign', { file: join(folder, 'sweep.request'), out: again });
  const same = readFileSync(again).equals(readFileSync(join(folder, 'sweep.response')));
  check(same, 'the first request, asked again, gives the same bytes');
  rmSync(again);
  say('the first request asked again: the same bytes, no new signature');
}

function audit({ folder, signer }: Stage): void {
  signer.run('record', '--out', join(folder, 'signer.record'));
  const report = JSON.parse(runProgram('airlock-audit', ['verify', folder, '--json'])) as {
    verdict: string;
    files: unknown[];
    findings: unknown[];
  };
  check(report.findings.length === 0, `no findings, but: ${JSON.stringify(report.findings)}`);
  say(
    `auditor: ${report.files.length} files verified, no key has two hashes, verdict ${report.verdict}`,
  );
}

async function play(stage: Stage): Promise<void> {
  const { clients, folder, signer } = stage;
  const { officer } = clients;
  const paired = await pair({ signer, officer, folder });
  await fillPools({ signer, officer, folder, count: 60 });
  const keyring = await officer.call('getKeyring', { params: { id: paired.id } });
  say(`practice signer made and paired: ${keyring.fingerprintWords.join(' ').toUpperCase()}`);
  say(
    `60 addresses imported: ${keyring.pool.deposit} for deposits, ${keyring.pool.hub} hub addresses`,
  );
  const { publicKey } = signer.run('status');
  await depositAll(stage, new Uint8Array(Buffer.from(String(publicKey), 'hex')));
  await sweepDeposits(stage, keyring.id);
  check((await availableOf(stage, 'alice')) === 12n * MI, 'alice has 12 Mi');
  const outside = await transferAndWithdraw(stage);
  const payout = await makeRequest(stage, { keyringId: keyring.id, name: 'payout' });
  signer.run('inspect', join(folder, 'payout.request'));
  await sign(stage, { request: payout, name: 'payout' });
  await waitForSweeps(stage, [payout]);
  const { balance } = await clients.exchange.call('getAddress', {
    params: { address: outside },
    query: { checksum: 'none' },
  });
  check(balance === '3000000', `the outside address holds 3 Mi, not ${balance}`);
  check((await availableOf(stage, 'alice')) === 11n * MI, 'alice has 11 Mi');
  check((await availableOf(stage, 'bob')) === 6n * MI, 'bob has 6 Mi');
  askAgain(stage);
  audit(stage);
  const statement = await clients.auditor.call('getStatement');
  check(statement.difference === '0', 'assets equal claims');
  check(statement.assets === '17000000', `assets are 17 Mi, not ${statement.assets}`);
  say(`ledger at entry ${statement.number}: assets ${formatAmount(17n * MI)}, difference 0`);
}

const NEXT_STEPS = `
What to try next:
  npm start                          a dev node and a coordinator that stay up, with curl lines
  npm run demo -- --kills 20         the same path with the coordinator killed 20 times
  npm run demo -- --gap qr           the same path with QR codes and a bad camera
  docs/officer.md                    the signer, step by step
  docs/integrate-balances-here.md    the HTTP API for an exchange
`;

function clientsOf(data: string, url: string): Stage['clients'] {
  const clientOf = (role: Role): Client => {
    const args = ['api-key', '--data', data, '--role', role];
    const key = runProgram('airlock-coordinator', args).trim();
    return persistentClient(
      createApiClient({ url, key, fetch: globalThis.fetch, timeoutMs: 10_000 }),
    );
  };
  return {
    exchange: clientOf('exchange'),
    officer: clientOf('officer'),
    auditor: clientOf('auditor'),
    admin: clientOf('admin'),
  };
}

/** The demo in its folder; what is to be stopped afterwards goes to `services`. */
async function run(
  { kills, seed, gap }: DemoOptions,
  folder: string,
  services: { readonly stop: () => Promise<unknown> }[],
): Promise<void> {
  const files = join(folder, 'crossing');
  mkdirSync(files);
  const isolation = signerIsolation();
  say(`demo in ${folder}; signer's isolation: ${isolation.description}`);
  const nodePort = await freePort();
  const nodeUrl = `http://127.0.0.1:${nodePort}`;
  services.push(
    await startService('airlock-dev-node', [
      ...['--port', String(nodePort), '--mwm', '3', '--milestone-ms', '1000'],
    ]),
  );
  const data = join(folder, 'data');
  const port = await freePort();
  const clients = clientsOf(data, `http://127.0.0.1:${port}`);
  const coordinator = new Restarter({ data, port, nodeUrl, kills, seed, say });
  services.push(coordinator);
  await coordinator.start();
  say('dev node and coordinator run');
  const signer = new PracticeSigner(join(folder, 'signer'), isolation);
  signer.init();
  await play({ gap, seed, folder: files, nodeUrl, signer, clients });
  await coordinator.finishKills();
  const { difference, assets } = await clients.auditor.call('getStatement');
  check(
    difference === '0' && assets === '17000000',
    'the ledger is the same after the last restart',
  );
  if (kills > 0)
    say(`coordinator killed ${coordinator.killed} times: nothing lost, nothing doubled`);
  say('done');
}

async function main(): Promise<boolean> {
  const options = await parseDemo();
  const folder = mkdtempSync(join(tmpdir(), 'airlock-demo-'));
  const services: { readonly stop: () => Promise<unknown> }[] = [];
  try {
    await Promise.race([untilSignal(), run(options, folder, services)]);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : 'unknown';
    process.stderr.write(`the demo failed: ${message}\n`);
    return false;
  } finally {
    for (const service of services.reverse()) await service.stop();
    await endServices();
    if (options.keep) process.stdout.write(`kept: ${folder}\n`);
    else rmSync(folder, { recursive: true });
  }
  process.stdout.write(NEXT_STEPS);
  return true;
}

await runScript('demo', main);
// What was cut short may still wait for an answer.
if (process.exitCode !== 0) process.exit();
