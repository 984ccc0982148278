/** The reader of codes that is compared with, if it is installed: zxing-wasm. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { GreyPicture } from '@airlock/light';

/** The text of the code in a picture, or null. */
export type PeerReader = (picture: GreyPicture) => Promise<string | null>;

/** What is used of the package, which need not be there when types are checked. */
interface Zxing {
  prepareZXingModule(options: {
    readonly overrides: { readonly wasmBinary: ArrayBuffer };
    readonly fireImmediately: true;
  }): Promise<unknown>;
  readBarcodes(
    image: { readonly data: Uint8ClampedArray; readonly width: number; readonly height: number },
    options: { readonly formats: readonly string[]; readonly maxNumberOfSymbols: number },
  ): Promise<readonly { readonly text: string }[]>;
}

/** Four bytes a pixel, as a browser's canvas gives them. */
function rgbaOf(pixels: Uint8Array): Uint8ClampedArray {
  const rgba = new Uint8ClampedArray(4 * pixels.length);
  for (let at = 0; at < pixels.length; at += 1) {
    const grey = pixels[at] ?? 0;
    rgba[4 * at] = grey;
    rgba[4 * at + 1] = grey;
    rgba[4 * at + 2] = grey;
    rgba[4 * at + 3] = 255;
  }
  return rgba;
}

/** @param folder node_modules; null if the package is not in it */
export async function loadZxing(folder: string): Promise<PeerReader | null> {
  const dist = join(folder, 'zxing-wasm/dist');
  const wasm = join(dist, 'reader/zxing_reader.wasm');
  if (!existsSync(wasm)) return null;
  const script = pathToFileURL(join(dist, 'es/reader/index.js')).href;
  const zxing = (await import(script)) as Zxing;
  const wasmBinary = new Uint8Array(readFileSync(wasm)).buffer;
  await zxing.prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  return async ({ width, height, pixels }) => {
    const options = { formats: ['QRCode'], maxNumberOfSymbols: 1 };
    const [found] = await zxing.readBarcodes({ data: rgbaOf(pixels), width, height }, options);
    return found?.text ?? null;
  };
}
