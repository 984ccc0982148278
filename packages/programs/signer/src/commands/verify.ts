/** `verify`: derives issued addresses again and compares them; a drill that signs nothing. */
import { openAddressBatch } from '@airlock/gap';
import { readGapFile } from '../crossing/files.ts';
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';
import { readPassphraseOf, withOpenHome } from '../home.ts';
import { assertDerives } from '../keyring.ts';
import { practiceBanner } from '../screen.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface VerifyOptions extends CommonOptions {
  readonly file?: string | undefined;
  readonly sample?: number | undefined;
}

/** So many of a list, evenly spread from its first. */
function sampleOf<T>(list: readonly T[], count: number): T[] {
  if (count >= list.length) return [...list];
  return Array.from({ length: count }, (_, i) => list[Math.floor((i * list.length) / count)] as T);
}

export async function verify(
  environment: Environment,
  options: VerifyOptions,
): Promise<CommandResult> {
  const { home: path, file: batch, sample } = options;
  if (sample !== undefined && sample < 1) {
    throw new SignerError('usage', `expected --sample of 1 or more, got ${sample}`, {
      next: 'repeat the command with another number',
    });
  }
  const file = batch === undefined ? null : readGapFile(environment, batch);
  const passphrase = await readPassphraseOf(environment, options);
  return withOpenHome(environment, { path, passphrase }, async (home) => {
    const { header, record } = home;
    const issued =
      file === null
        ? [...record.state.issued.values()]
        : openAddressBatch(file, header.publicKey).addresses;
    const chosen = sampleOf(issued, sample ?? issued.length);
    await assertDerives(environment, home, chosen);
    return {
      lines: [
        ...practiceBanner(header),
        `${chosen.length} of ${issued.length} addresses derive from this salt as they were issued.`,
      ],
      json: {
        keyringId: header.keyring.id,
        verified: chosen.length,
        of: issued.length,
        practice: header.keyring.practice,
      },
    };
  });
}
