/** The page /gap as an officer uses it: a real browser, a real coordinator, a camera that sees our own codes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiErrorBody } from '@airlock/api';
import { UrReceiver, wordsOf } from '@airlock/gap';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import {
  describeInChromium,
  openTab,
  startChromium,
} from '../../packages/formats/light/test/chromium.ts';
import { createApp } from '../../packages/programs/coordinator/src/http/app.ts';
import { createApiKey } from '../../packages/programs/coordinator/src/http/authentication.ts';
import { loadGapPage } from '../../packages/programs/coordinator/src/http/gap-page.ts';
import { requestFile } from '../../packages/programs/coordinator/src/signing/signing.ts';
import { keyOf } from '../../packages/programs/coordinator/src/store/store.ts';
import { HonestSigner } from '../../packages/programs/coordinator/test/signer.ts';
import {
  answer,
  createUser,
  listen,
  pairedWorld,
  requestDeposit,
  serveNode,
  type World,
} from '../../packages/programs/coordinator/test/world.ts';
import { ROOT } from '../repo/workspace.ts';
import { CAMERAS, COUNT, film, MODULES, SLOW_CAMERAS, textOfModules } from './screen-and-camera.ts';

function drivePage(): void {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-gap-page-'));
  const filmPath = join(folder, 'camera.y4m');
  const closing: (() => Promise<unknown>)[] = [];
  let browser: Browser;
  let world: World;
  let origin: string;
  let requestId: string;
  const keys = { officer: '', exchange: '' };
  let tab: Page;
  let asked: string[];
  let faults: string[];

  async function get(path: string): Promise<Response> {
    const headers = { authorization: `Bearer ${keys.officer}`, connection: 'close' };
    return fetch(`${origin}${path}`, { headers });
  }
  const fileAt = async (path: string): Promise<Uint8Array> =>
    new Uint8Array(await (await get(path)).arrayBuffer());
  const textOf = (id: string): Promise<string> => tab.locator(`#${id}`).innerText();
  const modulesOnCanvas = (): Promise<string> => tab.evaluate<string>(MODULES);
  /** What a signer would have read from the canvas, and of how many different codes. */
  async function fileOnCanvas(type: string): Promise<{ file: Uint8Array; codes: number }> {
    const receiver = new UrReceiver(`airlock-${type}`);
    const seen = new Set<string>();
    for (const end = performance.now() + 15_000; performance.now() < end; ) {
      const modules = await modulesOnCanvas();
      if (modules === '' || seen.has(modules)) continue;
      seen.add(modules);
      const received = receiver.take(textOfModules(modules) ?? '');
      if (received !== null) return { file: received.message, codes: seen.size };
    }
    throw new Error(`no ${type} on the canvas after ${seen.size} codes`);
  }
  async function signIn(key: string = keys.officer): Promise<void> {
    await tab.fill('#key', key);
    await tab.click('#sign-in button');
  }
  async function openSignedIn(): Promise<void> {
    await tab.goto(`${origin}/gap`);
    await signIn();
    await tab.waitForSelector("body[data-state='signed-in']");
  }
  /** The page's policy keeps a script from being polled within it. */
  async function expectSoon(script: string, expected: readonly string[]): Promise<void> {
    let found: string[] = [];
    for (const end = performance.now() + 5000; performance.now() < end; ) {
      found = await tab.evaluate<string[]>(script);
      if (found.join() === expected.join()) return;
      await tab.waitForTimeout(50);
    }
    expect(found).toEqual(expected);
  }
  const choose = (name: RegExp): Promise<unknown> =>
    tab
      .locator('#what option')
      .filter({ hasText: name })
      .first()
      .getAttribute('value')
      .then((value) => tab.selectOption('#what', value));

  beforeAll(async () => {
    const served = await serveNode();
    world = await pairedWorld(
      { node: served.node, signer: new HonestSigner({ number: 120, level: 2 }) },
      10,
    );
    await createUser(world, 'alice');
    requestId = await requestDeposit(world, served, { amount: 1000n });
    const page = await loadGapPage(join(ROOT, 'dist/console'));
    const { url, close } = await listen(createApp(world.coordinator, page));
    origin = url;
    for (const role of ['officer', 'exchange'] as const) {
      keys[role] = (await createApiKey(world.coordinator, { role, name: role })).key;
    }
    browser = await startChromium(
      '--headless=new',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${filmPath}`,
    );
    closing.push(() => browser.close(), close, served.close);
  });
  afterAll(async () => {
    for (const close of closing) await close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    ({ tab, asked, faults } = await openTab(browser, { width: 1280, height: 800 }));
  });
  afterEach(async () => {
    await tab.close();
    // Nothing from another origin, whatever was done.
    expect(asked.filter((url) => !url.startsWith(`${origin}/`))).toEqual([]);
    expect(asked.length).toBeGreaterThan(1);
    expect(faults).toEqual([]);
  });

  test('a key that is wrong, or of another role, says so where it was entered; then the right one works', async () => {
    await tab.goto(`${origin}/gap`);
    for (const [key, code] of [
      ['airlock_wrong', 'unauthorized'],
      [keys.exchange, 'forbidden'],
    ] as const) {
      await signIn(key);
      await tab.locator('#notice', { hasText: `(${code})` }).waitFor({ state: 'visible' });
      expect(await tab.inputValue('#key')).toBe('');
      expect(await tab.isVisible('main')).toBe(false);
    }
    await signIn();
    await tab.waitForSelector('main', { state: 'visible' });
    expect(await tab.isVisible('#sign-in')).toBe(false);
    // What the browser says of two refused calls, each of two.
    faults = faults.filter((fault) => !/status of 40[13]/.test(fault));
  });

  test('it lists the request with its words and plays it: what is on the canvas is its file', async () => {
    await openSignedIn();
    const names = await tab.locator('#what option').allInnerTexts();
    expect(names).toEqual([`Request 1: ${requestId}`, 'Pairing card']);
    const row = world.coordinator.ledger.state.get('requests', requestId);
    const words = wordsOf(row?.digest ?? '')
      .join(' ')
      .toUpperCase();
    expect(await textOf('words')).toBe(`Words: ${words}`);
    const { file, codes } = await fileOnCanvas('signing-request');
    expect(codes).toBeGreaterThan(1);
    expect(Buffer.compare(file, await fileAt(`/v1/signing-requests/${requestId}/file`))).toBe(0);
    // The whole code is in a laptop's window, with what controls it.
    await tab.setViewportSize({ width: 1366, height: 657 });
    const [code, pause] = await Promise.all(
      ['#code', '#pause'].map((id) => tab.locator(id).boundingBox()),
    );
    expect(code?.width).toBe(code?.height);
    expect(code?.height).toBeGreaterThan(320);
    expect((pause?.y ?? 0) + (pause?.height ?? 0)).toBeLessThanOrEqual(657);
    // The key is nowhere but in the page's memory.
    const kept = 'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])';
    expect(await tab.evaluate(kept)).toBe('[{},{},""]');
    expect(await tab.content()).not.toContain(keys.officer);
  });

  test('another choice and another size are played; what cannot be shown so leaves no code behind', async () => {
    await openSignedIn();
    await choose(/Pairing card/);
    const card = await fileOnCanvas('pairing-card');
    expect(Buffer.compare(card.file, await fileAt('/v1/pairing-card'))).toBe(0);
    expect(await textOf('words')).toBe('');
    await choose(/Request 1/);
    await tab.selectOption('#size', '20');
    await tab.locator('#status', { hasText: /any [1-9]\d* are enough/ }).waitFor();
    // 97 modules, a quiet zone of four on each side, 8 pixels a module.
    expect(await tab.evaluate("document.querySelector('canvas').width")).toBe(105 * 8);
    const { file } = await fileOnCanvas('signing-request');
    expect(Buffer.compare(file, await requestFile(world.coordinator, requestId))).toBe(0);

    const body: ApiErrorBody = {
      error: {
        code: 'too_long_for_codes',
        message: 'too many codes',
        next: 'carry the file',
        fields: [],
        requestId: '0',
      },
    };
    await tab.route(/codeVersion=15/, (route) => route.fulfill({ status: 422, json: body }));
    await tab.selectOption('#size', '15');
    await tab.locator('#status', { hasText: '(too_long_for_codes): carry the file' }).waitFor();
    expect(await modulesOnCanvas()).toBe('');
    expect(await textOf('words')).toBe('');
    faults = faults.filter((fault) => !/status of 422/.test(fault));
  });

  test('pause, faster and slower: codes a second on a clock that the test winds', async () => {
    await tab.clock.install({ time: 0 });
    await openSignedIn();
    await tab.locator('#status', { hasText: '6 a second' }).waitFor();
    await tab.clock.pauseAt(60_000);
    await tab.evaluate(COUNT);
    const codesPerSecond = async (): Promise<number> => {
      const before = await tab.evaluate<number>('globalThis.shown');
      await tab.clock.runFor(3000);
      return Math.round(((await tab.evaluate<number>('globalThis.shown')) - before) / 3);
    };
    expect(await codesPerSecond()).toBe(6);
    await tab.click('#faster');
    expect(await textOf('status')).toMatch(/, 7 a second$/);
    expect(await codesPerSecond()).toBe(7);
    for (let press = 0; press < 3; press += 1) await tab.click('#slower');
    expect(await codesPerSecond()).toBe(4);
    await tab.click('#pause');
    expect(await textOf('status')).toMatch(/, paused$/);
    const still = await modulesOnCanvas();
    expect(await codesPerSecond()).toBe(0);
    expect(await modulesOnCanvas()).toBe(still);
    await tab.click('#pause');
    expect(await codesPerSecond()).toBe(4);
  });

  test('its policy blocks what leads elsewhere', async () => {
    const failures: [string, string | undefined][] = [];
    tab.on('requestfailed', (request) =>
      failures.push([request.url(), request.failure()?.errorText]),
    );
    await tab.goto(`${origin}/gap`);
    const violated = await tab.evaluate<string[]>(`new Promise((resolve) => {
      const seen = [];
      addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
        if (seen.push(effectiveDirective) === 3) resolve(seen.sort());
      });
      fetch('http://127.0.0.1:9/').catch(() => undefined);
      new Image().src = 'http://127.0.0.1:9/';
      const script = document.createElement('script');
      script.textContent = 'globalThis.ran = true';
      document.body.append(script);
    })`);
    expect(violated).toEqual(['connect-src', 'img-src', 'script-src-elem']);
    expect(await tab.evaluate('globalThis.ran')).toBeUndefined();
    // The browser reports what it blocked: nothing of it was sent.
    expect(failures.every(([, reason]) => reason === 'csp')).toBe(true);
    asked = asked.filter((url) => !failures.some(([blocked]) => blocked === url));
    faults = faults.filter((fault) => !/Content Security Policy/.test(fault));
  });

  test('a camera that is refused says so', async () => {
    await tab.addInitScript(`navigator.mediaDevices.getUserMedia = () =>
      Promise.reject(new DOMException('Permission denied', 'NotAllowedError'));`);
    await openSignedIn();
    await tab.click('#scan');
    await tab.locator('#scanned', { hasText: 'Permission denied' }).waitFor();
    expect(await tab.getAttribute('body', 'data-scan')).toBe('off');
  });

  test('a card before the camera is refused as an answer, and imported as a card', async () => {
    film(filmPath, world.signer.card());
    await openSignedIn();
    await tab.click('#scan');
    const refusal = '(file_invalid): show the codes of a signing-response or void-receipt';
    await tab.locator('#scanned', { hasText: refusal }).waitFor();
    expect(await tab.getAttribute('body', 'data-scan')).toBe('off');
    await tab.click('#scan-any');
    await tab.waitForSelector("body[data-scan='done']", { timeout: 20_000 });
    expect(await textOf('scanned')).toBe(`imported: pairing-card of ${world.signer.keyringId}`);
    // The request that was shown is still shown.
    expect(await tab.inputValue('#what')).toBe(`/v1/signing-requests/${requestId}/qr`);
    faults = faults.filter((fault) => !/status of 400/.test(fault));
  });

  describe('with the signer’s answer before the camera', () => {
    beforeAll(async () => {
      film(filmPath, await answer(world, requestId));
    });

    test('however often it is started and stopped, no camera stays on', async () => {
      await tab.addInitScript(SLOW_CAMERAS);
      await openSignedIn();
      await choose(/Pairing card/);
      await tab.route(/\/frames$/, () => undefined);
      // Started again while the camera is still on its way.
      await tab.click('#scan');
      await expectSoon(CAMERAS, ['asked']);
      await tab.click('#scan');
      await expectSoon(CAMERAS, ['ended', 'live']);
      await tab.waitForSelector("body[data-scan='on']");
      await tab.click('#stop');
      expect(await textOf('scanned')).toBe('stopped');
      await expectSoon(CAMERAS, ['ended', 'ended']);
      // Stopped while it is on its way.
      await tab.click('#scan');
      await expectSoon(CAMERAS, ['ended', 'ended', 'asked']);
      await tab.click('#stop');
      await expectSoon(CAMERAS, ['ended', 'ended', 'ended']);
      expect(await textOf('scanned')).toBe('stopped');
      expect(await tab.evaluate("document.querySelector('video').srcObject")).toBeNull();
    });

    test('it is scanned, imported, and the sweeps are signed', async () => {
      await openSignedIn();
      expect(await textOf('words')).toMatch(/^Words: /);
      await tab.click('#scan');
      await tab.waitForSelector("body[data-scan='done']", { timeout: 20_000 });
      expect(await textOf('scanned')).toBe(`imported: signing-response of ${requestId}`);
      // What was answered is not shown any more.
      expect(await tab.locator('#what option').allInnerTexts()).toEqual(['Pairing card']);
      const request = await (await get(`/v1/signing-requests/${requestId}`)).json();
      expect(request).toMatchObject({ status: 'answered' });
      const { sweeps } = request as { sweeps: { bundleHash: string }[] };
      expect(sweeps.length).toBeGreaterThan(0);
      for (const { bundleHash } of sweeps) {
        const sweep = await (await get(`/v1/sweeps/${bundleHash}`)).json();
        expect(sweep).toMatchObject({ status: 'signed', requestId });
      }
      expect(await world.store.get(keyOf('responses', requestId))).not.toBeNull();
    });
  });
}

describeInChromium('the page /gap', drivePage);
