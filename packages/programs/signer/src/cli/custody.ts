/** `custody`, `scan`, `spend`, `surrender`: addresses in cold storage, whose UUIDs are on slips. */
import { copyName, GapError } from '@airlock/gap';
import { ProtocolError, parseAddress, parseAmount } from '@airlock/protocol';
import type { Argv } from 'yargs';
import { type Copy, custody } from '../commands/custody.ts';
import { scan } from '../commands/scan.ts';
import { spend } from '../commands/spend.ts';
import { surrender } from '../commands/surrender.ts';
import type { Environment } from '../environment.ts';
import type { AskedSpend, Spent } from '../spend.ts';
import {
  acceptNetwork,
  assertSingle,
  type Globals,
  incomingOf,
  outgoingOf,
  type Run,
  slip,
  usage,
  withFrom,
  withTo,
} from './options.ts';

function parseCopyName(name: string): string {
  try {
    return copyName.decode(name, 'name');
  } catch (cause) {
    if (cause instanceof GapError) throw usage(`a copy's ${cause.message}`);
    throw cause;
  }
}

/** `NAME=FILE`, cut at the first equals sign. */
function parseCopy(text: string): Copy {
  const at = text.indexOf('=');
  if (at === -1 || at === text.length - 1) throw usage('expected --copy "NAME=FILE"');
  const incoming = { kind: 'file', path: text.slice(at + 1) } as const;
  return { name: parseCopyName(text.slice(0, at)), incoming };
}

/** An address with its checksum; a wrong one is not told the right one, which is to be on paper. */
function parseTarget(text: string): string {
  try {
    return parseAddress(text);
  } catch (cause) {
    if (!(cause instanceof ProtocolError) || cause.code !== 'address_checksum') throw cause;
    throw usage(`${text.slice(0, 18)}… does not fit its last group: one of its trytes is wrong`);
  }
}

/** `ADDRESS=AMOUNT`. */
function parseSpent(text: string): Spent {
  const [address = '', amount] = text.split('=');
  if (amount === undefined) throw usage('expected --input ADDRESS=AMOUNT');
  return { address: parseTarget(address), amount: parseAmount(amount) };
}

/** `ADDRESS=AMOUNT`, or an address alone, which takes the rest. */
function parsePayee(text: string): AskedSpend['payees'][number] {
  return text.includes('=') ? parseSpent(text) : { address: parseTarget(text), amount: null };
}

function parseTag(text: string): string {
  if (/^[9A-Z]{1,27}$/.test(text)) return text.padEnd(27, '9');
  throw usage('expected --tag of 1 to 27 trytes', text);
}

const many = { type: 'string', array: true, nargs: 1, demandOption: true } as const;

const confirmGroups = {
  type: 'string',
  describe: 'The last groups instead of typing them (scripts; never on mainnet)',
} as const;

function withReadBack(parser: Argv<Globals>, environment: Environment, run: Run): Argv<Globals> {
  return parser.command(
    'custody',
    'Read a custody slip back from its media, derive it again, write the receipt',
    (command) =>
      withTo(withFrom(command))
        .option('copy', {
          type: 'string',
          array: true,
          nargs: 1,
          default: [],
          describe: 'What people call a copy, and its file: "NAME=FILE"; once for each copy',
        })
        .option('name', { type: 'string', describe: 'With --from qr: the name of that copy' })
        .example(
          '$0 --home /secure/hot custody --copy "safe A, stick=/media/stick/slip" --out /media/stick/custody',
          '',
        ),
    (args) => {
      assertSingle(args, ['copy']);
      const copies = args.copy.map(parseCopy);
      const { name } = args;
      if ((args.from === 'qr') !== (name !== undefined)) {
        throw usage('expected --name with --from qr, and only there');
      }
      const light: Copy[] =
        name === undefined
          ? []
          : [{ name: parseCopyName(name), incoming: incomingOf(args, undefined) }];
      if (name === undefined && args.pictures !== undefined) {
        throw usage('--pictures goes with --from qr');
      }
      const outgoing = outgoingOf(args);
      run(custody(environment, { ...args, copies: [...copies, ...light], outgoing }));
    },
  ) as Argv<Globals>;
}

export function withCustody(parser: Argv<Globals>, environment: Environment, run: Run): Argv {
  return withReadBack(parser, environment, run)
    .command(
      'scan',
      'Write the file that QR codes carry: a custody slip from paper, for instance',
      (command) =>
        command
          .option('pictures', {
            type: 'string',
            array: true,
            describe:
              'Pictures of the codes, or the folder that a camera fills (default: lines on standard input)',
          })
          .option('out', { type: 'string', demandOption: true, describe: 'File to write' })
          .example('$0 --home /secure/hot scan --pictures /media/camera --out /secure/slip', ''),
      (args) => {
        assertSingle(args);
        const incoming = { kind: 'light', pictures: args.pictures ?? [] } as const;
        run(scan(environment, { ...args, incoming }));
      },
    )
    .command(
      'spend',
      'Move money out of custody without the coordinator: write trytes for any node',
      (command) =>
        command
          .option('slip', slip)
          .option('input', { ...many, describe: 'ADDRESS=AMOUNT: all that it holds, in iota' })
          .option('to', { ...many, describe: 'ADDRESS=AMOUNT; one may be ADDRESS: the rest' })
          .option('tag', { type: 'string', default: '9', describe: '1 to 27 trytes' })
          .option('out', { type: 'string', demandOption: true, describe: 'File to write' })
          .option('confirm', confirmGroups)
          .option('accept-network', acceptNetwork)
          .example(
            '$0 --home /secure/hot spend --slip /media/safe/slip --input "$FROM=1000000" --to "$TO" --out /media/stick/trytes',
            '',
          ),
      (args) => {
        assertSingle(args, ['input', 'to']);
        const inputs = args.input.map(parseSpent);
        const payees = args.to.map(parsePayee);
        const asked = { inputs, payees, tag: parseTag(args.tag) };
        run(spend(environment, { ...args, slips: args.slip, spend: asked }));
      },
    )
    .command(
      'surrender',
      'Give a seed away to another wallet: its key never signs here again',
      (command) =>
        command
          .option('address', {
            type: 'string',
            demandOption: true,
            describe: 'Address of this record, 90 trytes',
          })
          .option('confirm', confirmGroups)
          .option('accept-network', acceptNetwork)
          .example('$0 --home /secure/hot surrender --address "$ADDRESS"', ''),
      (args) => {
        assertSingle(args);
        run(surrender(environment, { ...args, address: parseTarget(args.address) }));
      },
    );
}
