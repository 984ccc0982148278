/** `recover`, `resume`, `move-out`, `move-in`: one record, one home after another. */
import type { Argv } from 'yargs';
import { moveIn, moveOut } from '../commands/move.ts';
import { recover } from '../commands/recover.ts';
import { resume } from '../commands/resume.ts';
import type { Environment } from '../environment.ts';
import { assertSingle, confirm, type Globals, type Run, wholeNumber } from './options.ts';

const lastSequence = {
  ...wholeNumber('last-sequence', 'Last sequence signed, from your own log (0: none)'),
  demandOption: true,
} as const;

const lastAlone = {
  ...wholeNumber(
    'last-alone',
    'Number of the last spend or surrender without a request, from your own log (0: none)',
  ),
  demandOption: true,
} as const;

function withMoves(parser: Argv<Globals>, environment: Environment, run: Run): Argv<Globals> {
  return parser
    .command(
      'move-out',
      'Hand this keyring to another machine: this home signs nothing from then on',
      (command) =>
        command
          .option('out', { type: 'string', demandOption: true, describe: 'Folder to write' })
          .option('again', {
            type: 'boolean',
            default: false,
            describe: 'Write out again what was handed over; the folder of before is destroyed',
          })
          .example('$0 --home /secure/hot move-out --out /media/stick/hot', ''),
      (args) => {
        assertSingle(args);
        run(moveOut(environment, args));
      },
    )
    .command(
      'move-in',
      'Take over a keyring that another machine has handed over',
      (command) =>
        command
          .option('from', { type: 'string', demandOption: true, describe: 'Folder of "move-out"' })
          .option('last-sequence', lastSequence)
          .option('last-alone', lastAlone)
          .example(
            '$0 --home /secure/hot move-in --from /media/stick/hot --last-sequence 12 --last-alone 0',
            '',
          ),
      (args) => {
        assertSingle(args);
        run(moveIn(environment, args));
      },
    ) as Argv<Globals>;
}

export function withHomes(parser: Argv<Globals>, environment: Environment, run: Run): Argv {
  return withMoves(parser, environment, run)
    .command(
      'recover',
      'Rebuild a home from a backup: it derives and verifies, and does not sign',
      (command) =>
        command
          .option('from', { type: 'string', demandOption: true, describe: 'Copy of a home' })
          .example('$0 --home /secure/new recover --from /media/backup/hot', ''),
      (args) => {
        assertSingle(args);
        run(recover(environment, args));
      },
    )
    .command(
      'resume <files..>',
      'Sign again with a recovered home, from all files that were kept',
      (command) =>
        command
          .positional('files', {
            type: 'string',
            array: true,
            demandOption: true,
            describe: "The coordinator's record, and batches, responses, receipts, exports, spends",
          })
          .option('last-sequence', lastSequence)
          .option('last-alone', lastAlone)
          .option('confirm', confirm)
          .example(
            '$0 --home /secure/new resume --last-sequence 12 --last-alone 0 /media/kept/*',
            '',
          ),
      ({ files, ...args }) => {
        assertSingle(args);
        run(resume(environment, { ...args, files: files.map(String) }));
      },
    );
}
