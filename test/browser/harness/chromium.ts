import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, expect } from 'vitest';
import { chromiumPath } from './availability.ts';

/** Nothing that leaves the machine, nothing that a root in a container may not. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let starting: Promise<Browser> | undefined;
/** What went wrong in the pages of a test. */
const wrongs: string[] = [];

afterEach(async () => {
  const told = wrongs.splice(0);
  const browser = await starting;
  await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
  expect(told).toEqual([]);
});

afterAll(async () => {
  const browser = await starting;
  starting = undefined;
  await browser?.close();
});

/**
 * A page of its own context (cookies, storage), at `url`. The certificate of the tests is accepted. Uncaught errors of the page fail
 * the test.
 */
export async function openPage(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  // A fresh profile each time: Playwright's own, which it removes.
  starting ??= chromium.launch({ executablePath: chromiumPath() as string, args: FLAGS });
  const browser = await starting;
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  const page = await context.newPage();
  page.on('pageerror', (error) => wrongs.push(String(error.stack ?? error)));
  await page.goto(url);
  return page;
}
