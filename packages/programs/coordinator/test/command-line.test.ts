/** The coordinator's arguments: what reaches its commands, and what ends with 2 and one clear message. */
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { failureOf, nodeUrls, runCommand } from '../src/command-line.ts';
import { CoordinatorError } from '../src/error.ts';
import { DEFAULT_SETTINGS } from '../src/settings.ts';

afterEach(() => void jest.restoreAllMocks());

interface Outcome {
  readonly exitCode: number;
  readonly stderr: string;
  /** What reached a command. */
  readonly given: Readonly<Record<string, unknown>> | null;
}

/** Runs commands that do nothing but take their arguments; whatever is printed beside is an error. */
async function run(...args: readonly string[]): Promise<Outcome> {
  const printed = (['log', 'error'] as const).map((name) =>
    jest.spyOn(console, name).mockReturnValue(undefined),
  );
  let given: Outcome['given'] = null;
  try {
    await runCommand(args, {
      serve: async (options) => {
        nodeUrls(options, DEFAULT_SETTINGS);
        given = { ...options };
      },
      makeKey: async (options) => {
        given = { ...options };
      },
    });
    return { exitCode: 0, stderr: '', given };
  } catch (cause) {
    const { exitCode, text } = failureOf(cause);
    return { exitCode, stderr: text, given };
  } finally {
    for (const spy of printed) expect(spy).not.toHaveBeenCalled();
  }
}

const data = ['--data', 'data'];
const network = ['--network', 'private'];
const node = ['--node', 'http://127.0.0.1:9'];

test('serve and api-key get what they are told, and defaults for the rest', async () => {
  expect((await run('serve', ...data, ...network, ...node)).given).toMatchObject({
    ...{ data: 'data', network: 'private', node: ['http://127.0.0.1:9'], host: '127.0.0.1' },
    ...{ port: 8080, proofOfWork: 'local' },
  });
  const before = await run('--node', 'http://a', '--node=http://b', 'serve', ...data, ...network);
  expect(before.given).toMatchObject({ node: ['http://a', 'http://b'] });
  const key = await run('api-key', ...data, '--role', 'auditor');
  expect(key.given).toMatchObject({ data: 'data', role: 'auditor' });
});

test.each([
  [[]],
  [['nothing', ...data]],
  [['serve', ...network, ...node]],
  [['serve', ...data, ...network]],
  [['serve', ...data, ...node, '--network', 'tangle']],
  [['serve', ...data, ...network, ...node, '--colour', 'red']],
  [['serve', ...data, ...network, ...node, '--port', 'abc']],
  [['serve', ...data, ...network, ...node, '--port', '70000']],
  [['serve', ...data, ...network, ...node, '--magnitude', '0']],
  [['serve', ...data, ...network, ...node, '--round-ms', '-1']],
  [['serve', ...data, ...network, ...node, '--proof-of-work', 'none']],
  [['serve', ...data, ...network, '--node', 'not a url']],
  [['serve', ...data, ...network, '--node', 'ftp://127.0.0.1']],
  [['serve', ...data, ...network, '--node']],
  [['serve', ...data, ...network, ...node, ...node]],
  [['serve', ...data, ...network, ...node, '--quorum', '0']],
  [['serve', ...data, ...network, ...node, '--quorum', '2']],
  [['serve', ...data, ...network, ...node, '--quorum', 'all']],
  [['serve', ...data, ...network, ...Array.from({ length: 17 }, (_, i) => `--node=http://n${i}`)]],
  [['serve', ...network, ...node, '--data', '']],
  [['api-key', ...data, '--role', 'root']],
])('%j end with 2 and one clear message', async (args) => {
  const { exitCode, stderr, given } = await run(...args);
  expect(stderr).toMatch(/^failed \(invalid_request\): .+\n {2}see --help\n$/);
  expect({ exitCode, given }).toEqual({ exitCode: 2, given: null });
});

test.each([
  [['srve'], 'expected the command serve or api-key, got srve'],
  [['srve', ...data], 'expected the command serve or api-key, got srve'],
  [['serve', ...network, ...node], '--data: expected one folder, got nothing'],
  [
    ['serve', ...data, ...network, ...node, '--port', 'abc'],
    '--port: expected one whole number of 0 to 65535, got "abc"',
  ],
  [
    ['serve', ...data, ...network, ...node, '--port', ''],
    '--port: expected one whole number of 0 to 65535, got ""',
  ],
  [['serve', ...data, ...network, ...node, '--port'], 'Not enough arguments following: port'],
  [
    ['serve', ...data, ...network, ...node, '--round-ms', '1.5'],
    '--round-ms: expected one whole number of 1 to 3600000, got "1.5"',
  ],
  [
    ['serve', ...data, ...network, ...node, '--quorum', '5'],
    'nodes: --quorum: expected at most 1, for as many nodes were named, got 5',
  ],
])('%j says what was expected and what came', async (args, text) => {
  expect((await run(...args)).stderr).toContain(`: ${text}\n`);
});

test('numbers reach serve as such', async () => {
  const numbers = ['--port', '0', '--quorum', '1', '--magnitude', '9', '--round-ms', '50'];
  expect((await run('serve', ...data, ...network, ...node, ...numbers)).given).toMatchObject({
    ...{ port: 0, quorum: 1, magnitude: 9, roundMs: 50 },
  });
});

test.each([
  [[], 'airlock-coordinator serve --data ./data'],
  [['serve'], 'airlock-coordinator serve --data ./data'],
  [['api-key'], 'airlock-coordinator api-key --data ./data'],
])('the help of %j has an example on one line, and the exit codes', async (args, example) => {
  const printed: unknown[] = [];
  jest.spyOn(console, 'log').mockImplementation((text) => void printed.push(text));
  await runCommand([...args, '--help'], { serve: async () => {}, makeKey: async () => {} });
  const text = printed.join('\n');
  expect(text).toContain(example);
  expect(text).toContain('Exit codes: 0 done, 1 failed, 2 usage.');
});

test('what a node’s URL keeps to itself is in no message', async () => {
  const urls = [
    'http://user:s3cret@node.example',
    'https://user:s3cret@node.example',
    'https://node.example/s3cret',
    'https://node.example/?key=s3cret',
    's3cret',
  ];
  for (const url of urls) {
    const { exitCode, stderr } = await run('serve', ...data, ...network, '--node', url);
    expect(stderr).toMatch(/^failed \(invalid_request\): --node: URL 1: expected .+\n/);
    expect(stderr).not.toContain('s3cret');
    expect(exitCode).toBe(2);
  }
});

describe('a failure', () => {
  test('that is not the arguments’ ends with 1 and says what to do next', () => {
    const next = 'stop the other one';
    expect(failureOf(new CoordinatorError('store_unavailable', 'it is open', { next }))).toEqual({
      exitCode: 1,
      text: 'failed (store_unavailable): it is open\n  stop the other one\n',
    });
    const taken = Object.assign(new Error('port 1 is taken'), { code: 'EADDRINUSE' });
    expect(failureOf(taken)).toEqual({
      exitCode: 1,
      text: 'failed (startup): port 1 is taken\n  give another --port\n',
    });
    expect(failureOf('thrown')).toEqual({
      exitCode: 1,
      text: 'failed (startup): unknown\n  check the arguments and the folder, and repeat\n',
    });
  });
});
