import { OPERATOR } from 'rxserf/server';
import { expect, test } from 'vitest';
import { describeBrowser } from '../browser/harness/browser.ts';
import { KEY, OPERATOR_KEY, openDashboard, serveDashboard, someCluster, soon, talking } from './harness.ts';

describeBrowser('Logs', () => {
  test('levels, words, repeats; what is said is text', async () => {
    const { cluster, serf, listeners, say } = talking();
    const page = await openDashboard(await serveDashboard(cluster, {}, serf), 'logs', { key: OPERATOR_KEY });
    await expect.poll(() => listeners, soon).toEqual(['info']);
    say('[INFO] serf: EventMemberJoin: web-1 <img src=x onerror=alert(1)>\u202e');
    for (let i = 0; i < 3; i++) say('[WARN] memberlist: Refuting a suspect message (from: db-2)');
    say('[ERR] agent: Error invoking script: exit status 3');
    const lines = page.locator('app-logs-page li');
    await expect.poll(() => lines.count(), soon).toBe(3);
    await expect.poll(() => lines.first().innerText(), soon).toMatch(/error\s+agent\s+Error invoking/);
    expect(await lines.nth(1).locator('.times').innerText()).toContain('×3');
    expect(await lines.last().locator('.message').innerText()).toBe(
      'EventMemberJoin: web-1 <img src=x onerror=alert(1)>\\u202e',
    );
    expect(await page.locator('app-logs-page li :is(img, script)').count()).toBe(0);

    await page.getByRole('button', { name: /^warn/ }).click();
    await expect.poll(() => lines.count(), soon).toBe(2);
    await page.keyboard.press('/');
    await page.keyboard.type('script');
    await expect.poll(() => lines.locator('mark').allInnerTexts(), soon).toEqual(['script']);
    await page.getByText('1 line', { exact: true }).waitFor();

    await page.getByRole('button', { name: /^debug/ }).click();
    await expect.poll(() => listeners, soon).toContain('debug');
    expect(page.url()).toContain('level=debug');
  });

  test('paused, it stands still and counts; so it does when somebody scrolls into it', async () => {
    const { cluster, serf, listeners, say } = talking();
    const page = await openDashboard(await serveDashboard(cluster, {}, serf), 'logs', { key: OPERATOR_KEY });
    await expect.poll(() => listeners, soon).toEqual(['info']);
    for (let i = 0; i < 600; i++) say(`[INFO] serf: line ${i}`);
    const lines = page.locator('app-logs-page li');
    // Not all of them are in the page.
    await expect.poll(() => lines.count(), soon).toBe(400);
    await page.keyboard.press('p');
    await page.getByText(/^Paused, nothing new since/).waitFor();
    say('[INFO] serf: one more');
    await page.getByRole('button', { name: /^1 new since .* show them$/ }).click();
    await expect.poll(() => lines.first().innerText(), soon).toContain('one more');

    await page.locator('.lines').evaluate((element) => element.scrollTo({ top: 200 }));
    await page.getByText(/^Paused, nothing new since/).waitFor();
    await page.getByRole('button', { name: /^Show 400 older of 201$/ }).click();
    await expect.poll(() => lines.count(), soon).toBe(601);
  });

  test('of what came, the newest 2,000 are kept', async () => {
    const { cluster, serf, listeners, say } = talking();
    const page = await openDashboard(await serveDashboard(cluster, {}, serf), 'logs', { key: OPERATOR_KEY });
    await expect.poll(() => listeners, soon).toEqual(['info']);
    for (let i = 0; i < 5_000; i++) say(`[INFO] serf: line ${i}`);
    await page.locator('app-logs-page li', { hasText: /line 4999$/ }).waitFor();
    await page.getByText('2000 lines', { exact: true }).waitFor();
  });

  test('hidden for five minutes, it listens no longer; looked at again, it does', async () => {
    const { cluster, serf, listeners } = talking();
    const served = await serveDashboard(cluster, {}, serf);
    const page = await openDashboard(served, 'logs', { key: OPERATOR_KEY, clock: true });
    await expect.poll(() => listeners, soon).toEqual(['info']);
    const hide = (hidden: boolean) =>
      page.evaluate(`
        Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} });
        document.dispatchEvent(new Event('visibilitychange'));
      `);
    await hide(true);
    await page.clock.fastForward('04:59');
    expect(listeners).toEqual(['info']);
    await page.clock.fastForward('01:00');
    // A client goes on to listen for a moment, in case somebody else wants the same.
    const listenersLater = async () => {
      await page.clock.fastForward(1_000);
      return listeners;
    };
    await expect.poll(listenersLater, soon).toEqual([]);
    await hide(false);
    await expect.poll(() => listeners, soon).toEqual(['info']);
  });

  test('a viewer is offered info and above; asked for more by an address, the gateway refuses', async () => {
    const served = await serveDashboard(someCluster());
    const page = await openDashboard(served, 'logs?level=debug', { key: KEY });
    await page.getByRole('alert').getByText('Not allowed for viewers.').waitFor();
    await page.getByRole('alert').getByText('permission-denied', { exact: true }).waitFor();
    expect(await page.getByRole('button', { name: /^debug/ }).count()).toBe(0);

    const commands = OPERATOR.commands.filter((command) => command !== 'monitor');
    const deaf = await serveDashboard(someCluster(), { roles: { viewer: { ...OPERATOR, commands } } });
    const refused = await openDashboard(deaf, 'logs', { key: KEY });
    await refused.getByText('permission-denied: monitor (role viewer)').waitFor();
  });
});
