/**
 * `scan`: writes the file that codes carry, as a slip that is kept on paper: what reads the file afterwards
 * checks it. It opens no home, records nothing and signs nothing.
 */
import { openEnvelope } from '@airlock/gap';
import { assertWritable, writeGapFile } from '../crossing/files.ts';
import { type Incoming, receive } from '../crossing/incoming.ts';
import type { Environment } from '../environment.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface ScanOptions extends CommonOptions {
  readonly incoming: Incoming;
  readonly out: string;
}

/** @throws SignerError transfer_incomplete, file_exists, path_missing */
export async function scan(
  environment: Environment,
  { incoming, out, home }: ScanOptions,
): Promise<CommandResult> {
  assertWritable(out, home);
  const file = await receive(environment, incoming, (came) => void openEnvelope(came));
  const { type } = openEnvelope(file);
  writeGapFile(environment, out, file);
  return {
    lines: [`The ${type} of ${file.length} bytes is in ${out}; nothing of it was checked yet.`],
    json: { file: out, type, bytes: file.length },
  };
}
