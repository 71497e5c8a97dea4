import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { running } from '../juggler/server.ts';
import { bundlePage, describeBrowser, openPage } from './harness/browser.ts';

describeBrowser('juggler in a page', () => {
  test('data both ways, messages, calls, and what is left after a loss', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rxserf-page-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'page.js'), await bundlePage('test/browser/pages/juggler.ts'));
    writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="page.js"></script>');
    const server = await running({
      staticDir: folder,
      autoflush: 0,
      actions: { add: (a: number, b: number) => a + b },
    });
    const page = await openPage(`http://127.0.0.1:${server.port}/`);
    const first = await server.connection();

    first.setLocalData({ count: 1 });
    expect(await page.evaluate('counted(1)')).toEqual({ count: 1 });
    await page.evaluate('juggler.setLocalData({ from: "page" })');
    expect(await firstValueFrom(first.remoteData$.pipe(filter((data) => data !== null)))).toEqual({
      from: 'page',
    });
    await page.evaluate('juggler.send("hello")');
    expect(await firstValueFrom(first.messages$)).toBe('hello');
    expect(await page.evaluate('call("add", 1, 2)')).toBe(3);
    expect(await firstValueFrom(first.call('double', 4))).toBe(8);

    await first.close();
    const second = await server.connection();
    expect(await page.evaluate('juggler.remoteData')).toEqual({ count: 1 });
    expect(await firstValueFrom(second.remoteData$.pipe(filter((data) => data !== null)))).toEqual({
      from: 'page',
    });
    second.setLocalData({ count: 2 });
    expect(await page.evaluate('counted(2)')).toEqual({ count: 2 });
  });
});
