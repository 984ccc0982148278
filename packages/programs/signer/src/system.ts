/** The machine as Linux tells of it under /proc and /sys; elsewhere as far as Node knows it. */
import { networkInterfaces } from 'node:os';
import { readSystemText } from './disk.ts';
import type { NetworkInterface, System } from './environment.ts';

export interface SystemSources {
  /** A file's text, or null if there is none or it cannot be read. */
  readonly readText: (path: string) => string | null;
  /** The interfaces that are up and have an address. */
  readonly addressed: () => readonly NetworkInterface[];
}

/** Linux, include/uapi/linux/if.h. */
const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;

/**
 * The names are those of this process's own network namespace. Flags are of a sysfs that may show another
 * namespace's: what has an address here is up whatever they say, and what has no flags counts as up.
 */
function interfacesOf({ readText, addressed }: SystemSources): readonly NetworkInterface[] {
  const table = readText('/proc/self/net/dev');
  const known = addressed();
  if (table === null) return known;
  const lines = table.split('\n').filter((line) => line.includes(':'));
  return lines.map((line) => {
    const name = line.slice(0, line.lastIndexOf(':')).trim();
    const text = readText(`/sys/class/net/${name}/flags`)?.trim() ?? '';
    const flags = /^0x[0-9a-f]+$/.test(text) ? Number(text) : IFF_UP;
    const hasAddress = known.some((each) => each.name === name);
    return {
      name,
      isUp: hasAddress || (flags & IFF_UP) !== 0,
      isLoopback: (flags & IFF_LOOPBACK) !== 0,
    };
  });
}

const UNKNOWN = 'this system does not tell';

/** A kernel without swap has no such file, but it has the limits. */
function swapsOf({ readText }: SystemSources): readonly string[] {
  const table = readText('/proc/swaps');
  if (table === null) return readText('/proc/self/limits') === null ? [UNKNOWN] : [];
  const lines = table.split('\n').slice(1);
  return lines.filter((line) => line.trim() !== '').map((line) => line.split(/\s/)[0] ?? '');
}

/** The least size of a core file (ELF_EXEC_PAGESIZE): with a lower limit the kernel writes none. */
const CORE_BYTES_MIN = 4096;

/**
 * Linux, fs/coredump.c: a program after "|" gets the image whatever the limit, unless that is exactly
 * 1; a plain file is written up to the limit. A socket ("@", Linux 6.16) knows no limit.
 */
function coreDumpsOf({ readText }: SystemSources): string | null {
  const limits = readText('/proc/self/limits');
  const pattern = readText('/proc/sys/kernel/core_pattern')?.trim();
  const limit = /^Max core file size\s+(\d+|unlimited)/m.exec(limits ?? '')?.[1];
  if (limit === undefined || pattern === undefined) return UNKNOWN;
  if (pattern.startsWith('@')) return `the kernel sends core images to ${pattern}`;
  if (limit === '1') return null;
  if (pattern.startsWith('|')) return `the kernel hands core images to ${pattern.slice(1)}`;
  const isOff = limit !== 'unlimited' && Number(limit) < CORE_BYTES_MIN;
  return isOff ? null : `core files of ${limit} bytes are allowed`;
}

export function systemFrom(sources: SystemSources): System {
  return {
    interfaces: () => interfacesOf(sources),
    swaps: () => swapsOf(sources),
    coreDumps: () => coreDumpsOf(sources),
  };
}

/** The real machine. */
export const nodeSystem: System = systemFrom({
  readText: readSystemText,
  addressed: () =>
    Object.entries(networkInterfaces()).map(([name, addresses = []]) => ({
      name,
      isUp: true,
      isLoopback: addresses.every(({ internal }) => internal),
    })),
});
