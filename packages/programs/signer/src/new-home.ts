/** New homes: built whole in a folder beside their name, then moved there. */
import { dirname, resolve } from 'node:path';
import { belowFolder, type Disk, isFolder } from './disk.ts';
import type { Environment } from './environment.ts';
import { SignerError } from './error.ts';

/** @throws SignerError home_exists, path_missing, usage */
export function assertNewHome(disk: Disk, path: string): void {
  if (!isFolder(dirname(resolve(path)))) {
    throw new SignerError('path_missing', `the folder of ${path} does not exist`, {
      next: 'check the path, or make that folder',
    });
  }
  if (belowFolder(disk, path, () => disk.list(path)).length === 0) return;
  throw new SignerError('home_exists', `${path} is not empty`, {
    next: 'if "status" says that it holds this keyring, the work is done; else name an empty folder: a signer is never made over another',
  });
}

/** Fills a folder that becomes the home only when it is complete. */
export async function buildHome<T>(
  { disk, random }: Environment,
  path: string,
  fill: (folder: string) => Promise<T>,
): Promise<T> {
  const home = resolve(path);
  const building = `${home}.${Buffer.from(random(8)).toString('hex')}.part`;
  try {
    const result = await fill(building);
    disk.moveFolder(building, home);
    return result;
  } catch (cause) {
    disk.removeFolder(building);
    throw cause;
  }
}
