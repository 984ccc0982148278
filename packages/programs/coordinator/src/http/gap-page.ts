/** The page /gap and what it loads, all from this coordinator: built files, served as they are. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Express, Response } from 'express';

/** File → media type. */
const PARTS = {
  'page.html': 'text/html; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'zxing_reader.wasm': 'application/wasm',
} as const;

export type GapPage = Readonly<Record<keyof typeof PARTS, Uint8Array>>;

/** Nothing from elsewhere, and nothing to elsewhere; the camera for this page alone. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Permissions-Policy': 'camera=(self)',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

/** Reads the page from the folder of the built programs. @throws if it is not whole */
export async function loadGapPage(folder: string): Promise<GapPage> {
  const read = (name: keyof typeof PARTS): Promise<Uint8Array> => readFile(join(folder, name));
  return {
    'page.html': await read('page.html'),
    'page.js': await read('page.js'),
    'zxing_reader.wasm': await read('zxing_reader.wasm'),
  };
}

/** Open to all: it holds nothing, and every call of it needs an officer's key. */
export function serveGapPage(app: Express, page: GapPage): void {
  const send = (response: Response, name: keyof typeof PARTS): void => {
    response.set(HEADERS).type(PARTS[name]).send(Buffer.from(page[name]));
  };
  app.get('/gap', (_request, response) => send(response, 'page.html'));
  app.get('/gap/page.js', (_request, response) => send(response, 'page.js'));
  app.get('/gap/zxing_reader.wasm', (_request, response) => send(response, 'zxing_reader.wasm'));
}
