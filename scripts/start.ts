/**
 * `npm start`: dev node and coordinator on ./data, and on an empty ./data a practice signer in
 * ./practice-signer, paired, with 200 addresses imported. Continues from its data next time.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApiClient, type Role } from '@airlock/api';
import yargs from 'yargs';
import { runScript, strictly, wholeNumber } from './command-line.ts';
import { persistentClient } from './demo-coordinator.ts';
import { fillPools, PracticeSigner, pair } from './practice.ts';
import {
  ProgramFailed,
  runProgram,
  type Service,
  signerIsolation,
  startService,
} from './programs.ts';

const ROLES: readonly Role[] = ['exchange', 'officer', 'auditor', 'admin'];
const ADDRESSES = 200;
/** In the data folder once the practice signer is paired. */
const PAIRED_MARK = 'practice-signer-paired';

type Keys = Readonly<Record<Role, string>>;

interface Options {
  readonly data: string;
  readonly signer: string;
  readonly port: number;
  readonly nodePort: number;
  readonly settings: string | undefined;
}

/** One key a role, kept beside the data so that they can be shown again: for practice alone. */
function openKeys(data: string): Keys {
  const path = join(data, 'practice-api-keys.json');
  if (!existsSync(path)) {
    const store = join(data, 'coordinator');
    const made = ROLES.map((role) => {
      const args = ['api-key', '--data', store, '--role', role];
      return [role, runProgram('airlock-coordinator', args).trim()] as const;
    });
    writeFileSync(path, `${JSON.stringify(Object.fromEntries(made), null, 2)}\n`, { mode: 0o600 });
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Keys;
}

/** A signer that has signed for another coordinator would refuse this one's first sequence. */
function assertFolders({ data, signer }: Options): void {
  const isEmpty = !existsSync(data) || readdirSync(data).length === 0;
  const isPaired = existsSync(join(data, PAIRED_MARK));
  if (isPaired && !existsSync(signer)) {
    throw new ProgramFailed(
      `${signer} is gone, but ${data} belongs to it: bring it back, or move ${data} away as well`,
    );
  }
  if (!isEmpty || !existsSync(signer)) return;
  throw new ProgramFailed(
    `${data} is empty, but ${signer} exists: move the old practice signer away, or bring its data back`,
  );
}

function tell(options: Options, url: string, keys: Keys): void {
  const user = `user-${Date.now().toString(36)}`;
  const auth = (role: Role): string => `-H 'Authorization: Bearer ${keys[role]}'`;
  const lines = [
    '',
    `Airlock runs on ${url} (network private, a dev node stands in for IOTA)`,
    '',
    'API keys (practice):',
    ...ROLES.map((role) => `  ${role.padEnd(9)} ${keys[role]}`),
    '',
    'Try:',
    `  curl -s ${url}/v1/users ${auth('exchange')} -H 'Content-Type: application/json' -d '{"id":"${user}"}'`,
    `  curl -s -X POST ${url}/v1/users/${user}/deposit-addresses ${auth('exchange')} -H 'Idempotency-Key: ${user}-1'`,
    `  curl -s ${url}/v1/ledger/statement ${auth('auditor')}`,
    '',
    `The practice signer is in ${options.signer}; docs/quick-start.md goes on from here. Ctrl-C stops.`,
    '',
  ];
  process.stdout.write(lines.join('\n'));
}

async function setUp(options: Options, url: string, keys: Keys): Promise<void> {
  // While the signer runs nothing is read here, and the server may close the connection meanwhile.
  const officer = persistentClient(
    createApiClient({ url, key: keys.officer, fetch: globalThis.fetch }),
  );
  const { data: keyrings } = await officer.call('listKeyrings');
  if (keyrings.some(({ pool }) => pool.deposit + pool.hub > 0)) return;
  process.stdout.write('making a practice signer, pairing it, importing 200 addresses…\n');
  const signer = new PracticeSigner(options.signer, signerIsolation());
  if (!signer.exists) signer.init();
  const folder = join(options.signer, 'crossing');
  mkdirSync(folder, { recursive: true });
  await pair({ signer, officer, folder });
  await fillPools({ signer, officer, folder, count: ADDRESSES });
  writeFileSync(join(options.data, PAIRED_MARK), '');
}

/** Resolves at Ctrl-C or TERM, or fails if a service ends by itself. */
function waitForEnd(services: readonly Service[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let ending = false;
    const end = (): void => {
      ending = true;
      resolve();
    };
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
    for (const { process: child } of services) {
      child.once('exit', (code) => {
        // Ctrl-C reaches the services at the same time as us.
        setTimeout(() => {
          if (!ending) reject(new ProgramFailed(`a service ended by itself with code ${code}`));
        }, 500);
      });
    }
  });
}

function parseOptions(): Promise<Options> {
  const port = (name: string, standard: number, describe: string) =>
    ({
      type: 'string',
      default: String(standard),
      describe,
      coerce: wholeNumber(name, { min: 1, max: 65_535 }),
    }) as const;
  return strictly(
    yargs(process.argv.slice(2))
      .scriptName('npm start --')
      .usage(
        '$0 [options]\n\nRuns a dev node and a coordinator with a practice signer, on data that stays.',
      )
      .option('data', {
        type: 'string',
        default: 'data',
        describe: 'Folder of node and coordinator',
      })
      .option('signer', { type: 'string', default: 'practice-signer', describe: 'Practice signer' })
      .option('port', port('port', 8080, "The coordinator's port"))
      .option('node-port', port('node-port', 14_265, "The dev node's port"))
      .option('settings', { type: 'string', describe: 'A JSON file: see docs/settings.md' })
      .example('$0 --port 8081', 'the coordinator on another port'),
  ).parseAsync();
}

async function run(options: Options): Promise<void> {
  assertFolders(options);
  mkdirSync(options.data, { recursive: true });
  const services: Service[] = [];
  const state = join(options.data, 'dev-node.jsonl');
  const url = `http://127.0.0.1:${options.port}`;
  const nodeUrl = `http://127.0.0.1:${options.nodePort}`;
  try {
    services.push(
      await startService('airlock-dev-node', [
        ...['--port', String(options.nodePort), '--mwm', '5', '--milestone-ms', '2000'],
        ...['--state', state],
      ]),
    );
    const keys = openKeys(options.data);
    services.push(
      await startService('airlock-coordinator', [
        ...['serve', '--data', join(options.data, 'coordinator'), '--port', String(options.port)],
        ...['--network', 'private', '--node', nodeUrl],
        ...(options.settings === undefined ? [] : ['--settings', options.settings]),
      ]),
    );
    await setUp(options, url, keys);
    tell(options, url, keys);
    await waitForEnd(services);
  } finally {
    for (const service of services.reverse()) await service.stop();
    if (services.length > 0) process.stdout.write('stopped\n');
  }
}

async function main(): Promise<boolean> {
  const options = await parseOptions();
  try {
    await run(options);
    return true;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : 'unknown';
    process.stderr.write(`npm start failed: ${message}\n`);
    return false;
  }
}

await runScript('start', main);
