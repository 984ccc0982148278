/**
 * `npm run campaign:record`: a record of a wanted size, every entry of it cut at every byte and flipped
 * at every byte. Exits with 1 if a home with such a record opens.
 */
import yargs from 'yargs';
import {
  damageEverywhere,
  makeRecordOf,
  namesOf,
  sizeOf,
} from '../packages/programs/signer/test/record-damage.ts';
import { runScript, strictly, wholeNumber } from './command-line.ts';

async function main(): Promise<boolean> {
  const { bytes } = await strictly(
    yargs(process.argv.slice(2))
      .scriptName('campaign:record')
      .usage('$0 [options]\n\nDamages a record at every byte and opens its home.')
      .option('bytes', {
        type: 'string',
        default: 65_536,
        describe: 'Least size of the record',
        coerce: wholeNumber('bytes', { min: 1 }),
      })
      .example('npm run $0 -- --bytes 8192', 'a shorter record, within minutes'),
  ).parseAsync();
  const home = makeRecordOf(bytes);
  const entries = namesOf(home).length;
  process.stdout.write(
    `a record of ${sizeOf(home).toLocaleString('en')} bytes in ${entries} entries\n`,
  );
  const start = performance.now();
  const { cut, flipped, faults } = damageEverywhere(home, (name) => {
    const seconds = (performance.now() - start) / 1000;
    process.stderr.write(`entry ${Number(name)} of ${entries}, ${seconds.toFixed(0)} s\n`);
  });
  for (const fault of faults) process.stdout.write(`FINDING: ${fault}\n`);
  process.stdout.write(
    `cut ${cut.toLocaleString('en')} times, flipped ${flipped.toLocaleString('en')} times: ` +
      `${faults.length === 0 ? 'each was refused as damaged' : `${faults.length} FINDINGS`}\n`,
  );
  return faults.length === 0;
}

await runScript('campaign:record', main);
