/** The player's page: alone, escaped, its data the codes; and in Chromium, driven by key and button. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { Animation, SPEED_MAX, SPEED_MIN } from '../src/animation.ts';
import { htmlPlayer } from '../src/html.ts';
import { type QrMatrix, readCode } from '../src/matrix.ts';
import { readPicture } from '../src/picture.ts';
import { describeInChromium, openTab, startChromium } from './chromium.ts';
import { drawn, messageOf, messageOfCodes } from './samples.ts';

const TITLE = `</title></strong><script>alert("1")</script> & 'void'`;
const ESCAPED =
  '&#60;/title&#62;&#60;/strong&#62;&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38; &#39;void&#39;';

const frames = [...new Animation(messageOfCodes(2), { version: 10, mode: 'chosen' }).frames()];
const page = htmlPlayer(frames, { title: TITLE, codesPerSecond: 6 });

interface Data {
  readonly codesPerSecond: number;
  readonly size: number;
  readonly codes: readonly string[];
}

const dataOf = (html: string): Data =>
  JSON.parse(/^const data = (\{.*\});$/m.exec(html)?.[1] ?? '') as Data;

/** A code as the data say it: rows of modules as bits, first bit highest. */
function matrixOfData({ size }: Data, code: string): QrMatrix {
  const bits = [...Buffer.from(code, 'base64')]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  return { version: (size - 17) / 4, size, isDark: (x, y) => bits[y * size + x] === '1' };
}

describe('the page', () => {
  test('leads nowhere: no address, no link, no source, and a policy that allows none', () => {
    const code = page.replace(/"codes":\[[^\]]*\]/, '');
    expect(code.length).toBeLessThan(page.length - 8 * 500);
    expect(code).not.toMatch(/https?:|\/\/|\b(src|href|action|srcset|data|poster)\s*=\s*["']/i);
    expect(code).not.toMatch(
      /@import|url\(|\bimport\b|fetch|XMLHttpRequest|WebSocket|<link|<base/i,
    );
    expect(page.match(/<meta http-equiv="Content-Security-Policy" content="([^"]*)">/)?.[1]).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'",
    );
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.indexOf('<script'));
  });

  test('shows its title as text, twice, and nowhere as markup', () => {
    expect(page.split(ESCAPED)).toHaveLength(3);
    expect(page).toContain(`<title>${ESCAPED}</title>`);
    expect(page).toContain(`<strong>${ESCAPED}</strong>`);
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toContain('alert("1")');
  });

  test('holds each code as it is', () => {
    const data = dataOf(page);
    expect(data).toMatchObject({ codesPerSecond: 6, size: 57 });
    expect(data.codes).toHaveLength(frames.length);
    for (const [index, { text }] of frames.entries()) {
      expect(readCode(drawn(matrixOfData(data, data.codes[index]!), 2))).toBe(text);
    }
  });
});

test('no frames: a page without codes', () => {
  expect(dataOf(htmlPlayer([], { title: '', codesPerSecond: 2 }))).toEqual({
    codesPerSecond: 2,
    size: 0,
    codes: [],
  });
});

/** In the page: greys of the canvas's modules as characters of Latin-1. */
const SAMPLE = `((side) => {
  const { width, height } = document.querySelector('canvas');
  if (width !== height || width % side !== 0) throw new Error('not whole modules');
  const pen = document.querySelector('canvas').getContext('2d');
  const { data } = pen.getImageData(0, 0, width, height);
  const scale = width / side;
  const greys = new Array(side * side);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) {
    const at = Math.floor(y / scale) * side + Math.floor(x / scale);
    const [red, green, blue, alpha] = data.subarray(4 * (y * width + x));
    greys[at] ??= red;
    if (greys[at] !== red || green !== red || blue !== red || alpha !== 255) throw new Error('mixed');
  }
  return String.fromCharCode(...greys);
})`;

/** In the page: counts how often a code is drawn. */
const COUNT = `
  globalThis.shown = 0;
  new MutationObserver(() => { globalThis.shown += 1; })
    .observe(document.body, { attributes: true, attributeFilter: ['data-code'] });`;

/** Drives the player in a browser; time passes only when a test says so. */
function drivePlayer(): void {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-player-'));
  const url = pathToFileURL(join(folder, 'player.html')).href;
  let browser: Browser;
  let tab: Page;
  let asked: string[];
  let faults: string[];

  const codeShown = async (): Promise<number> =>
    Number(await tab.evaluate('document.body.dataset.code'));
  const statusShown = (): Promise<string> => tab.locator('#status').innerText();
  /** The canvas, a pixel a module; fails if a module is not of one colour. */
  const modulesOnCanvas = async (side: number): Promise<Uint8Array> =>
    Buffer.from(await tab.evaluate<string>(`${SAMPLE}(${side})`), 'latin1');
  /** Codes a second, of those that come in three. */
  const codesPerSecond = async (): Promise<number> => {
    const shown = 'globalThis.shown';
    const before = await tab.evaluate<number>(shown);
    await tab.clock.runFor(3000);
    return Math.round(((await tab.evaluate<number>(shown)) - before) / 3);
  };

  async function open(html: string): Promise<void> {
    writeFileSync(join(folder, 'player.html'), html);
    await tab.goto(url);
  }

  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    ({ tab, asked, faults } = await openTab(browser, { width: 1280, height: 720 }));
  });
  afterEach(async () => {
    await tab.close();
    // The page itself, once.
    expect([asked, faults]).toEqual([[url], []]);
  });

  test('plays by itself, in real time', async () => {
    await open(page);
    const seen = new Set<number>();
    for (const end = performance.now() + 5000; performance.now() < end && seen.size < 4; ) {
      seen.add(await codeShown());
    }
    expect(seen.size).toBe(4);
  });

  describe('with a clock that a test winds', () => {
    beforeEach(async () => {
      await tab.clock.install({ time: 0 });
      await open(page);
      await tab.clock.pauseAt(1000);
      await tab.evaluate(COUNT);
    });

    test('the canvas shows each code, module by module', async () => {
      for (let step = 0; step <= frames.length; step += 1) {
        await tab.keyboard.press('ArrowRight');
        const { matrix, text } = frames[await codeShown()]!;
        const pixels = await modulesOnCanvas(65);
        expect(Buffer.compare(pixels, drawn(matrix, 1).pixels)).toBe(0);
        const seen: QrMatrix = {
          ...matrix,
          isDark: (x, y) => pixels[(y + 4) * 65 + x + 4] === 0,
        };
        expect(readCode(drawn(seen, 2))).toBe(text);
      }
    });

    test('a picture of a small window is read', async () => {
      await tab.setViewportSize({ width: 480, height: 400 });
      await tab.keyboard.press('ArrowRight');
      const { text } = frames[await codeShown()]!;
      expect(readPicture(await tab.screenshot())).toBe(text);
    });

    test('the canvas is square, within the window, with a quiet zone of four modules', async () => {
      const box = await tab.locator('canvas').boundingBox();
      expect(box?.width).toBe(box?.height);
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThanOrEqual(720);
      expect(box?.height).toBeGreaterThan(500);
      // 900 pixels and the modules of version 10: 13 pixels each.
      expect(await tab.evaluate("document.querySelector('canvas').width")).toBe(65 * 13);
      const pen = "document.querySelector('canvas').getContext('2d')";
      const corner = `[...${pen}.getImageData(0, 0, 845, 52).data].every((byte) => byte === 255)`;
      expect(await tab.evaluate(corner)).toBe(true);
    });

    test('plays at the speed asked for, and says so', async () => {
      expect(await codesPerSecond()).toBe(6);
      expect(await statusShown()).toBe(`code ${(await codeShown()) + 1} of 8, 6 a second`);
    });

    test('space stops it and lets it go on', async () => {
      await tab.keyboard.press('Space');
      expect(await statusShown()).toMatch(/, paused$/);
      expect(await codesPerSecond()).toBe(0);
      await tab.keyboard.press('Space');
      expect(await statusShown()).not.toMatch(/paused/);
      expect(await codesPerSecond()).toBe(6);
    });

    test('+ and - change the speed by one, within the bounds', async () => {
      await tab.keyboard.press('+');
      expect(await codesPerSecond()).toBe(7);
      await tab.keyboard.press('-');
      await tab.keyboard.press('-');
      expect(await codesPerSecond()).toBe(5);
      for (let press = 0; press < 10; press += 1) await tab.keyboard.press('+');
      expect(await statusShown()).toContain(`, ${SPEED_MAX} a second`);
      expect(await codesPerSecond()).toBe(SPEED_MAX);
      for (let press = 0; press < 14; press += 1) await tab.keyboard.press('-');
      expect(await statusShown()).toContain(`, ${SPEED_MIN} a second`);
      expect(await codesPerSecond()).toBe(SPEED_MIN);
    });

    test('the speed changes while it stands still, and it stays still', async () => {
      await tab.keyboard.press('Space');
      await tab.keyboard.press('+');
      expect(await statusShown()).toMatch(/, 7 a second, paused$/);
      expect(await codesPerSecond()).toBe(0);
    });

    test('the right arrow shows the next code, stops, and begins anew after the last', async () => {
      const first = await codeShown();
      for (let step = 1; step <= frames.length; step += 1) {
        await tab.keyboard.press('ArrowRight');
        expect(await codeShown()).toBe((first + step) % frames.length);
      }
      expect(await statusShown()).toMatch(/, paused$/);
      expect(await codesPerSecond()).toBe(0);
    });

    test('the buttons do what the keys do, and space after one of them acts once', async () => {
      await tab.click('#faster');
      expect(await codesPerSecond()).toBe(7);
      await tab.click('#slower');
      await tab.click('#slower');
      expect(await codesPerSecond()).toBe(5);
      await tab.click('#pause');
      expect(await codesPerSecond()).toBe(0);
      await tab.keyboard.press('Space');
      expect(await codesPerSecond()).toBe(5);
      await tab.click('#pause');
      expect(await statusShown()).toMatch(/, paused$/);
    });

    test('the title is text', async () => {
      expect(await tab.title()).toBe(TITLE);
      expect(await tab.locator('strong').innerText()).toBe(TITLE);
      expect(await tab.locator('script').count()).toBe(1);
    });
  });

  test('a single code stands still, whatever is pressed', async () => {
    const single = new Animation(messageOf(250), { version: 15, mode: 'chosen' }).frame(0);
    await tab.clock.install({ time: 0 });
    await open(htmlPlayer([single], { title: 'one', codesPerSecond: 6 }));
    await tab.evaluate(COUNT);
    expect(await codesPerSecond()).toBe(0);
    const before = await modulesOnCanvas(85);
    expect(Buffer.compare(before, drawn(single.matrix, 1).pixels)).toBe(0);
    for (const key of ['Space', '+', 'ArrowRight', 'Space']) await tab.keyboard.press(key);
    expect(await statusShown()).toMatch(/^code 1 of 1, /);
    expect(await modulesOnCanvas(85)).toEqual(before);
  });

  test('the policy keeps a script of the page from asking anywhere', async () => {
    await open(page);
    const violated = await tab.evaluate<string>(`new Promise((resolve) => {
      addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
      fetch('http://127.0.0.1:9/').then(() => resolve('sent'), () => undefined);
    })`);
    expect(violated).toBe('connect-src');
    expect(asked).toEqual([url]);
    // What the browser says of it.
    faults = faults.filter((fault) => !/Content Security Policy/.test(fault));
  });
}

describeInChromium('the player', drivePlayer);
