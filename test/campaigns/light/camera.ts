/** A synthetic camera: a code as a frame of a laptop's or phone's camera shows it, from a seed. */
import { type GreyPicture, type QrMatrix, QUIET_MODULES } from '@airlock/light';
import type { Random } from '../decoders/random.ts';

export interface Shot {
  readonly width: number;
  readonly height: number;
  /** Pixels of the code's side, quiet zone included, before it is turned. */
  readonly side: number;
  readonly degrees: number;
  /** How much larger the near edge is than the far one; 0: the camera looks straight at the screen. */
  readonly tilt: number;
  /** Times that a 3 × 3 binomial kernel is laid over the picture. */
  readonly blurs: number;
  /** Standard deviation of the noise. */
  readonly noise: number;
  /** Grey of the screen's white and black; beside the screen it is in between. */
  readonly white: number;
  readonly black: number;
  /** Grey that is missing at the right edge: light from one side. */
  readonly shade: number;
}

/** A common laptop's camera, 1280 × 720, in front of a code of 660 pixels, with noise of σ 8. */
export const SCENE: Shot = {
  width: 1280,
  height: 720,
  side: 660,
  degrees: 0,
  tilt: 0,
  blurs: 1,
  noise: 8,
  white: 230,
  black: 25,
  shade: 20,
};

/** Rays a pixel and direction: what is finer than a pixel mixes to grey, as on a sensor. */
const RAYS = 2;
const NOISES = 65_536;

/** Where on the screen a point of the picture is, in sides of the code around its centre. */
function projection({ width, height, side, degrees, tilt }: Shot) {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle) / side, Math.sin(angle) / side];
  return (px: number, py: number): { readonly x: number; readonly y: number } => {
    const [dx, dy] = [px - width / 2, py - height / 2];
    const [x, y] = [cos * dx + sin * dy, cos * dy - sin * dx];
    const depth = 1 / (1 - tilt * y);
    return { x: x * depth, y: y * depth };
  };
}

/** Grey of the screen at a point: the code, white around it, and what stands beside the screen. */
function screenOf({ size, isDark }: QrMatrix, { white, black }: Shot) {
  const modules = size + 2 * QUIET_MODULES;
  const greys = Float32Array.from({ length: modules * modules }, (_, at) =>
    isDark((at % modules) - QUIET_MODULES, Math.floor(at / modules) - QUIET_MODULES)
      ? black
      : white,
  );
  const beside = (white + black) / 3;
  return (x: number, y: number): number => {
    const [column, row] = [Math.floor((x + 0.5) * modules), Math.floor((y + 0.5) * modules)];
    if (column >= 0 && row >= 0 && column < modules && row < modules) {
      return greys[row * modules + column] ?? white;
    }
    return Math.abs(x) < 0.6 && Math.abs(y) < 0.6 ? white : beside;
  };
}

function blurred(greys: Float32Array, width: number): Float32Array {
  const pass = (from: Float32Array, step: number): Float32Array => {
    const to = from.slice();
    for (let at = step; at < from.length - step; at += 1) {
      to[at] = ((from[at - step] ?? 0) + 2 * (from[at] ?? 0) + (from[at + step] ?? 0)) / 4;
    }
    return to;
  };
  return pass(pass(greys, 1), width);
}

/** Normal numbers by Box and Muller, drawn once: a picture takes a million of them. */
function noisesOf(random: Random): Float32Array {
  const uniform = (): number => (random(2 ** 31) + 1) / (2 ** 31 + 1);
  return Float32Array.from(
    { length: NOISES },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/** A frame of the camera that shows a code. */
export function photograph(matrix: QrMatrix, shot: Shot, random: Random): GreyPicture {
  const { width, height, blurs, noise, shade } = shot;
  const [onScreen, grey] = [projection(shot), screenOf(matrix, shot)];
  let greys: Float32Array = new Float32Array(width * height);
  for (let py = 0; py < height; py += 1) {
    for (let px = 0; px < width; px += 1) {
      let sum = 0;
      for (let ray = 0; ray < RAYS * RAYS; ray += 1) {
        const [right, down] = [(ray % RAYS) + 0.5, Math.floor(ray / RAYS) + 0.5];
        const { x, y } = onScreen(px + right / RAYS, py + down / RAYS);
        sum += grey(x, y);
      }
      greys[py * width + px] = sum / RAYS ** 2 - (shade * px) / width;
    }
  }
  for (let left = blurs; left > 0; left -= 1) greys = blurred(greys, width);
  const noises = noisesOf(random);
  const pixels = new Uint8Array(width * height);
  for (let start = 0; start < pixels.length; start += width) {
    // From a place of its own in every row, so that the noise is no pattern.
    const from = random(NOISES);
    for (let x = 0; x < width; x += 1) {
      const value = (greys[start + x] ?? 0) + noise * (noises[(from + x) % NOISES] ?? 0);
      pixels[start + x] = Math.min(255, Math.max(0, Math.round(value)));
    }
  }
  return { width, height, pixels };
}
