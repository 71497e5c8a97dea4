import type { Page } from 'playwright-core';
import { of } from 'rxjs';
import { utf8 } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { ADMIN, OPERATOR } from 'rxserf/server';
import { expect, onTestFinished, test } from 'vitest';
import { nameParam } from '../../dashboard/src/model/route-name.ts';
import { visibleText } from '../../dashboard/src/model/visible-text.ts';
import { describeBrowser } from '../browser/harness/browser.ts';
import { nodeWith, OTHER_KEY, openDashboard, serveDashboard, soon, talking } from './harness.ts';
import { looksEverywhere } from './looks.ts';

/** Would be HTML, turns text round, hides, has no place to break, and is long. */
const hostile = (length = 200) =>
  '<img src=x onerror=alert(1)>\u202e\u200b\u0000</b><script>alert(1)</script>\'"`$(id)&amp;{{1+1}}WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW'
    .repeat(2)
    .slice(0, length);
const NAMES = [hostile(), `b${hostile(199)}`, `c${hostile(199)}`];
const FINGERPRINTS = [`sha256:${'0123456789abcdef'.repeat(4)}`, `sha256:${'f'.repeat(64)}`];

/** Three members, all of them with such names, tags and answers; the first one is the agent, and talks like that. */
async function hostileDashboard(path: string) {
  const cluster = new EmbeddedCluster({
    nodes: NAMES.map((name) => ({ name, tags: { [hostile(100)]: hostile(120) } })),
  });
  onTestFinished(() => cluster.close());
  for (const name of NAMES) {
    const answering = cluster
      .node(name)
      .stream('query:load', { codec: utf8() })
      // Of one that fails, it ends.
      .subscribe({ next: (query) => query.respond(hostile()).subscribe(), error: () => {} });
    onTestFinished(() => answering.unsubscribe());
  }
  const { serf, say, listeners } = talking(cluster);
  const stats = await new Promise<object>((found) => cluster.node(hostile()).stats().subscribe(found));
  const report = {
    nodes: 3,
    responses: 3,
    errors: 0,
    messages: Object.fromEntries(NAMES.map((name) => [name, hostile().repeat(5)])),
    keys: { [FINGERPRINTS[0] as string]: 3, [FINGERPRINTS[1] as string]: 2 },
  };
  const served = await serveDashboard(
    cluster,
    {
      roles: {
        admin: {
          ...ADMIN,
          commands: [
            ...OPERATOR.commands,
            'join',
            'leave',
            'list-keys',
            'install-key',
            'use-key',
            'remove-key',
          ],
          keys: 'manage',
        },
      },
    },
    nodeWith(serf, {
      stats: () => of({ ...stats, serf: { encrypted: 'true' }, [hostile()]: { [hostile()]: hostile() } }),
      listKeys: () => of(report),
      installKey: () => of(report),
      useKey: () => of(report),
    }),
  );
  const page = await openDashboard(served, path, { key: OTHER_KEY });
  const everywhere = looksEverywhere(page);
  return {
    cluster,
    page,
    say,
    listeners,
    looks: async (state: string) => {
      await everywhere(`hostile-${state}`);
      expect(await elementsOfText(page), state).toBe(0);
    },
  };
}

/** What is in the page only if a text was taken for HTML. */
const elementsOfText = (page: Page) =>
  page.locator('app-root :is(img, script), app-root b b, [onerror]').count();

describeBrowser('Hostile texts are texts, and the layout holds', () => {
  test('Query', async () => {
    const { page, looks } = await hostileDashboard('query?name=load');
    await page.getByLabel('Payload', { exact: true }).fill(hostile());
    await page.getByRole('button', { name: 'Ask 3 members' }).click();
    await expect.poll(() => page.locator('.big').innerText(), soon).toBe('3 of 3 answered');
    await looks('query');
    await page.locator('app-query-row').first().click();
    await page.locator('app-answer-panel').waitFor();
    expect(await page.locator('app-answer-panel').innerText()).toContain('\\u202e\\u200b\\u0000');
    await looks('answer');
  });

  test('Fire an event', async () => {
    const { page, looks } = await hostileDashboard('events');
    // Wide from the start: that is what a button shows of it.
    const name = `${'W'.repeat(24)}${hostile(170)}`;
    const seen = visibleText(name);
    await page.getByRole('button', { name: 'Fire event…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill(name);
    await looks('fire');
    await page.keyboard.press('Enter');
    await dialog.getByText('Done.').waitFor();
    await looks('fired');
    await page.keyboard.press('Escape');
    const row = page.locator('app-event-row', { hasText: 'user' });
    await expect.poll(() => row.locator('.subject').innerText(), soon).toBe(seen);
    await looks('event-row');
  });

  test('a query of such a name', async () => {
    const { page, looks } = await hostileDashboard('query');
    await page.getByLabel('Query', { exact: true }).fill(hostile());
    await page.getByRole('button', { name: 'Ask 3 members' }).click();
    await expect.poll(() => page.locator('.page h2').innerText(), soon).toBe(visibleText(hostile()));
    await looks('asked');
  });

  test('Force leave', async () => {
    const failed = NAMES[1] as string;
    const { cluster, page, looks } = await hostileDashboard(`member?name=${nameParam(failed)}`);
    cluster.fail(failed);
    await page.getByRole('button', { name: 'Force leave…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('It has been failed').waitFor();
    await looks('force-leave');
    await dialog.getByLabel('Type').fill(await dialog.locator('.asked').innerText());
    await dialog.getByRole('button', { name: 'Force leave', exact: true }).click();
    await dialog.getByText('Done.').waitFor();
    await looks('forced');
  });

  test('Logs', async () => {
    const { page, say, listeners, looks } = await hostileDashboard('logs');
    await page.getByText('The agent has said nothing').waitFor();
    await expect.poll(() => listeners.length, soon).toBe(1);
    for (const level of ['INFO', 'WARN', 'ERR']) say(`[${level}] ${hostile(60)}: ${hostile().repeat(20)}`);
    say(hostile());
    await expect.poll(() => page.locator('app-logs-page li').count(), soon).toBe(4);
    await looks('logs');
    await page.getByLabel('Wrap').uncheck();
    await looks('logs-unwrapped');
  });

  test('Agent and its dialogs', async () => {
    const { page, looks } = await hostileDashboard('agent');
    await page.getByRole('button', { name: 'Edit tags…' }).waitFor();
    await looks('agent');
    const dialog = page.getByRole('dialog');
    for (const button of ['Edit tags…', 'Leave…']) {
      await page.getByRole('button', { name: button }).click();
      await looks(button === 'Leave…' ? 'leave' : 'tags');
      if (button === 'Leave…') {
        // What has to be typed is shown to the last character.
        await dialog.getByLabel('Type').fill(await dialog.locator('.asked').innerText());
        await expect.poll(() => dialog.getByRole('button', { name: 'Leave' }).isEnabled(), soon).toBe(true);
      }
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
    }
  });

  test('what nodes say about keys', async () => {
    const { page, looks } = await hostileDashboard('keys');
    await page.getByText('3 of 3').waitFor();
    await page.getByRole('button', { name: 'Generate one' }).click();
    await page.getByRole('button', { name: 'Install on all members' }).click();
    await page.getByRole('group', { name: 'What nodes said' }).waitFor();
    await looks('keys');
    const used = page.locator('ul li').first();
    await used.getByRole('button', { name: 'Use…' }).click();
    await page
      .getByRole('dialog')
      .getByLabel('Type')
      .fill(await used.locator('code').innerText());
    await page.getByRole('button', { name: 'Use key' }).click();
    await page.getByRole('dialog').getByRole('group', { name: 'What nodes said' }).waitFor();
    await looks('key-used');
  });
});
