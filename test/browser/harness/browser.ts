/**
 * A real Chromium for tests: this file is the door, what it exports is all a test needs.
 *
 *     describeBrowser('in a page', () => {
 *       test('…', async () => {
 *         const server = await servePage({ script: await bundlePage('test/browser/pages/client.ts'), tls: true });
 *         const page = await openPage(server.url);
 *         expect(await page.evaluate(() => location.protocol)).toBe('https:');
 *       });
 *     });
 *
 * The browser is started once for a file of tests; pages, servers and the browser are closed by themselves. A page's uncaught
 * errors and refused requests fail its test.
 */
export { browserAvailable, describeBrowser } from './availability.ts';
export { bundlePage } from './bundle.ts';
export { CERTIFICATE } from './certificate.ts';
export { openPage } from './chromium.ts';
export { type PageServer, type PageServerOptions, servePage } from './page-server.ts';
