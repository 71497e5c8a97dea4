import { randomBytes } from 'node:crypto';
import { firstValueFrom } from 'rxjs';
import { connect } from 'rxserf';
import { ADMIN } from 'rxserf/server';
import { expect, onTestFinished, test } from 'vitest';
import { describeBrowser } from '../browser/harness/browser.ts';
import {
  KEY,
  OPERATOR_KEY,
  OTHER_KEY,
  openDashboard,
  rowOf,
  serveDashboard,
  someCluster,
  soon,
  talking,
} from './harness.ts';

const focused = (page: Awaited<ReturnType<typeof openDashboard>>) =>
  page.evaluate('document.activeElement?.textContent?.trim()');

describeBrowser('By keyboard alone', () => {
  test('Logs: reached, searched, a level off, paused, scrolled', async () => {
    const { cluster, serf, listeners, say } = talking();
    const page = await openDashboard(await serveDashboard(cluster, {}, serf), 'members', { key: OTHER_KEY });
    await rowOf(page, 'web-1').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await expect.poll(() => listeners, soon).toEqual(['info']);
    for (let i = 0; i < 99; i++) say(`[${i % 2 ? 'INFO' : 'WARN'}] serf: line ${i}`);
    const lines = page.locator('app-logs-page li');
    await expect.poll(() => lines.count(), soon).toBe(99);
    await page.getByRole('button', { name: /^warn/ }).focus();
    await page.keyboard.press('Space');
    await expect.poll(() => lines.count(), soon).toBe(49);
    await page.keyboard.press('Tab');
    await expect.poll(() => focused(page), soon).toMatch(/^info/);
    await page.keyboard.press('/');
    await page.keyboard.type('line 97');
    await expect.poll(() => lines.count(), soon).toBe(1);
    await page.keyboard.press('Escape');
    await expect.poll(() => lines.count(), soon).toBe(49);
    await page.getByRole('group', { name: /^Lines of/ }).focus();
    await page.keyboard.press('p');
    await page.getByText(/^Paused, nothing new since/).waitFor();
    await page.keyboard.press('End');
    await expect
      .poll(() => page.locator('.lines').evaluate(({ scrollTop }) => scrollTop), soon)
      .toBeGreaterThan(0);
  });

  test('Agent: its tags changed, and the focus is back where it was', async () => {
    const page = await openDashboard(await serveDashboard(someCluster()), 'members', { key: OPERATOR_KEY });
    await rowOf(page, 'web-1').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('a');
    await page.getByRole('button', { name: 'Edit tags…' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page), soon).toBe('Cancel');
    await page.getByLabel('Value of version').focus();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('v9');
    await expect.poll(() => page.getByRole('button', { name: 'Set tags' }).isEnabled(), soon).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('Done.').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => focused(page), soon).toBe('Edit tags…');
    await expect
      .poll(() => page.getByRole('region', { name: 'Tags' }).innerText(), soon)
      .toMatch(/version\s+v9/);
  });

  test('Keys: one is made, installed and used', async () => {
    const cluster = someCluster(2, randomBytes(32).toString('base64'));
    const served = await serveDashboard(cluster, { roles: { admin: { ...ADMIN, keys: 'manage' } } });
    const page = await openDashboard(served, 'members', { key: OTHER_KEY });
    await rowOf(page, 'web-1').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('k');
    await page.getByRole('button', { name: 'Generate one' }).focus();
    await page.keyboard.press('Enter');
    await expect
      .poll(() => page.getByRole('button', { name: 'Install on all members' }).isEnabled(), soon)
      .toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('2 on 3 members').waitFor();
    const used = page.locator('ul li').nth(1);
    await used.getByRole('button', { name: 'Use…' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => focused(page), soon).toBe('Cancel');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.type(await used.locator('code').innerText());
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('3 of 3 did it').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => focused(page), soon).toBe('Use…');
  });
});

describeBrowser('Who may what on Logs, Agent and Keys', () => {
  test('a viewer reads, and changes nothing', async () => {
    const served = await serveDashboard(someCluster());
    const page = await openDashboard(served, 'agent', { key: KEY });
    await page.getByRole('region', { name: 'serf' }).getByText('members', { exact: true }).waitFor();
    await expect
      .poll(() => page.getByRole('region', { name: 'This session' }).innerText(), soon)
      .toContain('viewer');
    expect(await page.getByRole('button', { name: /Edit tags|Join|Leave/ }).count()).toBe(0);
    const keys = await openDashboard(served, 'keys', { key: KEY });
    await keys.getByText('permission-denied: list-keys (role viewer)').waitFor();
  });

  test('what an operator and an admin are not shown, the gateway refuses as well', async () => {
    const served = await serveDashboard(someCluster());
    const clientOf = (authKey: string) => {
      const client = connect(`${served.url.replace(/^http/, 'ws').replace(/\/$/, '')}/serf`, { authKey });
      onTestFinished(() => client.close());
      return client;
    };
    const [operator, admin] = [clientOf(OPERATOR_KEY), clientOf(OTHER_KEY)];
    const key = randomBytes(32).toString('base64');
    for (const act of [
      () => operator.listKeys(),
      () => operator.join('10.0.0.1'),
      () => operator.leave(),
      () => operator.event('reboot'),
      () => operator.query('secret'),
      () => operator.tags({ set: { role: 'db' } }),
      () => admin.leave(),
      () => admin.installKey(key),
      () => admin.useKey(key),
      () => admin.removeKey(key),
    ])
      await expect(firstValueFrom<unknown>(act()), String(act)).rejects.toMatchObject({
        code: 'permission-denied',
      });
  });

  test('a session ends on Logs: its lines stay, and another key goes on', async () => {
    const { cluster, serf, listeners, say } = talking();
    let expires: number | undefined;
    const authenticate = ({ key }: { key: string }) => {
      if (key === OTHER_KEY) return { role: 'admin', name: 'ann' };
      // From when it is first shown: a slow machine takes its time to get there.
      expires ??= Date.now() + 15_000;
      return key === KEY && Date.now() < expires ? { role: 'viewer', name: 'vic', expires } : undefined;
    };
    const page = await openDashboard(await serveDashboard(cluster, { authenticate }, serf), 'logs');
    await expect.poll(() => listeners, soon).toEqual(['info']);
    say('[INFO] serf: before');
    await page.locator('app-logs-page li', { hasText: 'before' }).waitFor();
    await page.getByText(/^The session ended at/).waitFor();
    expect(await page.locator('app-logs-page li', { hasText: 'before' }).isVisible()).toBe(true);

    await page.getByLabel('Key', { exact: true }).fill(OTHER_KEY);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect.poll(() => page.locator('app-connection-pill').innerText(), soon).toMatch(/· admin/);
    await expect.poll(() => listeners.length, soon).toBe(1);
    say('[INFO] serf: after');
    await page.locator('app-logs-page li', { hasText: 'after' }).waitFor();
  });

  test('who connects to nobody stops trying, and tries again', async () => {
    const served = await serveDashboard(someCluster());
    const page = await openDashboard(served);
    await rowOf(page, 'web-1').waitFor();
    let silent = true;
    // A gateway that takes the connection and says nothing.
    await page.routeWebSocket(/./, (route) => {
      if (!silent) route.connectToServer();
    });
    await page.reload();
    await page.getByRole('button', { name: 'Stop trying' }).click();
    await page.getByRole('heading', { name: 'Stopped' }).waitFor();
    silent = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await rowOf(page, 'web-1').waitFor();
  });
});
