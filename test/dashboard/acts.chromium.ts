import { firstValueFrom } from 'rxjs';
import { connect } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
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
} from './harness.ts';

/** A cluster that is encrypted, for an admin who may change its keys. */
async function encrypted(policy: object = { keys: 'manage' }) {
  const cluster = new EmbeddedCluster({
    nodes: ['n1', 'n2', 'n3'],
    encryptKey: 'T9jncgl9mbLus+baTTa7q7nPSUrXwbDi2dhbtqir37s=',
  });
  onTestFinished(() => cluster.close());
  const served = await serveDashboard(cluster, { roles: { admin: { ...ADMIN, ...policy } } });
  return { cluster, page: await openDashboard(served, 'keys', { key: OTHER_KEY }) };
}

describeBrowser('Firing events', () => {
  test('an operator’s event comes with what was written, and is in the feed', async () => {
    const page = await openDashboard(await serveDashboard(someCluster()), 'events', { key: OPERATOR_KEY });
    await page.getByRole('button', { name: 'Fire event…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Your role may fire deploy.').waitFor();
    await dialog.getByLabel('Name', { exact: true }).fill('drain');
    await dialog.getByText('Your role may not fire this event.').waitFor();
    await dialog.getByLabel('Name', { exact: true }).fill('deploy');
    await dialog.getByLabel('Payload', { exact: true }).fill('{"v":"é"}');
    await dialog.getByText('16 of 512 bytes').waitFor();
    await dialog.getByRole('button', { name: 'Fire deploy' }).click();
    await dialog.getByText('Done.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    const row = page.locator('app-event-row', { hasText: 'deploy' });
    await row.waitFor();
    expect(await row.innerText()).toContain('{"v":"é"}');
  });

  test('what the agent does not take is told with its reason', async () => {
    const page = await openDashboard(await serveDashboard(someCluster()), 'events', { key: OPERATOR_KEY });
    await page.getByRole('button', { name: 'Fire event…' }).click();
    await page.getByLabel('Name', { exact: true }).fill('deploy');
    await page.getByLabel('Payload', { exact: true }).fill('x'.repeat(600));
    await page.getByRole('button', { name: 'Fire deploy' }).click();
    await page.getByText('payload-too-large').waitFor();
    await page.getByText('Not done.').waitFor();
  });

  test('a viewer sees no button, and is refused', async () => {
    const served = await serveDashboard(someCluster());
    const page = await openDashboard(served, 'events', { key: KEY });
    await page.getByText('Nothing has happened yet').waitFor();
    await expect.poll(() => page.locator('app-connection-pill').innerText(), soon).toMatch(/viewer$/);
    expect(await page.getByRole('button', { name: 'Fire event…' }).count()).toBe(0);

    const client = connect(`${served.url.replace(/^http/, 'ws')}/serf`.replace('//serf', '/serf'), {
      authKey: KEY,
    });
    onTestFinished(() => client.close());
    for (const act of [
      () => client.event('deploy'),
      () => client.query('load'),
      () => client.tags({ set: { a: 'b' } }),
      () => client.listKeys(),
      () => client.join('10.0.0.1'),
      () => client.leave(),
    ])
      await expect(firstValueFrom<unknown>(act())).rejects.toMatchObject({ code: 'permission-denied' });
  });
});

describeBrowser('Agent', () => {
  test('its figures, what this session may, and its tags, which change', async () => {
    const page = await openDashboard(await serveDashboard(someCluster()), 'agent', { key: OPERATOR_KEY });
    await page.getByRole('region', { name: 'serf' }).getByText('members', { exact: true }).waitFor();
    const session = page.getByRole('region', { name: 'This session' });
    expect(await session.innerText()).toMatch(/oli[\s\S]*operator[\s\S]*deploy/);
    expect(await page.getByRole('button', { name: 'Join…' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Leave…' }).count()).toBe(0);

    await page.getByRole('button', { name: 'Edit tags…' }).click();
    await page.getByLabel('Value of version').fill('v2');
    await page.getByRole('button', { name: 'Set tags' }).click();
    await page.getByText('Done.').waitFor();
    await page.keyboard.press('Escape');
    await expect
      .poll(() => page.getByRole('region', { name: 'Tags' }).innerText(), soon)
      .toMatch(/version\s+v2/);
  });

  test('an admin joins other clusters, and it says how many answered', async () => {
    const cluster = new EmbeddedCluster({ nodes: ['n1', { name: 'alone', join: false }] });
    onTestFinished(() => cluster.close());
    const page = await openDashboard(await serveDashboard(cluster), 'agent', { key: OTHER_KEY });
    await page.getByRole('button', { name: 'Join…' }).click();
    await page.getByLabel('Gossip addresses').fill('10.0.0.2:7946');
    await page.getByRole('button', { name: 'Join 1 address' }).click();
    await page.getByText('1 of 1 answered.').waitFor();
    await expect.poll(() => page.locator('app-counts').innerText(), soon).toMatch(/^2\s+all/);
  });

  test('to leave, the name has to be typed; then the agent is gone', async () => {
    const served = await serveDashboard(someCluster(), {
      roles: { admin: { ...ADMIN, commands: ['members', 'stats', 'stream', 'leave'] } },
    });
    const page = await openDashboard(served, 'agent', { key: OTHER_KEY });
    await page.getByRole('button', { name: 'Leave…' }).click();
    const dialog = page.getByRole('dialog');
    const leave = dialog.getByRole('button', { name: 'Leave', exact: true });
    expect(await leave.isDisabled()).toBe(true);
    // Who only presses Enter does nothing: Cancel has the focus.
    await expect.poll(() => page.evaluate('document.activeElement?.textContent'), soon).toBe('Cancel');
    await dialog.getByLabel('Type').fill('web-');
    await dialog.getByText('1 character missing.').waitFor();
    await dialog.getByLabel('Type').fill('web-1');
    await leave.click();
    await dialog.getByText(/Done\.|Not done\./).waitFor();
  });
});

describeBrowser('Keys', () => {
  test('from one key to another: installed, used, the old one removed; the page sees fingerprints only', async () => {
    const { page } = await encrypted();
    await page.getByText('3 of 3').waitFor();
    await page.getByRole('button', { name: 'Generate one' }).click();
    await page.getByRole('button', { name: 'Install on all members' }).click();
    await page.getByText('2 on 3 members').waitFor();
    const rows = page.locator('ul li code');
    const [first = '', second = ''] = await rows.allInnerTexts();
    expect([first, second]).toEqual([
      expect.stringMatching(/^sha256:[0-9a-f]{16}$/),
      expect.stringMatching(/^sha256:[0-9a-f]{16}$/),
    ]);

    // One of the two is in use, and no agent lets go of that: whichever it is, the other one can be removed.
    const act = async (index: number, button: string, verb: string, key: string) => {
      await page.locator('ul li').nth(index).getByRole('button', { name: button }).click();
      await page.getByRole('dialog').getByLabel('Type').fill(key);
      await page.getByRole('dialog').getByRole('button', { name: verb, exact: true }).click();
    };
    await act(1, 'Use…', 'Use key', second);
    await page.getByRole('dialog').getByText('3 of 3 did it').waitFor();
    await page.keyboard.press('Escape');
    await act(1, 'Remove…', 'Remove key', second);
    await page.getByRole('dialog').getByText('nodes-failed').waitFor();
    await page.getByRole('dialog').getByText('3 failed').waitFor();
    expect(await page.getByRole('dialog').locator('dt').allInnerTexts()).toEqual(['n1', 'n2', 'n3']);
    await page.keyboard.press('Escape');
    await act(0, 'Remove…', 'Remove key', first);
    await page.getByRole('dialog').getByText('3 of 3 did it').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('1 on 3 members').waitFor();
    expect(await page.getByRole('button', { name: 'Remove…' }).isDisabled()).toBe(true);
    expect(await page.content()).not.toContain('T9jncgl9mbLus');
  });

  test('without `manage` they are only looked at; others are refused; a cluster without keys says so', async () => {
    const { page } = await encrypted({});
    await page.getByText('3 of 3').waitFor();
    await page.getByText('Only to be looked at').waitFor();
    expect(await page.getByRole('button', { name: /Use|Remove|Install/ }).count()).toBe(0);

    const served = await serveDashboard(someCluster());
    const refused = await openDashboard(served, 'keys', { key: OPERATOR_KEY });
    await refused.getByText('permission-denied: list-keys (role operator)').waitFor();
    const plain = await openDashboard(served, 'keys', { key: OTHER_KEY });
    await plain.getByRole('heading', { name: 'This cluster is not encrypted' }).waitFor();
  });
});

describeBrowser('Roles', () => {
  test('each sees the pages whose command it may use', async () => {
    const served = await serveDashboard(someCluster());
    const pagesOf = async (key: string) => {
      const page = await openDashboard(served, 'members', { key });
      await rowOf(page, 'web-1').waitFor();
      await page.getByRole('link', { name: 'Agent' }).first().waitFor();
      return page.locator('nav.pages a').allInnerTexts();
    };
    expect(await pagesOf(KEY)).toEqual(['Members', 'Events', 'Map', 'Logs', 'Agent']);
    expect(await pagesOf(OPERATOR_KEY)).toEqual(['Members', 'Events', 'Map', 'Query', 'Logs', 'Agent']);
    expect(await pagesOf(OTHER_KEY)).toEqual(['Members', 'Events', 'Map', 'Query', 'Logs', 'Agent', 'Keys']);
  });
});
