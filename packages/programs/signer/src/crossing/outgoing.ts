/**
 * How a message goes out: as a file, as codes in the terminal, or as pictures of codes for another
 * screen: PNG files, an animated GIF, or one page. The same bytes whichever way.
 */
import { join } from 'node:path';
import { openEnvelope, type SequenceMode } from '@airlock/gap';
import {
  Animation,
  encodeGif,
  encodePng,
  htmlPlayer,
  type Plan,
  plansFor,
  SPEED_DEFAULT,
  VERSION_MIN,
} from '@airlock/light';
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';
import { assertOutside, assertWritable, writeGapFile } from './files.ts';
import {
  advance,
  cellsOf,
  fitsInto,
  isSlow,
  offerOf,
  type PlayerState,
  planOf,
  press,
  screenOf,
} from './player.ts';

export interface CodeOptions {
  /** Codes a second; default {@link SPEED_DEFAULT}. */
  readonly speed?: number | undefined;
  /** Version of the codes; default: {@link PICTURE_VERSION}, or the largest that fits the terminal. */
  readonly version?: number | undefined;
  /** `sequential` for other readers of Uniform Resources. */
  readonly mode: SequenceMode;
}

export type Outgoing =
  | { readonly kind: 'file'; readonly path: string }
  | ({ readonly kind: 'qr' } & CodeOptions)
  | ({ readonly kind: 'png' | 'gif' | 'html'; readonly path: string } & CodeOptions);

/** A message, and the home that it must not be written into. */
export interface Delivery {
  readonly file: Uint8Array;
  readonly home: string;
}

/** Of pictures: read from some distance, and few codes. */
const PICTURE_VERSION = 20;
/** Pixels a module. */
const PICTURE_SCALE = 6;

/** Refuses early, before anything is asked or recorded, what could not be delivered. */
export function assertDeliverable(
  { disk, terminal }: Environment,
  outgoing: Outgoing,
  home: string,
): void {
  if (outgoing.kind === 'qr') {
    const size = terminal.size();
    if (size === null) {
      throw new SignerError(
        'terminal_required',
        'codes are shown in a terminal, and there is none',
        {
          next: 'run the command in a terminal, or use --to png, gif or html with --out',
        },
      );
    }
    if (!fitsInto(size, VERSION_MIN)) throw tooSmall(size, VERSION_MIN);
    return;
  }
  if (outgoing.kind !== 'png') {
    assertWritable(outgoing.path, home);
    return;
  }
  assertOutside(outgoing.path, home);
  if (disk.list(outgoing.path).length > 0) {
    throw new SignerError('file_exists', `the folder ${outgoing.path} is not empty`, {
      next: 'name a new folder: the pictures of one message stand alone in it',
    });
  }
}

/** Before a new answer is recorded: no other file is in its place. @throws SignerError file_exists */
export function assertFree({ disk }: Environment, outgoing: Outgoing): void {
  const path = placeOf(outgoing);
  if (path === null || !disk.exists(path)) return;
  throw new SignerError('file_exists', `${path} exists, and nothing was recorded yet`, {
    next: 'choose another name',
  });
}

/** The path that was written, or null. */
export function placeOf(outgoing: Outgoing): string | null {
  return outgoing.kind === 'qr' ? null : outgoing.path;
}

/** Where it is now, for the command's last line. */
export function placeText(outgoing: Outgoing): string {
  return outgoing.kind === 'qr' ? 'was shown' : `is in ${outgoing.path}`;
}

function tooSmall(size: { columns: number; rows: number }, version: number): SignerError {
  const { columns, rows } = cellsOf(version);
  return new SignerError(
    'terminal_too_small',
    `this terminal has ${size.columns}×${size.rows} characters, codes of version ${version} need ${columns}×${rows}`,
    { next: 'enlarge the window or make its letters smaller; or use --to png, gif or html' },
  );
}

function choose(plans: readonly Plan[], { version, mode }: CodeOptions, file: Uint8Array) {
  const largest = plans.at(-1)?.version ?? PICTURE_VERSION;
  const chosen = version ?? Math.min(PICTURE_VERSION, largest);
  return new Animation(file, { version: chosen, mode });
}

function deliverPictures(
  environment: Environment,
  outgoing: Extract<Outgoing, { kind: 'png' | 'gif' | 'html' }>,
  file: Uint8Array,
): void {
  const { disk } = environment;
  const { path, kind, speed = SPEED_DEFAULT } = outgoing;
  const animation = choose(plansFor(file), outgoing, file);
  if (kind === 'gif') {
    const matrices = [...animation.frames()].map(({ matrix }) => matrix);
    const options = { scale: PICTURE_SCALE, codesPerSecond: speed };
    writeGapFile(environment, path, encodeGif(matrices, options));
    return;
  }
  if (kind === 'html') {
    const title = `Airlock ${openEnvelope(file).type}`;
    const page = htmlPlayer(animation.frames(), { title, codesPerSecond: speed });
    writeGapFile(environment, path, new TextEncoder().encode(page));
    return;
  }
  disk.makeFolder(path);
  let number = 0;
  for (const { matrix } of animation.frames()) {
    number += 1;
    const name = join(path, `${String(number).padStart(4, '0')}.png`);
    writeGapFile(environment, name, encodePng(matrix, PICTURE_SCALE));
    environment.terminal.progress(number, animation.length);
  }
}

/** Sizes of codes that fit the terminal; `version` alone if one was asked for. */
function plansInto(
  size: { columns: number; rows: number },
  file: Uint8Array,
  version: number | undefined,
): [Plan, ...Plan[]] {
  const plans = plansFor(file).filter((plan) => fitsInto(size, plan.version));
  const asked = version === undefined ? plans : plans.filter((plan) => plan.version === version);
  const [first, ...rest] = asked;
  if (first === undefined) throw tooSmall(size, version ?? plansFor(file)[0].version);
  return [first, ...rest];
}

async function writeInstead(environment: Environment, { file, home }: Delivery): Promise<void> {
  const path = await environment.terminal.ask('File to write: ');
  if (path === null || path === '') {
    throw new SignerError('usage', 'no file was named', {
      next: 'repeat the command: what was recorded is kept, and the same answer comes again',
    });
  }
  assertWritable(path, home);
  writeGapFile(environment, path, file);
}

async function play(
  environment: Environment,
  begin: PlayerState,
  show: Show,
): Promise<PlayerState> {
  const { terminal } = environment;
  let state = begin;
  if (isSlow(state)) {
    terminal.paint(offerOf(state));
    const key = await terminal.key(Number.POSITIVE_INFINITY);
    if (key === 'f') return { ...state, ending: 'file' };
  }
  while (state.ending === 'none') {
    const { length } = show(state);
    const isStill = state.isPaused || length === 1;
    const key = await terminal.key(
      isStill ? Number.POSITIVE_INFINITY : 1000 / state.codesPerSecond,
    );
    state = key === null ? advance(state, length) : press(state, key, length);
  }
  return state;
}

/** Paints the state's code; the animation it belongs to. */
type Show = (state: PlayerState) => Animation;

async function deliverInTerminal(
  environment: Environment,
  { speed = SPEED_DEFAULT, version, mode }: CodeOptions,
  delivery: Delivery,
): Promise<void> {
  const { file } = delivery;
  const { terminal } = environment;
  const size = terminal.size() ?? { columns: 0, rows: 0 };
  const plans = plansInto(size, file, version);
  const begin: PlayerState = {
    plans,
    size: Math.max(
      0,
      plans.findLastIndex((plan) => plan.version <= PICTURE_VERSION),
    ),
    codesPerSecond: speed,
    code: 0,
    isPaused: false,
    ending: 'none',
  };
  const animations = new Map<number, Animation>();
  const show: Show = (state) => {
    const shown = planOf(state).version;
    const animation = animations.get(shown) ?? new Animation(file, { version: shown, mode });
    animations.set(shown, animation);
    terminal.paint(screenOf(state, animation, size));
    return animation;
  };
  let end: PlayerState;
  try {
    end = await play(environment, begin, show);
  } finally {
    terminal.paint(null);
  }
  if (end.ending === 'file') await writeInstead(environment, delivery);
}

/**
 * Sends a message out.
 * @throws SignerError file_exists, terminal_too_small
 * @throws LightError too_long, code_unreadable
 */
export async function deliver(
  environment: Environment,
  outgoing: Outgoing,
  delivery: Delivery,
): Promise<void> {
  const { file } = delivery;
  if (outgoing.kind === 'file') writeGapFile(environment, outgoing.path, file);
  else if (outgoing.kind === 'qr') await deliverInTerminal(environment, outgoing, delivery);
  else deliverPictures(environment, outgoing, file);
}
