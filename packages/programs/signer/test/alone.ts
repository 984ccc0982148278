/** Spends and surrenders for tests: their command lines, and what they write. */
import { checksumOf, withChecksum } from '@airlock/protocol';
import { addressOf, k0, k2, level3, type Run, slipOf, type World } from './world.ts';

/** Lists k0, k2 and level3. */
export const SLIP: Uint8Array = slipOf([k0, k2, level3]);

export const PAYEE: string = addressOf('P');
export const OTHER_PAYEE: string = addressOf('Q');

/** `ADDRESS=AMOUNT`, or the address alone. */
export const target = (address: string, amount?: bigint): string =>
  amount === undefined ? withChecksum(address) : `${withChecksum(address)}=${amount}`;

export interface SpendArgs {
  readonly inputs?: readonly string[];
  readonly payees?: readonly string[];
  readonly slips?: readonly Uint8Array[];
  readonly out?: string;
  /** Last groups; none: they are typed. */
  readonly confirm?: string | null;
  readonly more?: readonly string[];
}

/** Addresses of the payees as they were given, less checksum and amount. */
const groupsOf = (payees: readonly string[]): string =>
  payees.map((payee) => checksumOf(payee.slice(0, 81))).join(' ');

/** A spend of 5 from k0 to PAYEE, unless told otherwise; confirmed. */
export function spend(at: World, options: SpendArgs = {}): Promise<Run> {
  const { inputs = [target(k0.address, 5n)], payees = [target(PAYEE)], slips = [SLIP] } = options;
  const { confirm = groupsOf(payees), more = [] } = options;
  return at.run(
    'spend',
    ...slips.flatMap((slip, index) => ['--slip', at.write(`slip-${index}`, slip)]),
    ...inputs.flatMap((input) => ['--input', input]),
    ...payees.flatMap((payee) => ['--to', payee]),
    ...['--out', at.path(options.out ?? 'trytes')],
    ...(confirm === null ? [] : ['--confirm', confirm]),
    ...more,
  );
}

export interface Trytes {
  readonly bundleHash: string;
  readonly trytes: readonly string[];
}

export function trytesOf(at: World, name = 'trytes'): Trytes {
  return JSON.parse(Buffer.from(at.read(name)).toString('utf8')) as Trytes;
}

/** Gives the world a terminal to show seeds on; what was painted. */
export function withScreen(at: World): (readonly string[] | null)[] {
  const painted: (readonly string[] | null)[] = [];
  at.terminal = {
    size: () => ({ columns: 80, rows: 24 }),
    paint: (lines) => painted.push(lines),
    key: async () => 'q',
  };
  return painted;
}

/** Gives the seed of an address away, confirmed. */
export function surrender(
  at: World,
  address: string = k0.address,
  ...more: string[]
): Promise<Run> {
  const confirm = checksumOf(address);
  return at.run('surrender', '--address', withChecksum(address), '--confirm', confirm, ...more);
}

/** The seed that a painted screen shows. */
export function seedOn(painted: readonly (readonly string[] | null)[]): string {
  const groups = (painted[0] ?? []).flatMap((line) => line.match(/\b[9A-Z]{9}\b/g) ?? []);
  return groups.join('').slice(-81);
}
