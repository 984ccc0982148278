/**
 * The demo's gap by light: codes on one screen are photographed by a shaky camera that misses some, and
 * the pictures are all that the other side gets.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CodeFrames, FramesTaken } from '@airlock/api';
import {
  decodePicture,
  type GreyPicture,
  type QrMatrix,
  QUIET_MODULES,
  readCode,
} from '@airlock/light';
import { createRandom, type Random } from '../test/campaigns/decoders/random.ts';
import { photograph, SCENE } from '../test/campaigns/light/camera.ts';
import type { PracticeSigner } from './practice.ts';

/** Codes that the camera misses. */
const LOSS_PERCENT = 30;
const DEGREES_MAX = 6;
const BLURS_MAX = 2;
/** Pixels a module of the signer's PNG files. */
const PNG_SCALE = 6;
/** Codes of one call. */
const BATCH = 4;

/** What a camera has of codes that are shown one after another, from the first. */
function* seen(matrices: Iterable<QrMatrix>, random: Random): Generator<GreyPicture> {
  for (const matrix of matrices) {
    if (random(100) < LOSS_PERCENT) continue;
    const degrees = (random(2 * DEGREES_MAX * 10) - DEGREES_MAX * 10) / 10;
    yield photograph(matrix, { ...SCENE, degrees, blurs: 1 + random(BLURS_MAX) }, random);
  }
}

function* matricesOf({ codes, size, version }: CodeFrames): Generator<QrMatrix> {
  for (const { modules } of codes) {
    const bits = Buffer.from(modules, 'base64');
    const isDark = (x: number, y: number): boolean => {
      const at = y * size + x;
      const isInside = x >= 0 && y >= 0 && x < size && y < size;
      return isInside && ((bits[at >> 3] ?? 0) & (0x80 >> (at & 7))) !== 0;
    };
    yield { version, size, isDark };
  }
}

/** A code that stands on a screen as one of the signer's pictures. */
function matrixOfPng(bytes: Uint8Array): QrMatrix {
  const { width, pixels } = decodePicture(bytes);
  const size = width / PNG_SCALE - 2 * QUIET_MODULES;
  const isDark = (x: number, y: number): boolean => {
    const at = (module: number): number => (module + QUIET_MODULES) * PNG_SCALE + PNG_SCALE / 2;
    return pixels[at(y) * width + at(x)] === 0;
  };
  return { version: (size - 17) / 4, size, isDark };
}

const pgmOf = ({ width, height, pixels }: GreyPicture): Buffer =>
  Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), pixels]);

export interface Crossing {
  readonly signer: PracticeSigner;
  readonly folder: string;
  readonly name: string;
  /** The request's codes, as the coordinator shows them. */
  readonly frames: CodeFrames;
  readonly confirm: string;
  readonly send: (frames: readonly string[]) => Promise<FramesTaken>;
  readonly seed: number;
}

/** Request to the signer and response back. @returns what it took, for people */
export async function signByLight(crossing: Crossing): Promise<string> {
  const { signer, folder, name, frames, confirm, send, seed } = crossing;
  const random = createRandom(seed);
  const camera = join(folder, `${name}.camera`);
  const screen = join(folder, `${name}.codes`);
  mkdirSync(camera);
  const pictures = [...seen(matricesOf(frames), random)].map((picture, at) => {
    const path = join(camera, `${String(at).padStart(3, '0')}.pgm`);
    writeFileSync(path, pgmOf(picture));
    return path;
  });
  signer.signPictures({ pictures, codes: screen, confirm });
  const shown = readdirSync(screen)
    .sort()
    .map((file) => matrixOfPng(new Uint8Array(readFileSync(join(screen, file)))));
  let waiting: string[] = [];
  let read = 0;
  for (const picture of seen(shown, random)) {
    const text = readCode(picture);
    if (text === null) continue;
    read += 1;
    waiting.push(text);
    if (waiting.length < BATCH) continue;
    const { complete, needed } = await send(waiting);
    waiting = [];
    if (complete) {
      return `${pictures.length} pictures to the signer, ${read} pictures of ${needed} codes back`;
    }
  }
  throw new RangeError('the codes ended before the response was whole');
}
