/** `custody`: addresses in cold storage, whose UUIDs are on slips. */
import { copyName, GapError } from '@airlock/gap';
import type { Argv } from 'yargs';
import { type Copy, custody } from '../commands/custody.ts';
import type { Environment } from '../environment.ts';
import {
  assertSingle,
  type Globals,
  incomingOf,
  outgoingOf,
  type Run,
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

export function withCustody(parser: Argv<Globals>, environment: Environment, run: Run): Argv {
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
      assertSingle(args);
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
  );
}
