/**
 * Looks for planted secrets in everything that the built signer touches: `npm run canary`. Prints what was
 * found where; ends with 1 if a secret is anywhere but where docs/security.md says.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import yargs from 'yargs';
import { Canary, isKnown } from '../test/security/canary/canary.ts';
import { runScript, strictly } from './command-line.ts';

/** @returns whether nothing was found that is not known */
async function search(folder: string): Promise<boolean> {
  const canary = new Canary(folder);
  await canary.live();
  let bad = 0;
  for (const { step, findings, image } of canary.reports) {
    const size =
      image === null ? 'memory cannot be read' : `${Math.round(image.bytes / 2 ** 20)} MiB`;
    process.stdout.write(`${step}: ${size} searched\n`);
    for (const finding of findings) {
      const known = isKnown(finding);
      if (!known) bad += 1;
      const { secret, form, where } = finding;
      process.stdout.write(`  ${known ? 'known' : 'FOUND'}: ${secret} (${form}) in ${where}\n`);
    }
  }
  process.stdout.write(bad === 0 ? 'nothing that is not known\n' : `${bad} findings\n`);
  return bad === 0;
}

async function main(): Promise<boolean> {
  await strictly(
    yargs(process.argv.slice(2))
      .scriptName('canary')
      .usage('$0\n\nLooks for planted secrets in all that the built signer touches.')
      .example('npm run $0', 'a minute or two; it takes no options'),
  ).parseAsync();
  const folder = mkdtempSync(join(tmpdir(), 'airlock-canary-'));
  try {
    return await search(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await runScript('canary', main);
