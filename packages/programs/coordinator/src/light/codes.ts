/** Files of this coordinator as QR codes: a page that plays them, an animated GIF, or frames for the web page. */
import { setImmediate } from 'node:timers/promises';
import type { CodeFrames, CodesQuery, Media } from '@airlock/api';
import { openEnvelope } from '@airlock/gap';
import {
  Animation,
  encodeGif,
  type Frame,
  htmlPlayer,
  htmlSheet,
  LightError,
  packedModules,
  plansFor,
  SECONDS_MAX,
  SPEED_DEFAULT,
  secondsOf,
} from '@airlock/light';
import { CoordinatorError } from '../error.ts';

/** Read from some distance, and few codes. */
const VERSION_DEFAULT = 20;
/** Pixels a module. */
const GIF_SCALE = 6;

function tooLong(message: string): CoordinatorError {
  return new CoordinatorError('too_long_for_codes', message, {
    next: 'carry the file, or ask for fewer sweeps (maxSweeps, maxInputs)',
  });
}

function animationOf(file: Uint8Array, { codeVersion, sequential, speed }: CodesQuery): Animation {
  try {
    const largest = plansFor(file).at(-1)?.version ?? VERSION_DEFAULT;
    const version = codeVersion ?? Math.min(VERSION_DEFAULT, largest);
    const mode = sequential === 'true' ? 'sequential' : 'chosen';
    const animation = new Animation(file, { version, mode });
    const seconds = secondsOf(animation, speed ?? SPEED_DEFAULT);
    if (seconds <= SECONDS_MAX) return animation;
    throw tooLong(
      `its ${animation.count} codes take ${Math.ceil(seconds)} seconds, over ${SECONDS_MAX}`,
    );
  } catch (cause) {
    if (cause instanceof LightError && cause.code === 'too_long') throw tooLong(cause.message);
    throw cause;
  }
}

/** Each code takes some milliseconds: others are served in between. */
async function framesOf(animation: Animation): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (const frame of animation.frames()) {
    frames.push(frame);
    await setImmediate();
  }
  return frames;
}

/** Codes beyond those that a reader needs, of which some may be damaged on paper: one for every four. */
const spareOf = (count: number): number => (count === 1 ? 0 : Math.ceil(count / 4));

/** A page to be printed: text, and codes that stand still. @throws CoordinatorError too_long_for_codes */
export async function sheetOf(
  file: Uint8Array,
  query: CodesQuery,
  shown: { readonly title: string; readonly lines: readonly string[] },
): Promise<Media> {
  const animation = animationOf(file, { ...query, sequential: 'true' });
  const frames = await framesOf(animation);
  const printed = frames.slice(0, animation.count + spareOf(animation.count));
  const bytes = new TextEncoder().encode(htmlSheet(printed, shown));
  return { contentType: 'text/html; charset=utf-8', bytes };
}

/** @throws CoordinatorError too_long_for_codes */
export async function codesOf(file: Uint8Array, query: CodesQuery): Promise<Media> {
  const { format = 'html', speed: codesPerSecond = SPEED_DEFAULT } = query;
  const animation = animationOf(file, query);
  const frames = await framesOf(animation);
  if (format === 'gif') {
    const matrices = frames.map(({ matrix }) => matrix);
    const bytes = encodeGif(matrices, { scale: GIF_SCALE, codesPerSecond });
    return { contentType: 'image/gif', bytes };
  }
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  if (format === 'html') {
    const title = `Airlock ${openEnvelope(file).type}`;
    const page = htmlPlayer(frames, { title, codesPerSecond });
    return { contentType: 'text/html; charset=utf-8', bytes: text(page) };
  }
  const json: CodeFrames = {
    version: animation.version,
    size: frames[0]?.matrix.size ?? 0,
    count: animation.count,
    codesPerSecond,
    codes: frames.map((frame) => ({ text: frame.text, modules: packedModules(frame.matrix) })),
  };
  return { contentType: 'application/json', bytes: text(`${JSON.stringify(json)}\n`) };
}
