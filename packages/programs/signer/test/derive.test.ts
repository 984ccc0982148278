/** `derive`: IOTA Hub's addresses, from an imported salt. */
import { readFileSync } from 'node:fs';
import { plainArgon2 } from '@airlock/protocol';
import { afterAll, expect, test } from '@jest/globals';
import { cheapArgon2, removeTemporaryFolders, temporaryFolder, World } from './world.ts';

interface Vector {
  readonly uuid: string;
  readonly salt: string;
  readonly securityLevel: number;
  readonly argon2: {
    readonly type: string;
    readonly timeCost: number;
    readonly memoryCostKiB: number;
    readonly parallelism: number;
  };
  readonly address: string;
}

const VECTORS: readonly Vector[] = JSON.parse(
  readFileSync(
    new URL('../../../../test/vectors/hub-seed-derivation.json', import.meta.url),
    'utf8',
  ),
);

afterAll(removeTemporaryFolders);

const SEED_BYTES = 48;

/** Seeds are derived at their price; the home is sealed cheaply. */
const newWorld = (): World =>
  Object.assign(new World(temporaryFolder()), {
    argon2: (options: Parameters<typeof plainArgon2>[0]) =>
      (options.hashLength === SEED_BYTES ? plainArgon2 : cheapArgon2)(options),
  });

test.each(VECTORS)(
  'of $uuid under $argon2.type, level $securityLevel, is the address of Hub',
  async (vector) => {
    const { uuid, salt, securityLevel, argon2, address } = vector;
    const world = newWorld();
    const made = await world.run(
      ...['init', '--network', 'mainnet', '--salt-file', world.write('salt', `${salt}\n`)],
      ...['--scheme', `hub-${argon2.type}`, '--security', String(securityLevel)],
      ...['--argon2-time-cost', String(argon2.timeCost)],
      ...['--argon2-memory-kib', String(argon2.memoryCostKiB)],
      ...['--argon2-parallelism', String(argon2.parallelism)],
    );
    expect(made).toMatchObject({ exit: 0, code: '' });
    const run = await world.run('derive', '--uuid', uuid);
    expect(run.exit).toBe(0);
    expect(run.out.map((line) => JSON.parse(line))).toEqual([{ uuid, address, securityLevel }]);
  },
);

test('at another level than the home makes them, on request', async () => {
  const one = VECTORS[1]!;
  const world = newWorld();
  const saltFile = world.write('salt', one.salt);
  await world.run('init', '--network', 'devnet', '--salt-file', saltFile, '--security', '3');
  const before = world.read('home/record');
  const run = await world.run('derive', '--uuid', one.uuid, '--security', '1', '--json');
  expect(JSON.parse(run.out.join('\n'))).toMatchObject({ address: one.address, securityLevel: 1 });
  expect(world.read('home/record')).toEqual(before);
}, 60_000);
