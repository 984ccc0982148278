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
  file,
  type Globals,
  out,
  type Run,
} from './options.ts';

export function withSigning(parser: Argv<Globals>, environment: Environment, run: Run): Argv {
  return parser
    .command(
      'inspect <file>',
      'Show what a file holds and whether this signer would accept it',
      (command) =>
        command
          .positional('file', file)
          .example('$0 --home /secure/hot inspect /media/stick/request', ''),
      (args) => {
        assertSingle(args);
        run(inspect(environment, args));
      },
    )
    .command(
      'sign <file>',
      'Show a signing request, have it confirmed, sign it',
      (command) =>
        command
          .positional('file', file)
          .option('out', out)
          .option('confirm', confirm)
          .option('accept-network', acceptNetwork)
          .example(
            '$0 --home /secure/hot sign /media/stick/request --out /media/stick/response',
            '',
          ),
      (args) => {
        assertSingle(args);
        run(sign(environment, args));
      },
    )
    .command(
      'void <file>',
      'Record that a request will never be signed, and write the receipt',
      (command) =>
        command
          .positional('file', file)
          .option('out', out)
          .option('confirm', confirm)
          .option('accept-network', acceptNetwork)
          .example('$0 --home /secure/hot void /media/stick/void --out /media/stick/receipt', ''),
      (args) => {
        assertSingle(args);
        run(voidRequest(environment, args));
      },
    )
    .command(
      'record',
      "List the record's entries; with --out, export it for the auditor",
      (command) =>
        command
          .option('out', { ...out, demandOption: false })
          .example('$0 --home /secure/hot record --out /media/stick/record', ''),
      (args) => {
        assertSingle(args);
        run(record(environment, args));
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
