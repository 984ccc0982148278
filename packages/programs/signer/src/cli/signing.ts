/** `inspect`, `sign`, `void`, `record`, `status`: what crosses the gap, and what became of it. */
import type { Argv } from 'yargs';
import { inspect } from '../commands/inspect.ts';
import { sign } from '../commands/sign.ts';
import { record, status } from '../commands/status.ts';
import { voidRequest } from '../commands/void.ts';
import type { Environment } from '../environment.ts';
import {
  acceptNetwork,
  assertSingle,
  confirm,
  type Globals,
  incomingOf,
  outgoingOf,
  type Run,
  slip,
  withFrom,
  withTo,
} from './options.ts';

const file = { type: 'string', describe: 'File to read' } as const;

export function withSigning(parser: Argv<Globals>, environment: Environment, run: Run): Argv {
  return parser
    .command(
      'inspect [file]',
      'Show what a file holds and whether this signer would accept it',
      (command) =>
        withFrom(command)
          .positional('file', file)
          .option('slip', slip)
          .example('$0 --home /secure/hot inspect /media/stick/request', ''),
      (args) => {
        assertSingle(args);
        const incoming = incomingOf(args, args.file);
        run(inspect(environment, { ...args, incoming, slips: args.slip }));
      },
    )
    .command(
      'sign [file]',
      'Show a signing request, have it confirmed, sign it',
      (command) =>
        withTo(withFrom(command))
          .positional('file', file)
          .option('slip', slip)
          .option('confirm', confirm)
          .option('accept-network', acceptNetwork)
          .example(
            '$0 --home /secure/hot sign /media/stick/request --out /media/stick/response',
            '',
          )
          .example('zbarcam --raw | $0 --home /secure/hot sign --from qr --to qr', 'by light'),
      (args) => {
        assertSingle(args);
        const crossing = { incoming: incomingOf(args, args.file), outgoing: outgoingOf(args) };
        run(sign(environment, { ...args, ...crossing, slips: args.slip }));
      },
    )
    .command(
      'void [file]',
      'Record that a request will never be signed, and write the receipt',
      (command) =>
        withTo(withFrom(command))
          .positional('file', file)
          .option('confirm', confirm)
          .option('accept-network', acceptNetwork)
          .example('$0 --home /secure/hot void /media/stick/void --out /media/stick/receipt', ''),
      (args) => {
        assertSingle(args);
        const crossing = { incoming: incomingOf(args, args.file), outgoing: outgoingOf(args) };
        run(voidRequest(environment, { ...args, ...crossing }));
      },
    )
    .command(
      'record',
      "List the record's entries; with --out or --to, export it for the auditor",
      (command) =>
        withTo(command).example('$0 --home /secure/hot record --out /media/stick/record', ''),
      (args) => {
        assertSingle(args);
        const isExport = args.out !== undefined || args.to !== 'file';
        run(record(environment, { ...args, outgoing: isExport ? outgoingOf(args) : null }));
      },
    )
    .command(
      'status',
      'Show what this signer is and how far its record goes',
      (command) => command.example('$0 --home /secure/hot status', ''),
      (args) => {
        assertSingle(args);
        run(status(environment, args));
      },
    );
}
