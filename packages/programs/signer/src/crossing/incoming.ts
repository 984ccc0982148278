/**
 * How a message comes in: as a file, or by light, that is as lines of a scanner or as pictures of a
 * camera. By light, whatever does not open is passed over, and the wanted message is waited for.
 */
import { GapError, openEnvelope, UrReceiver } from '@airlock/gap';
import { LightError, PICTURE_BYTES_MAX, readPicture } from '@airlock/light';
import { isFolder } from '../disk.ts';
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';
import { readGapFile } from './files.ts';

export type Incoming =
  | { readonly kind: 'file'; readonly path: string }
  /** Pictures, or one folder that is filled; none: lines on standard input. */
  | { readonly kind: 'light'; readonly pictures: readonly string[] };

/** Opens what came. @throws GapError if it is not the wanted message */
export type Accept = (file: Uint8Array) => void;

/** Milliseconds between looks into a folder. */
const LOOK_MS = 300;
/** Looks after which a picture that is no picture is given up: it may be written at this moment. */
const LOOKS_MAX = 10;
const PICTURE_NAME = /\.(png|jpe?g|pgm)$/i;
const CANCEL_KEYS = ['\u0003', 'q'];

function codeIn({ disk }: Environment, path: string): string | null {
  const bytes = disk.read(path, PICTURE_BYTES_MAX);
  return bytes === null ? null : readPicture(bytes);
}

/** Every picture once; one that cannot be read is named. */
async function* codesOf(
  environment: Environment,
  pictures: readonly string[],
): AsyncGenerator<string> {
  for (const path of pictures) {
    try {
      if (!environment.disk.exists(path)) {
        throw new SignerError('path_missing', `there is no file ${path}`, {
          next: 'check the path',
        });
      }
      const text = codeIn(environment, path);
      if (text === null) environment.terminal.note(`${path}: no code was found in it`);
      else yield text;
    } catch (cause) {
      if (!(cause instanceof LightError)) throw cause;
      environment.terminal.note(`${path}: ${cause.message}`);
    }
  }
}

/** Pictures as they appear in a folder, until a key ends it. */
async function* codesFromFolder(environment: Environment, folder: string): AsyncGenerator<string> {
  const { disk, terminal } = environment;
  const looks = new Map<string, number>();
  for (let key: string | null = null; !CANCEL_KEYS.includes(key ?? ''); ) {
    for (const name of disk.list(folder)) {
      const look = (looks.get(name) ?? 0) + 1;
      if (!PICTURE_NAME.test(name) || look > LOOKS_MAX) continue;
      looks.set(name, look);
      try {
        const text = codeIn(environment, `${folder}/${name}`);
        looks.set(name, LOOKS_MAX);
        if (text !== null) yield text;
      } catch (cause) {
        if (!(cause instanceof LightError)) throw cause;
      }
    }
    key = await terminal.key(LOOK_MS);
  }
}

function codes(environment: Environment, pictures: readonly string[]): AsyncIterable<string> {
  const [first] = pictures;
  if (first === undefined) return environment.terminal.lines();
  if (pictures.length === 1 && isFolder(first)) return codesFromFolder(environment, first);
  return codesOf(environment, pictures);
}

function incomplete(receiver: UrReceiver): SignerError {
  const { received, count } = receiver.furthest ?? { received: 0, count: 0 };
  const message =
    count === 0
      ? 'no code of an Airlock file was seen'
      : `${received} of ${count} codes arrived: ${count - received} are missing`;
  return new SignerError('transfer_incomplete', message, {
    next: 'repeat the command and let the codes run for longer, larger or slower; or carry a file',
  });
}

async function receiveByLight(
  environment: Environment,
  pictures: readonly string[],
  accept: Accept,
): Promise<Uint8Array> {
  const { terminal } = environment;
  const receiver = new UrReceiver(null);
  let refused: GapError | null = null;
  for await (const text of codes(environment, pictures)) {
    const before = receiver.furthest;
    const received = receiver.take(text);
    const { furthest } = receiver;
    if (received === null) {
      if (furthest !== null) terminal.progress(furthest.received, furthest.count);
      continue;
    }
    if (before !== null) terminal.progress(before.count, before.count);
    try {
      openEnvelope(received.message);
      accept(received.message);
      terminal.note('All codes arrived.');
      return received.message;
    } catch (cause) {
      if (!(cause instanceof GapError)) throw cause;
      if (cause.code !== refused?.code) {
        terminal.note(`not the wanted file (${cause.code}): ${cause.message}; still looking`);
      }
      refused = cause;
    }
  }
  throw refused ?? incomplete(receiver);
}

/**
 * The bytes of a message. A file's are for the caller to open; those that came by light were accepted.
 * @throws SignerError path_missing, file_invalid, transfer_incomplete
 * @throws GapError why what came by light was refused, if nothing better came
 */
export async function receive(
  environment: Environment,
  incoming: Incoming,
  accept: Accept,
): Promise<Uint8Array> {
  if (incoming.kind === 'file') return readGapFile(environment, incoming.path);
  const { pictures } = incoming;
  if (pictures.length === 0) {
    environment.terminal.note('Scan the codes now; Ctrl-C ends it.');
  }
  return receiveByLight(environment, pictures, accept);
}
