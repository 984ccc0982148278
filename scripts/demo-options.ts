/** The demo's command line. */
import yargs from 'yargs';
import { strictly, wholeNumber } from './command-line.ts';

export interface DemoOptions {
  readonly kills: number;
  readonly seed: number;
  readonly keep: boolean;
  readonly gap: 'file' | 'qr';
}

/** @throws RangeError and yargs' errors at what the demo does not take */
export function parseDemo(): Promise<DemoOptions> {
  return strictly(
    yargs(process.argv.slice(2))
      .scriptName('npm run demo --')
      .usage(
        '$0 [options]\n\nPlays deposits, sweeps, a withdrawal and an audit on programs of its own.',
      )
      .option('kills', {
        type: 'string',
        default: '0',
        describe: 'Times to kill the coordinator',
        coerce: wholeNumber('kills', { min: 0, max: 10_000 }),
      })
      .option('seed', {
        type: 'string',
        default: '1',
        describe: 'Seed of the moments',
        coerce: wholeNumber('seed', { min: 0, max: 2 ** 32 - 1 }),
      })
      .option('gap', {
        choices: ['file', 'qr'] as const,
        default: 'file' as const,
        describe: 'How requests and responses cross',
      })
      .option('keep', { type: 'boolean', default: false, describe: 'Keep the folder' })
      .example('$0 --kills 20 --seed 1', 'the coordinator dies 20 times on the way'),
  ).parseAsync();
}
