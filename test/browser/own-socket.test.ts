import { beforeAll, expect, test } from 'vitest';
import { bundlePage, describeBrowser, openPage, servePage } from './harness/browser.ts';
import type { ownSocket as OwnSocket } from './pages/own-socket.ts';

declare global {
  /** Of the page; see `pages/own-socket.ts`. */
  var ownSocket: typeof OwnSocket;
}

let script: string;

describeBrowser('a page with a socket of its own, to a node that is served as an agent is', () => {
  beforeAll(async () => {
    script = await bundlePage('test/browser/pages/own-socket.ts');
  });

  test('has lanes, and errors for bad patterns', async () => {
    const { url } = await servePage({ script, tls: true });
    const page = await openPage(url);
    expect(await page.evaluate(() => ownSocket.members())).toEqual(['n1', 'n2']);
    expect(await page.evaluate(() => ownSocket.sockets.opened)).toBe(1);
    expect(await page.evaluate(() => ownSocket.join())).toBe('1');
    expect(await page.evaluate(() => ownSocket.sockets.opened)).toBe(2);

    const invalid = { name: 'InvalidArgumentError', code: 'invalid-pattern' };
    expect(await page.evaluate(() => ownSocket.badPattern())).toEqual(invalid);
    expect(await page.evaluate(() => ownSocket.badQuery())).toEqual(invalid);
    await page.evaluate(() => ownSocket.close());
  });

  test('is told what is for Node only', async () => {
    const { url } = await servePage({ script, tls: true });
    const page = await openPage(url);
    expect(await page.evaluate(() => ownSocket.withResolve())).toEqual({
      name: 'InvalidArgumentError',
      code: 'invalid-argument',
      message: 'the resolve of a socket is for Node: here it is given the name',
    });
    expect(await page.evaluate(() => ownSocket.withTls())).toEqual({
      name: 'InvalidArgumentError',
      code: 'invalid-argument',
      message: 'the option tls is for Node: here TLS is up to the browser',
    });
  });
});
