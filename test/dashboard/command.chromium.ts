import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { describeBrowser } from '../browser/harness/browser.ts';
import { openDashboard } from './harness.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

describeBrowser('rxserf dashboard', () => {
  test('says where it is, and there is the demo, for an admin', async () => {
    const child = spawn(process.execPath, [main, 'dashboard', '--demo']);
    onTestFinished(() => void child.kill());
    let said = '';
    child.stdout.on('data', (data) => {
      said += data;
    });
    const [, url = '', key = ''] = await vi.waitUntil(() => /as admin: (\S+)\/#key=(\S+)/.exec(said), {
      timeout: 15_000,
    });
    const page = await openDashboard({ url, port: 0, stop: () => {} }, '', { key });
    await expect.poll(() => page.locator('app-counts').innerText(), { timeout: 10_000 }).toMatch(/^60\s+all/);
    expect(await page.locator('app-connection-pill').innerText()).toMatch(/admin$/);
  });

  test('a role that there is not is refused, with those that there are', () => {
    const { status, stderr } = spawnSync(process.execPath, [main, 'dashboard', '--demo', '--role', 'root'], {
      encoding: 'utf8',
    });
    expect(stderr).toContain('--role should be viewer, operator, admin, not "root"');
    expect(status).not.toBe(0);
  });
});
