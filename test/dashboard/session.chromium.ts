import { expect, test } from 'vitest';
import { clockText } from '../../dashboard/src/model/time-text.ts';
import { describeBrowser } from '../browser/harness/browser.ts';
import { KEY, OTHER_KEY, openDashboard, rowOf, serveDashboard, someCluster, soon } from './harness.ts';

describeBrowser('Session', () => {
  test('the key of an address is taken out of it, and stays in the tab', async () => {
    const served = await serveDashboard(someCluster());
    const page = await openDashboard(served, '');
    await rowOf(page, 'web-1').waitFor();
    expect(page.url()).toBe(`${served.url}/members`);
    expect(await page.content()).not.toContain(KEY);

    await page.reload();
    await rowOf(page, 'web-1').waitFor();
    await expect
      .poll(() => page.locator('app-connection-pill').innerText(), soon)
      .toMatch(/Connected\s+to\s+web-1\s+· viewer/);
  });

  test('it works below the path that a proxy gives it', async () => {
    const served = await serveDashboard(someCluster(), { publicUrl: 'http://127.0.0.1/ops' });
    const page = await openDashboard({ ...served, url: `${served.url}/ops` }, 'events');
    await page.getByText('Nothing has happened yet').waitFor();
    await page.getByRole('link', { name: 'Members', exact: true }).first().click();
    await rowOf(page, 'web-1').waitFor();
    expect(page.url()).toBe(`${served.url}/ops/members`);
  });

  test.each(['', 'not-a-key-0123456789'])('with the key %j, one is asked for', async (key) => {
    const page = await openDashboard(await serveDashboard(someCluster()), 'members', { key });
    await page.getByRole('heading', { name: key ? 'This key is not valid' : 'Sign in' }).waitFor();
    await expect.poll(() => page.evaluate('document.activeElement.id'), soon).toBe('key');
    // Enter comes with the last character: the button is still drawn as disabled.
    await page.evaluate(`{
      const field = document.activeElement;
      const enter = () => field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
      enter();
      field.value = '${KEY}';
      field.dispatchEvent(new Event('input', { bubbles: true }));
      enter();
    }`);
    await rowOf(page, 'web-1').waitFor();
  });

  test('the gateway goes: what is shown stays, and is said to be old; it comes back: it is live, with a gap', async () => {
    const cluster = someCluster();
    const served = await serveDashboard(cluster);
    const page = await openDashboard(served);
    await rowOf(page, 'web-1').waitFor();

    served.stop();
    await page.getByText(/^Stale since \d\d:\d\d:\d\d\.$/).waitFor();
    expect(await rowOf(page, 'web-1').isVisible()).toBe(true);
    await expect.poll(() => page.title(), soon).toMatch(/^✕/);

    cluster.fail('db-2');
    await serveDashboard(cluster, { port: served.port });
    await page
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 2_000 })
      .catch(() => {});
    await expect.poll(() => page.locator('app-connection-pill').innerText(), soon).toMatch(/^Connected/);
    await expect.poll(() => rowOf(page, 'db-2').locator('.status').innerText(), soon).toMatch(/^failed/);
    await page.getByRole('link', { name: 'Events' }).first().click();
    await expect
      .poll(() => page.locator('app-event-row').allInnerTexts(), soon)
      .toEqual(expect.arrayContaining([expect.stringMatching(/gap[\s\S]*s without connection/)]));
  });

  test('the gateway is silent: it is said for how long, and given up, what is shown is old since then', async () => {
    const page = await openDashboard(await serveDashboard(someCluster()), 'members', { clock: true });
    // Something on the way holds what comes from the gateway.
    let holding = false;
    const held: (() => void)[] = [];
    await page.routeWebSocket(/./, (route) => {
      route.connectToServer().onMessage((message) => {
        if (holding) held.push(() => route.send(message));
        else route.send(message);
      });
    });
    await page.reload();
    await rowOf(page, 'web-1').waitFor();
    // From here on, time goes by only while the test looks.
    const now = async () => Number(await page.evaluate('Date.now()'));
    await page.clock.pauseAt((await now()) + 1_000);
    const pill = page.locator('app-connection-pill');
    const later = async () => {
      await page.clock.runFor(1_000);
      return pill.innerText();
    };
    holding = true;
    await expect.poll(later, soon).toMatch(/^No answer for \d+ s$/);
    holding = false;
    for (const send of held.splice(0)) send();
    await expect.poll(later, soon).toMatch(/^Connected/);

    holding = true;
    await expect.poll(later, soon).toMatch(/^No answer for \d+ s$/);
    expect(await rowOf(page, 'web-1').isVisible()).toBe(true);
    const seconds = Number(/\d+/.exec(await pill.innerText())?.[0]);
    const since = (await now()) - 1_000 * seconds;
    await expect.poll(later, soon).toMatch(/^Stale since/);
    // Both are cut to whole seconds.
    expect([since - 2_000, since - 1_000, since].map((at) => `Stale since ${clockText(at)}`)).toContain(
      /^[^·]*\d/.exec(await pill.innerText())?.[0],
    );
  });

  test('a session ends: what is shown stays, and another key goes on with it', async () => {
    // As a gateway of signed tokens does: one that is over is nobody's.
    let expires: number | undefined;
    const authenticate = ({ key }: { key: string }) => {
      if (key === OTHER_KEY) return { role: 'admin', name: 'ann' };
      // From when it is first shown: a slow machine takes its time to get there.
      expires ??= Date.now() + 10_000;
      return key === KEY && Date.now() < expires ? { role: 'viewer', name: 'vic', expires } : undefined;
    };
    const page = await openDashboard(await serveDashboard(someCluster(), { authenticate }));
    await rowOf(page, 'web-1').waitFor();
    await page.getByText(/^The session ended at/).waitFor();
    expect(await rowOf(page, 'web-1').isVisible()).toBe(true);

    await page.getByLabel('Key', { exact: true }).fill(OTHER_KEY);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect
      .poll(() => page.locator('app-connection-pill').innerText(), soon)
      .toMatch(/Connected\s+to\s+web-1\s+· admin/);
  });
});
