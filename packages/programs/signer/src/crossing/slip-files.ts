/** Custody slips as files: at most so many at once, read before anything is asked of the officer. */
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';
import type { SlipFile } from '../slips.ts';
import { readGapFile } from './files.ts';

/** Slips of one command: more than the inputs of a bundle name. */
export const SLIPS_MAX = 32;

/** @throws SignerError usage, path_missing, file_invalid */
export function readSlips(environment: Environment, paths: readonly string[]): SlipFile[] {
  if (paths.length > SLIPS_MAX) {
    throw new SignerError('usage', `${paths.length} slips were given, at most ${SLIPS_MAX} are`, {
      next: 'give those that are needed: "inspect" names them',
    });
  }
  return paths.map((path) => ({ source: path, bytes: readGapFile(environment, path) }));
}
