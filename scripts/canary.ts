/**
 * Looks for planted secrets in everything that the built signer touches: `npm run canary`. Prints what was
 * found where; ends with 1 if a secret is anywhere but where docs/security.md says.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Canary, isKnown } from '../test/security/canary/canary.ts';

if (process.argv.length > 2) {
  process.stderr.write('npm run canary: looks for planted secrets; it takes no options\n');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'airlock-canary-'));
try {
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
  process.exitCode = bad === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
