import { firstValueFrom } from 'rxjs';
import { tokens } from 'rxserf/gateway';
import { OPERATOR } from 'rxserf/server';
import { expect, test } from 'vitest';
import { nameParam } from '../../dashboard/src/model/route-name.ts';
import { describeBrowser } from '../browser/harness/browser.ts';
import {
  HOSTILE,
  KEY,
  OTHER_KEY,
  openDashboard,
  rowOf,
  serveDashboard,
  someCluster,
  violations,
} from './harness.ts';

const soon = { timeout: 20_000 };
const themes = ['light', 'dark'] as const;
const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 390, height: 844 },
];
const memberPath = (name: string) => `member?name=${nameParam(name)}`;
const admin = { key: OTHER_KEY };
const statusesOf = async (cluster: ReturnType<typeof someCluster>) => {
  const members = await firstValueFrom(cluster.node('web-1').members());
  return new Map(members.map(({ name, status }) => [name, status]));
};

describeBrowser('Member', () => {
  test('what it is, what happens to it, and how far the others are', async () => {
    const cluster = someCluster();
    const page = await openDashboard(await serveDashboard(cluster), 'members');
    await rowOf(page, 'db-2').getByRole('link').click();
    await page.getByRole('heading', { name: 'db-2' }).waitFor();
    expect(await page.locator('.about').innerText()).toMatch(/role\s+db\s*3 of 7[\s\S]*protocol\s+2 of 1–5/);
    await expect.poll(() => page.locator('.trips').innerText(), soon).toMatch(/Nearest[\s\S]*[\d.]+ ms/);
    expect(await page.locator('.about').innerText()).toMatch(/height\s+[\d.]+ ms[\s\S]*error\s+0\.\d\d/);
    expect(await page.locator('.facts').innerText()).toMatch(/± [\d.]+ ms from web-1/);

    cluster.fail('db-2');
    await expect.poll(() => page.locator('.title .status').innerText(), soon).toMatch(/^failed for \d+ s$/);
    cluster.restart('db-2');
    await expect
      .poll(() => page.locator('.story li .text').allInnerTexts(), soon)
      .toEqual([expect.stringMatching(/^was down for/), '']);
    cluster
      .node('db-2')
      .tags({ set: { version: 'v2' } })
      .subscribe();
    await expect
      .poll(() => page.locator('.story li').first().innerText(), soon)
      .toMatch(/update\s+version v1 → v2/);
    expect(await page.locator('app-member-line svg[role=img]').getAttribute('aria-label')).toMatch(
      /^changed its tags \d+ s ago, joined \d+ s ago, failed \d+ s ago$/,
    );
    await page.getByRole('link', { name: 'The 1 of 7 members that have it' }).click();
    await expect.poll(() => page.url(), soon).toMatch(/members\?tag=version:v2$/);
  });

  test('a viewer is shown nothing to do', async () => {
    const page = await openDashboard(await serveDashboard(someCluster()), memberPath('web-1'));
    await page.getByText('the agent of this page').waitFor();
    await expect.poll(() => page.locator('app-connection-pill').innerText(), soon).toMatch(/viewer/);
    expect(await page.getByRole('button', { name: /Force leave|Edit tags/ }).count()).toBe(0);
    await page.goto(page.url().replace(/name=.*/, `name=${nameParam('db-2')}`));
    await page.getByRole('heading', { name: 'db-2' }).waitFor();
    await expect.poll(() => page.locator('app-connection-pill').innerText(), soon).toMatch(/viewer/);
    expect(await page.getByRole('button', { name: /Force leave|Edit tags/ }).count()).toBe(0);
  });

  test('an operator forces a failed member to leave, after writing its name; by keyboard alone', async () => {
    const cluster = someCluster();
    const operator = { ...OPERATOR, setTags: ['version'] };
    const served = await serveDashboard(cluster, {
      authenticate: tokens({ [KEY]: { role: 'operator', name: 'oz' } }),
      roles: { operator },
    });
    const page = await openDashboard(served, memberPath('db-2'));
    await page.getByRole('heading', { name: 'db-2' }).waitFor();
    cluster.fail('db-2');
    await expect.poll(() => page.locator('.title .status').innerText(), soon).toMatch(/^failed/);
    await page.getByRole('button', { name: 'Force leave…' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Force db-2 to leave?' });
    await dialog.waitFor();
    expect(await dialog.getByLabel(/Prune/).count()).toBe(0);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Cancel');

    await dialog.getByLabel(/^Type db-2 to confirm$/).focus();
    await page.keyboard.type('db-');
    await dialog.getByText('1 character missing.').waitFor();
    await page.keyboard.press('Enter');
    expect((await statusesOf(cluster)).get('db-2')).toBe('failed');
    await page.keyboard.type('2');
    await page.keyboard.press('Enter');
    await dialog.getByText('Done.').waitFor();
    await expect.poll(async () => (await statusesOf(cluster)).get('db-2'), soon).toBe('left');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await expect.poll(() => page.locator('.title .status').innerText(), soon).toMatch(/^left/);
  });

  test('an admin prunes a member with a name that nobody can type, and the page says that it is gone', async () => {
    const cluster = someCluster();
    cluster.fail(HOSTILE);
    const page = await openDashboard(await serveDashboard(cluster), memberPath(HOSTILE), admin);
    await expect.poll(() => page.locator('.title .status').innerText(), soon).toMatch(/^failed/);
    expect(await page.locator('h1').innerText()).toContain('web\\u202e<img src=x onerror=alert(1)>\\u200b');
    expect(await page.locator('app-member-page :is(img, b > b, script)').count()).toBe(0);
    expect(await page.locator('.shell code').allInnerTexts()).toEqual([
      "rxserf rtt -- $'web\\342\\200\\256<img src=x onerror=alert(1)>\\342\\200\\213'",
      "serf force-leave $'web\\342\\200\\256<img src=x onerror=alert(1)>\\342\\200\\213'",
    ]);
    await page.getByRole('button', { name: 'Force leave…' }).click();
    await page.getByLabel(/Prune/).check();
    await page.getByLabel(/to confirm$/).fill('web\\u202e<img src=x onerror=alert(1)>\\u200b');
    await page.getByRole('button', { name: 'Force leave', exact: true }).click();
    await page.getByRole('heading', { name: 'No member has this name' }).waitFor(soon);
    expect((await statusesOf(cluster)).has(HOSTILE)).toBe(false);
  });

  test('what a forced leave would do is drawn as it is: to who lives, who has failed, who has left', async () => {
    const cluster = someCluster();
    const page = await openDashboard(await serveDashboard(cluster), memberPath('db-2'), admin);
    await page.getByRole('button', { name: 'Force leave…' }).click();
    const dialog = page.getByRole('dialog');
    const lines = dialog.locator('.lines');
    await dialog.getByText('is alive, and says so itself').waitFor();
    expect(await lines.innerText()).toBe('now and after');
    expect(await lines.locator('.cross, .gone, .stop').count()).toBe(0);

    cluster.fail('db-2');
    await dialog.getByText('It has been failed').waitFor();
    expect(await lines.locator('> span').allInnerTexts()).toEqual(['now', 'after']);
    expect(await lines.locator('.cross').count()).toBe(2);
    expect(await lines.locator('.stop').count()).toBe(1);

    await dialog.getByLabel(/to confirm$/).fill('db-2');
    await dialog.getByRole('button', { name: 'Force leave', exact: true }).click();
    await dialog.getByText('Done.').waitFor();
    await expect.poll(() => page.locator('.title .status').innerText(), soon).toMatch(/^left/);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Force leave…' }).click();
    await dialog.getByText('has left already').waitFor();
    expect(await lines.locator('.cross').count()).toBe(0);
    expect(await lines.locator('.stop').count()).toBe(1);
  });

  test('what the gateway refuses is said in the dialog', async () => {
    const cluster = someCluster();
    cluster.fail('db-2');
    // A policy that is changed while a page is open: it draws what it was told.
    const roles = { admin: { ...OPERATOR, perSecond: { 'force-leave': 0.001 } } };
    const served = await serveDashboard(cluster, {
      roles,
      authenticate: tokens({ [KEY]: { role: 'admin', name: 'ann' } }),
    });
    const page = await openDashboard(served, memberPath('db-2'));
    const force = async () => {
      await page.getByRole('button', { name: 'Force leave…' }).click();
      await page.getByLabel(/to confirm$/).fill('db-2');
      await page.getByRole('button', { name: 'Force leave', exact: true }).click();
    };
    await force();
    await page.getByText('Done.').waitFor();
    await page.getByRole('button', { name: 'Close' }).last().click();
    await force();
    await page.getByText('Not done.').waitFor(soon);
    expect(await page.getByRole('dialog').innerText()).toContain('rate-limited');
  });

  test('the tags of the agent itself are edited, those that the role may set', async () => {
    const cluster = someCluster();
    const served = await serveDashboard(cluster, {
      authenticate: tokens({ [KEY]: { role: 'operator', name: 'oz' } }),
      roles: { operator: { ...OPERATOR, setTags: ['version', 'note'] } },
    });
    const page = await openDashboard(served, memberPath('web-1'));
    await page.getByRole('button', { name: 'Edit tags…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Tags of this agent' });
    expect(await dialog.getByLabel('Value of role').getAttribute('readonly')).not.toBeNull();
    await dialog.getByLabel('Value of version').fill('v9');
    await dialog.getByRole('button', { name: 'Add a tag' }).click();
    await dialog.getByLabel('Key of tag 4').fill('other');
    await dialog.getByText('Your role may not set "other".').waitFor();
    await dialog.getByLabel('Key of tag 4').fill('note');
    await dialog.getByLabel('Value of note').fill('<i>\u202e');
    await dialog.getByRole('button', { name: 'Set tags' }).click();
    await dialog.getByText('Done.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect
      .poll(() => page.locator('.about dl').first().innerText(), soon)
      .toMatch(/version\s+v9[\s\S]*note\s+<i>\\u202e/);
  });

  test('an address without a member says so', async () => {
    const served = await serveDashboard(someCluster());
    for (const path of ['member', memberPath('nobody'), 'member?name=%'.replace('%', '~~')]) {
      const page = await openDashboard(served, path);
      await page.getByRole('heading', { name: 'No member has this name' }).waitFor();
    }
  });

  test('the gateway goes: the member stays, and nothing can be done to it; it comes back, and it is live', async () => {
    const cluster = someCluster();
    const served = await serveDashboard(cluster);
    const page = await openDashboard(served, memberPath('db-2'), admin);
    await page.getByRole('button', { name: 'Force leave…' }).waitFor();
    served.stop();
    await page
      .getByText(/^Stale since/)
      .last()
      .waitFor();
    expect(await page.getByRole('heading', { name: 'db-2' }).isVisible()).toBe(true);
    expect(await page.getByRole('button', { name: 'Force leave…' }).isDisabled()).toBe(true);
    cluster.fail('db-2');
    await serveDashboard(cluster, { port: served.port });
    await expect.poll(() => page.locator('.title .status').innerText(), soon).toMatch(/^failed/);
    await expect.poll(() => page.getByRole('button', { name: 'Force leave…' }).isEnabled(), soon).toBe(true);
  });

  test.each(themes.flatMap((colorScheme) => sizes.map((viewport) => ({ colorScheme, viewport }))))(
    'axe finds nothing, and nothing is wider than the page: $colorScheme, $viewport.width px',
    { timeout: 60_000 },
    async ({ colorScheme, viewport }) => {
      const cluster = someCluster();
      const page = await openDashboard(await serveDashboard(cluster), memberPath('web-1'), {
        ...admin,
        colorScheme,
        viewport,
      });
      const looks = async (state: string) => {
        await page.screenshot({ path: `.cache/dashboard/${state}-${viewport.width}-${colorScheme}.png` });
        expect(await violations(page), state).toEqual([]);
        expect(
          await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
          state,
        ).toBe(0);
      };
      await page.locator('.lists li').first().waitFor();
      await page.getByRole('button', { name: 'Edit tags…' }).click();
      await looks('tags');
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'db-2' }).first().click();
      await page.getByRole('heading', { name: 'db-2' }).waitFor();
      cluster.fail('db-2');
      await expect.poll(() => page.locator('.story li').count(), soon).toBe(1);
      await looks('member');
      await page.getByRole('button', { name: 'Force leave…' }).click();
      await page.getByLabel(/to confirm$/).fill('db-');
      await looks('force-leave');
    },
  );
});
