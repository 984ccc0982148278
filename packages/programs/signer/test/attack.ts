/** What every attack on a home must come to: refused by its own code, and nothing written but the log. */
import { digestOf, GapError, openEnvelope, wordsOf } from '@airlock/gap';
import { expect } from '@jest/globals';
import { EXIT_REFUSED } from '../src/cli.ts';
import { nodeDisk } from '../src/disk.ts';
import type { Run, World } from './world.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The words that an officer types who believes the coordinator; none for a file without any. */
export function wordsToType(file: Uint8Array): string {
  try {
    return wordsOf(digestOf(openEnvelope(file)))
      .slice(4)
      .join(' ');
  } catch (cause) {
    if (cause instanceof GapError) return 'none';
    throw cause;
  }
}

/** What may not change: the record, the answers, and all other files of the home. */
function traces(world: World): unknown {
  const files = world.files('home').filter((name) => name !== 'refusals.log');
  return [files, world.files(), hex(world.read('home/record')), hex(world.read('home/requests'))];
}

let attacks = 0;

/** Gives a file to a command, confirmed; it must be refused by this code. */
export async function expectRefused(
  world: World,
  file: Uint8Array,
  { code, command = 'sign' }: { code: string; command?: 'sign' | 'void' },
): Promise<Run> {
  attacks += 1;
  const path = world.write(`attack-${attacks}.file`, file);
  const out = world.path(`attack-${attacks}.out`);
  const before = traces(world);
  const run = await world.run(command, path, '--out', out, '--confirm', wordsToType(file));
  expect({ exit: run.exit, code: run.code, out: run.out }).toEqual({
    exit: EXIT_REFUSED,
    code,
    out: [],
  });
  expect(nodeDisk.exists(out)).toBe(false);
  expect(traces(world)).toEqual(before);
  return run;
}
