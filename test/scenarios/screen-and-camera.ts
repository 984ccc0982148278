/** Scripts that look at the page's canvas and cameras, and a film of codes for its camera to see. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { Animation, drawMatrix, readCode } from '@airlock/light';

const CAMERA = { width: 640, height: 480, framesPerSecond: 10 };

/** A film of a signer's screen (YUV4MPEG2): every picture a code, the whole animation once. */
export function film(path: string, response: Uint8Array): void {
  const { width, height, framesPerSecond } = CAMERA;
  const file = openSync(path, 'w');
  writeSync(file, `YUV4MPEG2 W${width} H${height} F${framesPerSecond}:1 Ip A1:1 C420mpeg2\n`);
  const colourless = Buffer.alloc((width * height) / 2, 128);
  for (const { matrix } of new Animation(response, { version: 20, mode: 'chosen' }).frames()) {
    const { width: side, pixels } = drawMatrix(matrix, 4);
    const picture = Buffer.alloc(width * height, 90);
    const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
    for (let row = 0; row < side; row += 1) {
      picture.set(pixels.subarray(row * side, (row + 1) * side), (top + row) * width + left);
    }
    writeSync(file, 'FRAME\n');
    writeSync(file, picture);
    writeSync(file, colourless);
  }
  closeSync(file);
}

/** In the page: the canvas's modules, quiet zone included, as 0 and 1; '' of a blank one. */
export const MODULES = `(() => {
  const { width, height } = document.querySelector('canvas');
  const pen = document.querySelector('canvas').getContext('2d');
  const { data } = pen.getImageData(0, 0, width, height);
  const red = (x, y) => data[4 * (y * width + x)];
  if (data.every((value) => value === 0)) return '';
  // The first dark pixel is the finder's corner, behind four modules of quiet.
  let scale = 0;
  while (scale < width && red(4 * scale, 4 * scale) !== 0) scale += 1;
  const side = width / scale;
  if (width !== height || !Number.isInteger(side)) throw new Error('not whole modules');
  let modules = '';
  for (let y = 0; y < side; y += 1) for (let x = 0; x < side; x += 1) {
    modules += red(x * scale, y * scale) === 0 ? '1' : '0';
  }
  for (let at = 0; at < width * height; at += 1) {
    const [x, y] = [Math.floor((at % width) / scale), Math.floor(Math.floor(at / width) / scale)];
    const grey = modules[y * side + x] === '1' ? 0 : 255;
    for (const channel of [0, 1, 2]) if (data[4 * at + channel] !== grey) throw new Error('mixed');
  }
  return modules;
})()`;

/** In the page: remembers every camera that is asked for, and takes its time to give it. */
export const SLOW_CAMERAS = `
  globalThis.cameras = [];
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wish) => {
    const at = globalThis.cameras.push('asked') - 1;
    const stream = await ask(wish);
    await new Promise((resolve) => setTimeout(resolve, 300));
    globalThis.cameras[at] = stream.getVideoTracks()[0];
    return stream;
  };`;
/** In the page: what became of them. */
export const CAMERAS = 'globalThis.cameras.map((track) => track.readyState ?? track)';

/** In the page: counts how often a code is drawn. */
export const COUNT = `
  globalThis.shown = 0;
  new MutationObserver(() => { globalThis.shown += 1; })
    .observe(document.querySelector('#status'), { childList: true });`;

export function textOfModules(modules: string): string | null {
  const side = Math.sqrt(modules.length);
  const isDark = (x: number, y: number): boolean => modules[(y + 4) * side + x + 4] === '1';
  return readCode(drawMatrix({ version: (side - 25) / 4, size: side - 8, isDark }, 2));
}
