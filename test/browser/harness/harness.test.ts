import { expect, test } from 'vitest';
import { describeBrowser, openPage, servePage } from './browser.ts';

describeBrowser('browser harness', () => {
  test.each([true, false])('opens a page, tls: %s', async (tls) => {
    const server = await servePage({ script: 'globalThis.told = [isSecureContext, 1 + 1];', tls });
    const page = await openPage(server.url);

    expect(await page.evaluate(() => (globalThis as { told?: unknown }).told)).toEqual([true, 2]);
    expect(page.url()).toBe(server.url);
  });

  test('the page is gone with its test', async () => {
    const server = await servePage({ script: '' });
    await server.close();
    await expect(fetch(server.url)).rejects.toThrow();
  });
});
