/** The machine: networks, swap and core dumps as Linux shows them, and what is refused because of them. */
import type { Network } from '@airlock/protocol';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { NetworkInterface, System } from '../src/environment.ts';
import { SignerError } from '../src/error.ts';
import { assertOffline } from '../src/machine.ts';
import { nodeSystem, systemFrom } from '../src/system.ts';
import { makeWorld, QUIET, removeTemporaryFolders, temporaryFolder, World } from './world.ts';

afterAll(removeTemporaryFolders);

const NET_DEV = `Inter-|   Receive                            |  Transmit
 face |bytes    packets errs drop fifo frame |bytes    packets
    lo:    3193      29    0    0    0     0      0         0
  eth0: 169604704    4814    0    0    0     0          0         0
 wlan0:       0       0    0    0    0     0          0         0
`;
const LIMITS = (soft: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units     
Max stack size            8388608              unlimited            bytes     
Max core file size        ${soft.padEnd(21)}unlimited            bytes     
`;

type Files = Readonly<Record<string, string>>;
const FILES: Files = {
  '/proc/self/net/dev': NET_DEV,
  '/sys/class/net/lo/flags': '0x9\n',
  '/sys/class/net/eth0/flags': '0x1002\n',
  '/sys/class/net/wlan0/flags': '0x1002\n',
  '/proc/swaps': 'Filename\t\t\tType\t\tSize\t\tUsed\t\tPriority\n',
  '/proc/self/limits': LIMITS('0'),
  '/proc/sys/kernel/core_pattern': 'core\n',
};

function systemOf(files: Files, addressed: readonly NetworkInterface[] = []): System {
  return systemFrom({ readText: (path) => files[path] ?? null, addressed: () => addressed });
}

function without(...paths: readonly string[]): Files {
  return Object.fromEntries(Object.entries(FILES).filter(([path]) => !paths.includes(path)));
}

const upOf = (system: System): string[] =>
  system.interfaces().flatMap(({ name, isUp, isLoopback }) => (isUp && !isLoopback ? [name] : []));

describe('the interfaces', () => {
  test('are those of the table, up or down by their flags', () => {
    expect(systemOf(FILES).interfaces()).toEqual([
      { name: 'lo', isUp: true, isLoopback: true },
      { name: 'eth0', isUp: false, isLoopback: false },
      { name: 'wlan0', isUp: false, isLoopback: false },
    ]);
  });

  test('count without an address, as soon as the flag says up', () => {
    const up = { ...FILES, '/sys/class/net/wlan0/flags': '0x1003\n' };
    expect(upOf(systemOf(up))).toEqual(['wlan0']);
  });

  test.each(['', 'x', '4098', '0x'])('count as up with flags %j', (flags) => {
    expect(upOf(systemOf({ ...FILES, '/sys/class/net/eth0/flags': flags }))).toEqual(['eth0']);
  });

  test('count as up where there are no flags, the loopback too', () => {
    const none = without('/sys/class/net/eth0/flags', '/sys/class/net/lo/flags');
    expect(upOf(systemOf(none))).toEqual(['lo', 'eth0']);
  });

  test('count as up with an address, whatever flags of another namespace say', () => {
    const addressed = [{ name: 'eth0', isUp: true, isLoopback: false }];
    expect(upOf(systemOf(FILES, addressed))).toEqual(['eth0']);
  });

  test('are the addressed ones where the system has no table', () => {
    const addressed = [
      { name: 'lo0', isUp: true, isLoopback: true },
      { name: 'en0', isUp: true, isLoopback: false },
    ];
    expect(systemOf({}, addressed).interfaces()).toEqual(addressed);
  });
});

describe('swap', () => {
  test('is every area under the header', () => {
    const swaps = `${FILES['/proc/swaps']}/dev/sda2   partition 8388604 0 -2\n/swapfile file 1024 12 -3\n`;
    expect(systemOf({ ...FILES, '/proc/swaps': swaps }).swaps()).toEqual([
      '/dev/sda2',
      '/swapfile',
    ]);
  });

  test('is none under the header alone, or in a kernel without it', () => {
    expect(systemOf(FILES).swaps()).toEqual([]);
    expect(systemOf(without('/proc/swaps')).swaps()).toEqual([]);
  });

  test('is not known to be off where the system does not tell', () => {
    expect(systemOf({}).swaps()).toEqual(['this system does not tell']);
  });
});

describe('core dumps', () => {
  const PIPE = '|/usr/share/apport/apport %p';
  test.each([
    ['0', 'core', true],
    ['1', 'core', true],
    ['4095', '/var/crash/core.%p', true],
    ['4096', 'core', false],
    ['unlimited', 'core', false],
    ['0', PIPE, false],
    ['2', PIPE, false],
    ['unlimited', PIPE, false],
    ['1', PIPE, true],
    ['1', '@/run/core.socket', false],
    ['0', '@@/run/core.socket', false],
  ])('with a limit of %s and pattern %s: off is %s', (limit, pattern, isOff) => {
    const system = systemOf({
      ...FILES,
      '/proc/self/limits': LIMITS(limit),
      '/proc/sys/kernel/core_pattern': `${pattern}\n`,
    });
    expect(system.coreDumps() === null).toBe(isOff);
  });

  test.each(['/proc/self/limits', '/proc/sys/kernel/core_pattern'])(
    'are not known to be off without %s',
    (path) => {
      expect(systemOf(without(path)).coreDumps()).toBe('this system does not tell');
    },
  );
});

test('the real machine has a loopback', () => {
  expect(nodeSystem.interfaces().some(({ isLoopback }) => isLoopback)).toBe(true);
  expect(Array.isArray(nodeSystem.swaps())).toBe(true);
});

const ONLINE: System = {
  ...QUIET,
  interfaces: () => [
    ...QUIET.interfaces(),
    { name: 'eth0', isUp: true, isLoopback: false },
    { name: 'eth1', isUp: false, isLoopback: false },
    { name: 'wlan0', isUp: true, isLoopback: false },
  ],
};

function outcomeOf(system: System, network: Network, acceptNetwork: boolean): unknown {
  try {
    return assertOffline({ system }, { network, acceptNetwork });
  } catch (cause) {
    if (cause instanceof SignerError) return cause;
    throw cause;
  }
}

describe('assertOffline', () => {
  const refused = (code: string): unknown => expect.objectContaining({ code });
  test.each([
    { what: 'no network', system: QUIET, network: 'mainnet', accept: false, outcome: false },
    {
      what: 'none, though accepted',
      system: QUIET,
      network: 'devnet',
      accept: true,
      outcome: false,
    },
    { what: 'an accepted one', system: ONLINE, network: 'private', accept: true, outcome: true },
    {
      what: 'a network',
      ...{ system: ONLINE, network: 'private', accept: false, outcome: refused('network_up') },
    },
    {
      what: 'a network on mainnet',
      ...{ system: ONLINE, network: 'mainnet', accept: false, outcome: refused('network_up') },
    },
    {
      what: 'an accepted one on mainnet',
      ...{
        system: ONLINE,
        network: 'mainnet',
        accept: true,
        outcome: refused('network_on_mainnet'),
      },
    },
    {
      what: 'acceptance on mainnet',
      ...{
        system: QUIET,
        network: 'mainnet',
        accept: true,
        outcome: refused('network_on_mainnet'),
      },
    },
  ])('$what', ({ system, network, accept, outcome }) => {
    expect(outcomeOf(system, network as Network, accept)).toEqual(outcome);
  });

  test('names what is up and says what to do', () => {
    expect(outcomeOf(ONLINE, 'mainnet', false)).toMatchObject({
      message: 'this machine has a network: eth0, wlan0 is up',
      next: expect.stringContaining('ip link set eth0 down'),
    });
  });
});

const SWAPPING: System = { ...QUIET, swaps: () => ['/dev/sda2'] };
const DUMPING: System = { ...QUIET, coreDumps: () => 'core files of unlimited bytes are allowed' };

describe('a command that opens the secret', () => {
  const COMMANDS = [
    ['derive', '--uuid', 'A'.repeat(64)],
    ['addresses', '--count', '1', '--out', '/tmp/not-written'],
    ['card', '--out', '/tmp/not-written'],
  ];

  test.each<[string, System, string]>([
    ['swap_enabled', SWAPPING, 'swapoff -a'],
    ['core_dumps_enabled', DUMPING, 'prlimit --core=1:1 -- node airlock-signer.mjs'],
  ])('refuses with %s on mainnet, before the passphrase is tried', async (code, system, heals) => {
    const world = await makeWorld({ network: 'mainnet' });
    world.system = system;
    for (const command of COMMANDS) {
      const run = await world.run(...command);
      expect(run).toMatchObject({ exit: 3, code, out: [] });
      expect(run.note.join()).toContain(heals);
      const missing = world.path('no-passphrase');
      world.write('no-passphrase', 'not this one');
      const args = ['--home', world.home, '--passphrase-file', missing, ...command];
      expect((await world.runBare(...args)).code).toBe(code);
    }
  });

  test.each<[string, System]>([
    ['swap_enabled', SWAPPING],
    ['core_dumps_enabled', DUMPING],
  ])('warns of %s on other networks, in one line on standard error', async (code, system) => {
    const world = await makeWorld();
    world.system = system;
    const run = await world.run('--json', 'derive', '--uuid', 'A'.repeat(64));
    expect(run.exit).toBe(0);
    expect(run.out).toHaveLength(1);
    expect(JSON.parse(run.out[0] ?? '')).toMatchObject({ uuid: 'A'.repeat(64) });
    expect(run.note.filter((line) => line.startsWith(`warning (${code})`))).toHaveLength(1);
  });

  test('init looks before it draws a salt or asks for a passphrase', async () => {
    const world = new World(temporaryFolder());
    world.random = () => {
      throw new Error('drawn');
    };
    for (const system of [SWAPPING, DUMPING]) {
      world.system = system;
      const run = await world.runBare('--home', world.home, 'init', '--network', 'mainnet');
      expect(run.exit).toBe(3);
      expect(run.code).toMatch(/^(swap|core_dumps)_enabled$/);
    }
    expect(world.files('.')).toEqual(['passphrase']);
  });

  test('status opens no secret and looks at nothing', async () => {
    const world = await makeWorld({ network: 'mainnet' });
    world.system = { ...SWAPPING, ...DUMPING };
    expect((await world.run('status')).exit).toBe(0);
  });
});
