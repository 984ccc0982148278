/** An HTTP proxy in front of a dev node, which can be told to fail, lag, lie, prune or be slow. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type Change,
  createDevNode,
  createApp as createNodeApp,
  type DevNode,
} from '@airlock/dev-node';
import { createIotaNode } from '../src/nodes/iota-node.ts';
import type { NodeClient, NodeHealth } from '../src/nodes/node-client.ts';
import { createNodeQuorum, type QuorumSettings } from '../src/nodes/node-quorum.ts';
import { listen } from './world.ts';

type Fields = Record<string, unknown>;

/** What a lying node makes of each item of the dev node's answer. */
export interface Lies {
  readonly balances?: (address: string, balance: string) => string;
  readonly spent?: (address: string, isSpent: boolean) => boolean;
  readonly included?: (hash: string, isIncluded: boolean) => boolean;
  readonly trytes?: (hash: string, trytes: string) => string;
  readonly found?: (hashes: string[]) => string[];
  readonly info?: (info: Fields) => Fields;
}

export interface Faults {
  /** close: hangs up; error: says 500 and repeats the path, as some proxies do. */
  readonly fail?: 'close' | 'error';
  /** Only these commands fail; all, if not given. */
  readonly failing?: readonly string[];
  readonly lies?: Lies;
  /** On these addresses and in these bundles are more transactions than it gives at once. */
  readonly crowded?: readonly string[];
  /** Has none of these transactions, whatever is asked about them: an IRI drops what is old, and keeps balances. */
  readonly prunes?: ReadonlySet<string>;
  /** Answers only once this is resolved. */
  readonly hold?: Promise<void>;
  /** Answers from here what can be asked without changing anything. */
  readonly earlier?: DevNode;
}

export interface FaultyNode {
  readonly url: string;
  faults: Faults;
  /** The commands that came, in order; may be emptied. */
  readonly asked: string[];
  /** From now on it shows the network as it is now, whatever happens. */
  readonly lag: () => void;
}

export interface Proxies {
  readonly nodes: readonly FaultyNode[];
  readonly close: () => Promise<void>;
}

export interface FaultyNetwork extends Proxies {
  readonly devNode: DevNode;
}

const READING: readonly string[] = [
  ...['getNodeInfo', 'getBalances', 'wereAddressesSpentFrom', 'getInclusionStates'],
  ...['findTransactions', 'getTrytes', 'checkConsistency'],
];

async function bodyOf(request: IncomingMessage): Promise<Fields> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as Fields;
}

/** The answer with each item of a field as the lie has it. */
function altered<T>(
  { keys, field }: { keys: unknown; field: string },
  answer: Fields,
  lie: (key: string, item: T) => T,
): Fields {
  const items = answer[field] as T[] | undefined;
  if (items === undefined) return answer;
  return { ...answer, [field]: items.map((item, index) => lie((keys as string[])[index]!, item)) };
}

function withLies(request: Fields, answer: Fields, lies: Lies): Fields {
  const same = <T>(_key: string, item: T): T => item;
  switch (request.command) {
    case 'getNodeInfo':
      return lies.info?.(answer) ?? answer;
    case 'getBalances':
      return altered(
        { keys: request.addresses, field: 'balances' },
        answer,
        lies.balances ?? same<string>,
      );
    case 'wereAddressesSpentFrom':
      return altered(
        { keys: request.addresses, field: 'states' },
        answer,
        lies.spent ?? same<boolean>,
      );
    case 'getInclusionStates':
      return altered(
        { keys: request.transactions, field: 'states' },
        answer,
        lies.included ?? same<boolean>,
      );
    case 'getTrytes':
      return altered(
        { keys: request.hashes, field: 'trytes' },
        answer,
        lies.trytes ?? same<string>,
      );
    case 'findTransactions':
      return { ...answer, hashes: lies.found?.(answer.hashes as string[]) ?? answer.hashes };
    default:
      return answer;
  }
}

function withoutAny(pruned: ReadonlySet<string>): Lies {
  return {
    found: (hashes) => hashes.filter((hash) => !pruned.has(hash)),
    trytes: (hash, trytes) => (pruned.has(hash) ? '9'.repeat(2673) : trytes),
    included: (hash, isIncluded) => !pruned.has(hash) && isIncluded,
  };
}

async function serveFaulty(
  upstream: string,
  earlier: () => DevNode,
): Promise<FaultyNode & { readonly close: () => Promise<void> }> {
  const asked: string[] = [];
  const forward = async (request: Fields): Promise<{ status: number; answer: Fields }> => {
    const headers = { 'content-type': 'application/json', 'x-iota-api-version': '1' };
    const body = JSON.stringify(request);
    const response = await fetch(upstream, { method: 'POST', headers, body });
    return { status: response.status, answer: (await response.json()) as Fields };
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = await bodyOf(request);
    const command = String(call.command);
    asked.push(command);
    const { faults } = node;
    await faults.hold;
    const isFailing = faults.failing?.includes(command) ?? true;
    if (faults.fail === 'close' && isFailing) {
      request.socket.destroy();
      return;
    }
    response.setHeader('content-type', 'application/json');
    if (faults.fail === 'error' && isFailing) {
      response.writeHead(500).end(JSON.stringify({ error: `out of order: ${request.url}` }));
      return;
    }
    const searched = [call.addresses ?? [], call.bundles ?? []].flat() as string[];
    const isCrowded = searched.some((each) => faults.crowded?.includes(each));
    if (command === 'findTransactions' && isCrowded) {
      response.writeHead(400).end(JSON.stringify({ error: 'Could not complete request' }));
      return;
    }
    const frozen = READING.includes(command) ? faults.earlier : undefined;
    const { status, answer } =
      frozen === undefined
        ? await forward(call)
        : { status: 200, answer: (await frozen.handle(call)) as Fields };
    const pruned = faults.prunes === undefined ? {} : withoutAny(faults.prunes);
    const lied = withLies(call, answer, { ...faults.lies, ...pruned });
    response.writeHead(status).end(JSON.stringify(lied));
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  const { url, close } = await listen(server);
  const node: FaultyNode & { readonly close: () => Promise<void> } = {
    url,
    close,
    asked,
    faults: {},
    lag: () => {
      node.faults = { earlier: earlier() };
    },
  };
  return node;
}

/**
 * So many ways to one node, which do no harm as long as nobody tells them to.
 * @param earlier the network as it is now, for ever
 */
export async function serveProxies(
  upstream: string,
  count: number,
  earlier: () => DevNode,
): Promise<Proxies> {
  const serving = Array.from({ length: count }, () => serveFaulty(upstream, earlier));
  const nodes = await Promise.all(serving);
  const close = async (): Promise<void> => {
    for (const node of nodes) await node.close();
  };
  return { nodes, close };
}

/** A dev node behind proxies. */
export async function serveFaultyNetwork(count: number): Promise<FaultyNetwork> {
  const changes: Change[] = [];
  const keep = { now: () => Date.now(), minWeightMagnitude: 1 };
  const state = { append: (change: Change) => void changes.push(change), close: () => undefined };
  const devNode = createDevNode({ ...keep, state: { ...state, recorded: [] } });
  const { url, close } = await listen(createNodeApp(devNode));
  const frozen = { append: () => undefined, close: () => undefined };
  const earlier = (): DevNode =>
    createDevNode({ ...keep, state: { ...frozen, recorded: [...changes] } });
  const proxies = await serveProxies(url, count, earlier);
  return {
    devNode,
    nodes: proxies.nodes,
    close: async () => {
      await proxies.close();
      await close();
    },
  };
}

export interface Overseen {
  readonly node: NodeClient;
  readonly logged: string[];
  /** Unix milliseconds; stands still unless told. */
  readonly clock: { at: number };
  /** Health of the node of this place. */
  readonly healthOf: (place: number) => NodeHealth;
}

/** The network's nodes under one roof, with a clock that is set by hand. */
export function oversee(
  { nodes }: FaultyNetwork,
  rules: Pick<QuorumSettings, 'quorum' | 'lagMilestonesMax'> = {},
): Overseen {
  const clock = { at: Date.now() };
  const logged: string[] = [];
  const node = createNodeQuorum({
    ...rules,
    nodes: nodes.map(({ url }) => createIotaNode({ url, minWeightMagnitude: 1 })),
    now: () => clock.at,
    log: (line) => logged.push(line),
  });
  return { node, logged, clock, healthOf: (place) => node.health()[place]! };
}

/** A promise that is resolved by hand. */
export function createGate(): { readonly hold: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const hold = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { hold, open };
}

/** Waits until something is so, for what goes on after an answer was given. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let turns = 0; !isSo(); turns += 1) {
    if (turns > 2_000) throw new Error('it never came to be so');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
