/**
 * `npm run campaign:history`: copies of a home along its history, each given every request and void of
 * the whole history in order. Exits with 1 if one answers other than the original did.
 */
import yargs from 'yargs';
import { makeHistory, replay } from '../packages/programs/signer/test/history.ts';
import { runScript, strictly, wholeNumber } from './command-line.ts';

async function main(): Promise<boolean> {
  const { steps, first, every, seed } = await strictly(
    yargs(process.argv.slice(2))
      .scriptName('campaign:history')
      .usage('$0 [options]\n\nGives every copy of a home the whole history it is of.')
      .option('steps', {
        type: 'string',
        default: 200,
        describe: 'Length of the history',
        coerce: wholeNumber('steps', { min: 1 }),
      })
      .option('first', {
        type: 'string',
        default: 0,
        describe: 'The first copy to take',
        coerce: wholeNumber('first', { min: 0 }),
      })
      .option('every', {
        type: 'string',
        default: 1,
        describe: 'Take only each n-th copy',
        coerce: wholeNumber('every', { min: 1 }),
      })
      .option('seed', { type: 'string', default: '1', describe: 'Another seed, another history' })
      .example('npm run $0 -- --first 1 --every 2', 'every second copy, from the second on'),
  ).parseAsync();
  const start = performance.now();
  const seconds = (): string => `${((performance.now() - start) / 1000).toFixed(0)} s`;
  const history = await makeHistory(seed, steps);
  const voids = history.steps.filter(
    ({ command, output }) => command === 'void' && output !== null,
  );
  const batches = history.beforeBatches.length;
  process.stdout.write(
    `a history of ${steps} steps, ${voids.length} voids and repeated voids, ${batches} batches between, ` +
      `up to ${history.outstandingMax} requests outstanding; ${seconds()}\n`,
  );

  const faults: string[] = [];
  let copies = 0;
  let answered = 0;
  let refused = 0;
  for (let seen = first; seen <= steps; seen += every) {
    const home = history.copies[seen]?.copy();
    if (home === undefined) throw new TypeError(`no copy of step ${seen}`);
    const found = await replay(home, history.steps, (_, { output }) => {
      if (output === null) refused += 1;
      else answered += 1;
    });
    copies += 1;
    for (const fault of found) process.stdout.write(`FINDING: copy ${seen}, step ${fault}\n`);
    faults.push(...found);
    process.stderr.write(`copy ${seen} of ${steps}, ${seconds()}\n`);
  }
  process.stdout.write(
    `${copies} copies, ${(answered + refused).toLocaleString('en')} steps: ` +
      `${answered.toLocaleString('en')} answered with the original's bytes, ` +
      `${refused.toLocaleString('en')} refused: ${faults.length === 0 ? 'no finding' : `${faults.length} FINDINGS`}\n`,
  );
  return faults.length === 0;
}

await runScript('campaign:history', main);
