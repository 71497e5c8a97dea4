import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { describeBrowser } from '../browser/harness/browser.ts';
import { openDashboard, soon } from './harness.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

describeBrowser('rxserf dashboard', () => {
  test('says where it is, and there is the demo, for an admin', async () => {
    const child = spawn(process.execPath, [main, 'dashboard', '--demo']);
    onTestFinished(() => void child.kill());
    let said = '';
    child.stdout.on('data', (data) => {
      said += data;
    });
    const [, url = '', key = ''] = await vi.waitUntil(() => /as admin: (\S+)\/#key=(\S+)/.exec(said), soon);
    const page = await openDashboard({ url, port: 0, stop: () => {} }, '', { key });
    await expect.poll(() => page.locator('app-counts').innerText(), soon).toMatch(/^60\s+all/);
    await expect.poll(() => page.locator('app-connection-pill').innerText(), soon).toMatch(/admin$/);
  });

  test('a role that there is not is refused, with those that there are', () => {
    const { status, stderr } = spawnSync(process.execPath, [main, 'dashboard', '--demo', '--role', 'root'], {
      encoding: 'utf8',
    });
    expect(stderr).toContain('--role should be viewer, operator, admin, not "root"');
    expect(status).not.toBe(0);
  });
});
