/** Debian's Chromium, driven: how it is started, and what its tabs ask for and complain of. */
import { existsSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { type Browser, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';

/** The tests of `subject` that drive it, or where there is no Chromium one that says so. */
export function describeInChromium(subject: string, tests: () => void): void {
  if (existsSync(CHROMIUM)) {
    describe(`${subject} in Chromium`, tests);
    return;
  }
  test(`${subject} was not driven: there is no ${CHROMIUM}`, () => {
    process.stderr.write(`no ${CHROMIUM}: ${subject} was not driven\n`);
    expect(existsSync(CHROMIUM)).toBe(false);
  });
}

/** Starts it, so that it asks nobody for anything by itself. */
export function startChromium(...args: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
  });
}

export interface WatchedTab {
  readonly tab: Page;
  /** Every address that it asked for. */
  readonly asked: string[];
  /** Exceptions of its page, and errors on its console. */
  readonly faults: string[];
}

/** Opens a tab of this size, in pixels. */
export async function openTab(
  browser: Browser,
  viewport: { readonly width: number; readonly height: number },
): Promise<WatchedTab> {
  const tab = await browser.newPage({ viewport });
  const asked: string[] = [];
  const faults: string[] = [];
  tab.on('request', (request) => asked.push(request.url()));
  tab.on('pageerror', (error) => faults.push(String(error)));
  tab.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  return { tab, asked, faults };
}
