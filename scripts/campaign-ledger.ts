/**
 * `npm run campaign:ledger`: random commands on the coordinator's ledger and on a small model of it, by
 * seed; the equation and every balance compared after each. Exits with 1 at the first difference.
 */
import yargs from 'yargs';
import { seededChoices } from '../packages/programs/coordinator/test/choices.ts';
import { runChoices } from '../packages/programs/coordinator/test/ledger-campaign.ts';
import { runScript, strictly, wholeNumber } from './command-line.ts';

async function main(): Promise<boolean> {
  const { steps, history, seed } = await strictly(
    yargs(process.argv.slice(2))
      .scriptName('campaign:ledger')
      .usage('$0 [options]\n\nCompares the ledger with a model after every random command.')
      .option('steps', {
        type: 'string',
        default: 100_000,
        describe: 'Commands in all',
        coerce: wholeNumber('steps', { min: 1 }),
      })
      .option('history', {
        type: 'string',
        default: 1000,
        describe: 'Commands on one ledger, before the next one begins empty',
        coerce: wholeNumber('history', { min: 1 }),
      })
      .option('seed', {
        type: 'string',
        default: 1,
        describe: 'Of the first history; the next has the next one',
        coerce: wholeNumber('seed', { min: 0 }),
      })
      .example('npm run $0 -- --steps 1000 --seed 7', 'the one history of seed 7')
      .example('npm run $0 -- --steps 10000 --history 10000', 'one long walk'),
  ).parseAsync();
  const seen = new Map<string, number>();
  const start = performance.now();
  for (let done = 0; done < steps; done += history) {
    const number = seed + done / history;
    const count = Math.min(history, steps - done);
    try {
      for (const [type, events] of await runChoices(seededChoices(number), count)) {
        seen.set(type, (seen.get(type) ?? 0) + events);
      }
    } catch (cause) {
      const what = cause instanceof Error ? cause.message : String(cause);
      process.stdout.write(
        `FINDING: ${what}\n  again: npm run campaign:ledger -- --steps ${count} --history ${count} --seed ${number}\n`,
      );
      return false;
    }
    const seconds = (performance.now() - start) / 1000;
    process.stderr.write(`${done + count} of ${steps} commands, ${seconds.toFixed(0)} s\n`);
  }
  const rows = [...seen].sort((a, b) => b[1] - a[1]);
  process.stdout.write(`${rows.map(([type, count]) => `${type} ${count}`).join(', ')}\n`);
  process.stdout.write(`${steps.toLocaleString('en')} commands, seed ${seed}: no finding\n`);
  return true;
}

await runScript('campaign:ledger', main);
