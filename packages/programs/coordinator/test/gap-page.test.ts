/** The page /gap as it is served: its parts and types, open to all, and a policy that leads nowhere else. */
import { mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createApp } from '../src/http/app.ts';
import { type GapPage, loadGapPage } from '../src/http/gap-page.ts';
import { codeOf, listen, openWorld, type ServedNode, serveNode, type World } from './world.ts';

const BUILT = join(import.meta.dirname, '../../../../dist/console');
const PARTS = [
  ['/gap', 'page.html', 'text/html; charset=utf-8'],
  ['/gap/page.js', 'page.js', 'text/javascript; charset=utf-8'],
  ['/gap/zxing_reader.wasm', 'zxing_reader.wasm', 'application/wasm'],
] as const;

const folder = mkdtempSync(join(tmpdir(), 'airlock-console-'));
const closing: (() => Promise<void>)[] = [];
let served: ServedNode;
let world: World;
let page: GapPage;
let url: string;

async function serve(gapPage: GapPage | null): Promise<string> {
  const listening = await listen(createApp(world.coordinator, gapPage));
  closing.push(listening.close);
  return listening.url;
}

beforeAll(async () => {
  served = await serveNode();
  world = await openWorld({ node: served.node });
  for (const [, name] of PARTS) writeFileSync(join(folder, name), `the bytes of ${name}: \u00e4`);
  page = await loadGapPage(folder);
  url = await serve(page);
});
afterAll(async () => {
  for (const close of closing) await close();
  await served.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.each(PARTS)('%s', (path, name, type) => {
  test('is the built file, without a key, with its type', async () => {
    const response = await fetch(`${url}${path}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    expect(await response.text()).toBe(readFileSync(join(folder, name), 'utf8'));
  });

  test('says what a browser may do with it', async () => {
    const { headers } = await fetch(`${url}${path}`);
    expect(Object.fromEntries(headers)).toMatchObject({
      'permissions-policy': 'camera=(self)',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    });
    expect(headers.has('x-powered-by')).toBe(false);
    expect(headers.has('set-cookie')).toBe(false);
    const policy = (headers.get('content-security-policy') ?? '')
      .split('; ')
      .map((directive) => directive.split(' '));
    expect(
      Object.fromEntries(policy.map(([directive, ...sources]) => [directive, sources])),
    ).toEqual({
      'default-src': ["'none'"],
      'script-src': ["'self'", "'wasm-unsafe-eval'"],
      'style-src': ["'unsafe-inline'"],
      'connect-src': ["'self'"],
      'media-src': ["'self'", 'blob:'],
      'base-uri': ["'none'"],
      'form-action': ["'none'"],
      'frame-ancestors': ["'none'"],
    });
  });

  test('is only read: another method is not found', async () => {
    const response = await fetch(`${url}${path}`, { method: 'POST' });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
  });
});

test.each([
  '/gap/page.html',
  '/gap/page.ts',
  '/gap/package.json',
  '/gap/..%2fairlock-coordinator.mjs',
  '/gap/%2e%2e/%2e%2e/package.json',
  '/page.js',
])('%s is not found', async (path) => {
  const response = await fetch(`${url}${path}`);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
});

test('without a page there is no /gap, and all else is as it was', async () => {
  const bare = await serve(null);
  for (const [path] of PARTS) expect((await fetch(`${bare}${path}`)).status).toBe(404);
  expect((await fetch(`${bare}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
});

test.each(PARTS.map(([, name]) => name))('a folder without %s is refused', async (name) => {
  const text = readFileSync(join(folder, name));
  unlinkSync(join(folder, name));
  expect(await codeOf(loadGapPage(folder))).toBe('ENOENT');
  writeFileSync(join(folder, name), text);
  expect(await loadGapPage(folder)).toEqual(page);
});

test('the built page loads its own script and nothing else', async () => {
  const built = await loadGapPage(BUILT);
  const html = Buffer.from(built['page.html']).toString('utf8');
  const links = [
    ...html.matchAll(/\b(?:src|href|action|srcset|data|poster)\s*=\s*["']?([^"'\s>]+)/g),
  ];
  expect(links.map(([, target]) => target)).toEqual(['/gap/page.js']);
  expect(html).not.toMatch(/https?:|@import|url\(|<script>|\son\w+=/i);
  const source = join(import.meta.dirname, '../../console/src/page.html');
  expect(html).toBe(readFileSync(source, 'utf8'));
  // WebAssembly's magic number.
  expect([...built['zxing_reader.wasm'].subarray(0, 4)]).toEqual([0, 0x61, 0x73, 0x6d]);
});
