/** The program as people start it: exit codes, one clear message, a clean stop. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NETWORKS, type Network, weightMagnitude } from '@airlock/protocol';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { importResponse } from '../src/signing/responses.ts';
import { openLevelStore } from '../src/store/level-store.ts';
import { serveFaultyNetwork } from './faulty-node.ts';
import { relayTo } from './relay.ts';
import { HonestSigner } from './signer.ts';
import { HookServer } from './webhooks/hook-server.ts';
import { folderForBundles } from './worker-file.ts';
import {
  answer,
  createUser,
  pairedWorld,
  requestDeposit,
  type ServedNode,
  serveNode,
  stateOf,
} from './world.ts';

const FOLDER = folderForBundles();
const PROGRAM = join(FOLDER, 'main.mjs');
const EXTERNAL = ['express', 'yargs', 'level', 'hash-wasm', 'zod', '@iota/core', 'qr', 'qrcode'];
const CONSOLE = join(import.meta.dirname, '../../../../dist/console');

beforeAll(async () => {
  await build({
    entryPoints: [join(import.meta.dirname, '../src/main.ts')],
    outfile: PROGRAM,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: EXTERNAL,
  });
  symlinkSync(CONSOLE, join(FOLDER, 'console'));
});
/** A test that fails must not leave its processes behind. */
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(FOLDER, { recursive: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly line: Promise<string>;
  readonly end: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

function run(...args: readonly string[]): Run {
  const child = spawn(process.execPath, [PROGRAM, ...args]);
  children.push(child);
  // One that neither ends nor says anything must not keep the tests waiting for ever.
  const watch = setTimeout(() => child.kill('SIGKILL'), 20_000);
  child.on('close', () => clearTimeout(watch));
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += String(data);
  });
  const line = new Promise<string>((resolve) => {
    child.on('close', () => resolve(stdout));
    child.stdout.on('data', (data) => {
      stdout += String(data);
      const listening = /^.*listening on.*$/m.exec(stdout);
      if (listening !== null) resolve(listening[0]);
    });
  });
  const end = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, line, end };
}

const freshData = (): string => mkdtempSync(join(tmpdir(), 'airlock-main-'));
const NOWHERE = 'http://127.0.0.1:9';
const serveArgs = (data: string, node = NOWHERE): string[] => [
  ...['serve', '--data', data, '--network', 'private', '--node', node],
  ...['--port', '0', '--magnitude', '1', '--round-ms', '50'],
];
const urlOf = (line: string): string => /http:\S+/.exec(line)![0];

// Below a file: nothing can be made there, whatever goes wrong.
const data = ['--data', join(PROGRAM, 'never')];
const network = ['--network', 'private'];

describe('arguments', () => {
  test('--help says what there is, with an example, and ends with 0', async () => {
    const [top, serve] = await Promise.all([run('--help').end, run('serve', '--help').end]);
    expect(top).toMatchObject({ code: 0, stderr: '' });
    for (const text of ['serve', 'api-key', '--data']) expect(top.stdout).toContain(text);
    expect(serve.stdout).toContain('airlock-coordinator serve --data ./data --network private');
    expect(serve.stdout).toMatch(/--proof-of-work .*public nodes do it for nobody else.*"local"/s);
  });

  // Each by the way it goes: the parser, a look at the values, and the command itself.
  test.each([
    [[]],
    [['serve', ...data, ...network, '--node', 'https://node.example/s3cret']],
    [['serve', ...data, ...network]],
  ])('%j end with 2 and one clear message', async (args) => {
    const { code, stdout, stderr } = await run(...args).end;
    expect(stderr).toMatch(/^failed \(invalid_request\): .+\n {2}see --help\n$/);
    expect(stderr).not.toContain('s3cret');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

describe('serving', () => {
  test('goes on from where it was, ends with 0 on SIGTERM, and keeps a second process out', async () => {
    const served = await serveNode();
    const data = freshData();
    const { code, stdout: key } = await run('api-key', '--data', data, '--role', 'exchange').end;
    expect(code).toBe(0);
    expect(key).toMatch(/^airlock_[\w-]{43}\n$/);
    const first = run(...serveArgs(data, served.url));
    const line = await first.line;
    expect(line).toMatch(
      /^coordinator listening on http:\/\/127\.0\.0\.1:\d+ \(network private\)$/,
    );
    const url = urlOf(line);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const headers = { authorization: `Bearer ${key.trim()}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ id: 'alice' });
    const made = await fetch(`${url}/v1/users`, { method: 'POST', headers, body });
    expect(made.status).toBe(201);

    const second = await run(...serveArgs(data, served.url)).end;
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/^failed \(store_unavailable\): .+\n {2}.+\n$/);
    expect((await run('api-key', '--data', data, '--role', 'admin').end).code).toBe(1);

    first.child.kill('SIGTERM');
    expect(await first.end).toMatchObject({ code: 0, stderr: '' });
    const again = run(...serveArgs(data, served.url));
    const user = await fetch(`${urlOf(await again.line)}/v1/users/alice`, { headers });
    expect(user.status).toBe(200);
    again.child.kill('SIGINT');
    const { stdout } = await again.end;
    expect(stdout).toContain('coordinator stopped');
    expect(stdout).toMatch(/fingerprint, for pairing signers: ([A-Z]{4} ){7}[A-Z]{4}\n/);
    const wrong = serveArgs(data, served.url).map((arg) => (arg === 'private' ? 'devnet' : arg));
    const other = await run(...wrong).end;
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/^failed \(wrong_network\): .+private\n {2}start with --network/);
    await served.close();
    rmSync(data, { recursive: true });
  });

  test('several nodes, one of them dead, are enough; the dead one is named without its path', async () => {
    const network = await serveFaultyNetwork(3);
    network.nodes[2]!.faults = { fail: 'error' };
    const data = freshData();
    // Only the settings may hold what others on the machine must not read.
    const [first, second, third] = network.nodes.map(({ url }) => url);
    const settings = join(data, 'settings.json');
    writeFileSync(settings, JSON.stringify({ nodes: [`${second}/s3cret`, `${third}/s3cret`] }));
    const nodes = ['--node', first!, '--settings', settings];
    const [command, ...rest] = serveArgs(data).filter((arg) => !['--node', NOWHERE].includes(arg));
    const { child, line, end } = run(...nodes, '--quorum', '2', command!, ...rest);
    const url = urlOf(await line);
    const fault = 'failing: getNodeInfo: the node refuses';
    const check = `node ${network.nodes[2]!.url}`;
    let text = '';
    for (let asked = 0; asked < 100 && !text.includes(fault); asked += 1) {
      const ready = await fetch(`${url}/readyz`);
      expect(ready.status).toBe(200);
      text = await ready.text();
    }
    child.kill('SIGTERM');
    const { code, stderr } = await end;
    expect(code).toBe(0);
    expect(JSON.parse(text).checks[check]).toBe(fault);
    expect(stderr.replace(/^\S+ /gm, '')).toBe(
      `node ${network.nodes[2]!.url}: unknown, now ${fault}\n`,
    );
    expect(text).not.toContain('s3cret');
    await network.close();
    rmSync(data, { recursive: true });
  });

  test('posts webhooks, ends streams when it is stopped, and goes on where it was', async () => {
    const data = freshData();
    const hooks = await HookServer.start();
    const { stdout: key } = await run('api-key', '--data', data, '--role', 'exchange').end;
    const headers = { authorization: `Bearer ${key.trim()}`, 'content-type': 'application/json' };
    const post = (url: string, path: string, body: object): Promise<Response> =>
      fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    const first = run(...serveArgs(data));
    const url = urlOf(await first.line);
    expect((await post(url, '/v1/webhook-endpoints', { url: hooks.url })).status).toBe(201);
    const stream = await fetch(`${url}/v1/events/stream`, { headers });
    await post(url, '/v1/users', { id: 'alice' });
    await hooks.has(1);
    let text = '';
    for await (const part of stream.body!.pipeThrough(new TextDecoderStream())) {
      text += part;
      // The program's end is the stream's end.
      if (text.includes('event: user.created')) first.child.kill('SIGTERM');
    }
    expect(await first.end).toMatchObject({ code: 0 });
    const again = run(...serveArgs(data));
    await post(urlOf(await again.line), '/v1/users', { id: 'bob' });
    await hooks.has(2);
    expect(hooks.numbers).toEqual([1, 2]);
    again.child.kill('SIGTERM');
    expect((await again.end).code).toBe(0);
    await hooks.close();
    rmSync(data, { recursive: true });
  });

  test('after kill -9 everything acknowledged is there', async () => {
    const data = freshData();
    const { stdout: key } = await run('api-key', '--data', data, '--role', 'exchange').end;
    const headers = { authorization: `Bearer ${key.trim()}`, 'content-type': 'application/json' };
    const first = run(...serveArgs(data));
    const url = urlOf(await first.line);
    const acknowledged: string[] = [];
    const create = async (id: string): Promise<void> => {
      const body = JSON.stringify({ id });
      const made = await fetch(`${url}/v1/users`, { method: 'POST', headers, body }).catch(
        () => null,
      );
      if (made?.status === 201) acknowledged.push(id);
      if (acknowledged.length === 20) first.child.kill('SIGKILL');
    };
    await Promise.all(Array.from({ length: 60 }, (_, i) => create(`u${i}`)));
    await first.end;
    expect(acknowledged.length).toBeGreaterThanOrEqual(20);
    const again = run(...serveArgs(data));
    const base = urlOf(await again.line);
    for (const id of acknowledged) {
      expect((await fetch(`${base}/v1/users/${id}`, { headers })).status).toBe(200);
    }
    again.child.kill('SIGTERM');
    expect((await again.end).code).toBe(0);
    rmSync(data, { recursive: true });
  });

  test('a node that does not answer leaves it serving, with readyz 503 and said once in the log', async () => {
    const data = freshData();
    const { child, line, end } = run(...serveArgs(data));
    const url = urlOf(await line);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ status: 'unready', checks: { store: 'ok' } });
    await new Promise((resolve) => setTimeout(resolve, 400));
    child.kill('SIGTERM');
    const { code, stderr } = await end;
    expect(code).toBe(0);
    const fault = `getNodeInfo: cannot be reached`;
    expect(stderr.replace(/^\S+ /gm, '')).toBe(
      `node ${NOWHERE}: unknown, now failing: ${fault}\n` +
        `deposit monitor: the IOTA node failed: ${NOWHERE}: ${fault}\n`,
    );
    rmSync(data, { recursive: true });
  });

  test('a port in use, or a data path that is a file, ends with 1 and one message', async () => {
    const data = freshData();
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as AddressInfo;
    const taken = await run(...serveArgs(data), '--port', String(port)).end;
    blocker.close();
    expect(taken.code).not.toBe(0);
    const free = serveArgs(data).map((arg) => (arg === '0' ? String(port) : arg));
    expect(free).toContain(String(port));
    writeFileSync(join(data, 'file'), '');
    const file = await run(...serveArgs(join(data, 'file'))).end;
    expect(file.code).toBe(1);
    expect(file.stderr).toMatch(/^failed \(store_unavailable\): .+\n {2}.+\n$/);
    rmSync(data, { recursive: true });
  });
});

describe('proof of work', () => {
  /** A sweep that is signed and waits for its attachment, in a store that nobody has open. */
  async function signedSweep(
    served: ServedNode,
    network: Network = 'private',
  ): Promise<{ data: string; sweepId: string }> {
    const data = freshData();
    const store = await openLevelStore(data);
    const signer = new HonestSigner({ number: NETWORKS.indexOf(network) + 1, network });
    const world = await pairedWorld({ node: served.node, network, signer, store });
    await createUser(world, 'alice');
    const requestId = await requestDeposit(world, served, { amount: 5n });
    await importResponse(world.coordinator, await answer(world, requestId));
    const [sweep] = stateOf(world).rows('sweeps');
    await store.close();
    return { data, sweepId: sweep!.id };
  }

  test('is done by the program’s own threads, and a stop ends it unfinished', async () => {
    const served = await serveNode();
    const relay = await relayTo(served.url);
    const { data, sweepId } = await signedSweep(served);
    // Some seconds of work, of which nothing is left when it is stopped.
    const heavy = serveArgs(data, relay.url).with(serveArgs(data).indexOf('1'), '14');
    const searching = relay.isAsked('getTransactionsToApprove');
    const first = run(...heavy);
    await searching;
    first.child.kill('SIGTERM');
    const { code, stderr } = await first.end;
    expect(code).toBe(0);
    expect(stderr).toContain(`attachment of ${sweepId}: proof of work failed: it was stopped`);
    expect(relay.asked).not.toContain('broadcastTransactions');

    const broadcast = relay.isAsked('broadcastTransactions');
    const second = run(...serveArgs(data, relay.url));
    await broadcast;
    second.child.kill('SIGTERM');
    const ended = await second.end;
    expect(ended.code).toBe(0);
    expect(ended.stderr).not.toContain('failed');
    expect(relay.asked).not.toContain('attachToTangle');
    expect((await served.node.findByBundles([sweepId])).length).toBeGreaterThan(1);
    await relay.close();
    await served.close();
    rmSync(data, { recursive: true });
  });

  /** Without a word about the magnitude. */
  const plainArgs = ({ data, network, url }: { data: string; network: Network; url: string }) => [
    ...['serve', '--data', data, '--network', network, '--node', url],
    ...['--port', '0', '--round-ms', '50'],
  ];

  /** The magnitude that a program on this network asks a node for. */
  async function askedMagnitude(served: ServedNode, network: Network): Promise<unknown> {
    // The work itself would take seconds: the node is told to do hardly any.
    const relay = await relayTo(served.url, (request) =>
      request.command === 'attachToTangle' ? { ...request, minWeightMagnitude: 1 } : request,
    );
    const { data } = await signedSweep(served, network);
    const attaching = relay.isAsked('attachToTangle');
    const args = plainArgs({ data, network, url: relay.url });
    const { child, end } = run(...args, '--proof-of-work', 'remote');
    const { minWeightMagnitude } = await attaching;
    child.kill('SIGTERM');
    expect((await end).code).toBe(0);
    await relay.close();
    rmSync(data, { recursive: true });
    return minWeightMagnitude;
  }

  test.each([
    ['mainnet', 14],
    ['devnet', 9],
    ['private', 5],
  ] as const)('B16: on %s a node is asked for magnitude %i', async (network, magnitude) => {
    const served = await serveNode();
    expect(await askedMagnitude(served, network)).toBe(magnitude);
    await served.close();
  });

  test('B16: what is done here has the magnitude of its network', async () => {
    const served = await serveNode();
    const relay = await relayTo(served.url);
    const { data, sweepId } = await signedSweep(served, 'devnet');
    const broadcast = relay.isAsked('broadcastTransactions');
    const { child, end } = run(...plainArgs({ data, network: 'devnet', url: relay.url }));
    await broadcast;
    child.kill('SIGTERM');
    expect((await end).code).toBe(0);
    const attached = await served.node.findByBundles([sweepId]);
    expect(attached).toHaveLength(2);
    for (const hash of attached) expect(weightMagnitude(hash)).toBeGreaterThanOrEqual(9);
    await relay.close();
    await served.close();
    rmSync(data, { recursive: true });
  });

  test('is the node’s if told so', async () => {
    const served = await serveNode();
    const relay = await relayTo(served.url);
    const { data, sweepId } = await signedSweep(served);
    const broadcast = relay.isAsked('broadcastTransactions');
    const { child, end } = run(...serveArgs(data, relay.url), '--proof-of-work', 'remote');
    await broadcast;
    child.kill('SIGTERM');
    expect((await end).code).toBe(0);
    expect(relay.asked).toContain('attachToTangle');
    expect((await served.node.findByBundles([sweepId])).length).toBeGreaterThan(1);
    await relay.close();
    await served.close();
    rmSync(data, { recursive: true });
  });
});
