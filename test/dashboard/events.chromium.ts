import { Subject } from 'rxjs';
import { type DropReport, json, utf8 } from 'rxserf';
import { expect, test } from 'vitest';
import { describeBrowser } from '../browser/harness/browser.ts';
import { nodeWith, openDashboard, pressAtOnce, serveDashboard, someCluster, soon } from './harness.ts';

describeBrowser('Events', () => {
  test('an event with its payload, as JSON, text and bytes', async () => {
    const cluster = someCluster();
    const page = await openDashboard(await serveDashboard(cluster), 'events');
    await page.getByText('Nothing has happened yet').waitFor();
    const payload = { by: 'ci-\u202etob', note: '</script><b>hi' };
    cluster.node('web-3').event('deploy', payload, { codec: json() }).subscribe();

    // As a person clicks: by the time the button is let go, the page has been drawn as paused.
    await page.locator('app-event-row', { hasText: 'deploy' }).hover();
    await page.mouse.down();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    await page.mouse.up();
    const panel = page.locator('app-payload-panel ol');
    expect(await panel.innerText()).toContain('"note": "</script><b>hi"');
    expect(await panel.innerText()).toContain('ci-\\u202etob');
    expect(await panel.locator('b, script').count()).toBe(0);
    await page.getByRole('button', { name: 'Hex' }).click();
    await expect.poll(() => panel.innerText(), soon).toMatch(/0000 {2}7b 22 62 79/);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('app-event-panel').count(), soon).toBe(0);
  });

  test('a click on the last row in sight, which pauses the feed, opens it', async () => {
    const cluster = someCluster();
    const page = await openDashboard(await serveDashboard(cluster), 'events');
    await page.getByText('Nothing has happened yet').waitFor();
    for (let count = 0; count < 40; count++)
      cluster.node('web-3').event('deploy', String(count), { codec: json() }).subscribe();
    await page.getByRole('button', { name: /^user 40$/ }).waitFor();
    const { x, y, width, height } = (await page.getByRole('table').boundingBox()) ?? expect.fail();
    await page.mouse.move(x + width / 2, y + height - 4);
    await page.mouse.down();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    await page.mouse.up();
    await page.locator('app-event-panel h2', { hasText: 'deploy' }).waitFor();
    await page.getByText(/^Paused, nothing new since/).waitFor();
  });

  test('paused, it stands still and counts; then it shows what came', async () => {
    const cluster = someCluster();
    const page = await openDashboard(await serveDashboard(cluster), 'events');
    await page.getByText('Nothing has happened yet').waitFor();
    cluster.fail('db-2');
    const row = page.locator('app-event-row', { hasText: 'db-2' });
    await row.waitFor();
    const place = await row.boundingBox();
    await page.keyboard.press('p');
    await page.getByText(/^Paused, nothing new since/).waitFor();
    // What says so is below the rows: who is about to press one would miss it.
    expect((await row.boundingBox())?.y).toBe(place?.y);

    cluster.restart('db-2');
    const show = page.getByRole('button', { name: /^1 new since .* show them$/ });
    await show.waitFor();
    expect(await page.locator('app-event-row').count()).toBe(1);
    await show.click();
    await expect.poll(() => page.locator('app-event-row').count(), soon).toBe(2);
    expect(await page.locator('app-event-row').first().innerText()).toMatch(/join[\s\S]*db-2/);
  });

  test('by keyboard alone, as fast as can be: a row chosen, its panel, and back', async () => {
    const cluster = someCluster();
    const page = await openDashboard(await serveDashboard(cluster), 'events');
    await page.getByText('Nothing has happened yet').waitFor();
    for (const name of ['db-2', 'db-4', 'db-6']) {
      cluster.fail(name);
      await page.locator('app-event-row', { hasText: name }).waitFor();
    }
    await pressAtOnce(page, 'j', 'ArrowDown', 'Enter');
    const title = page.locator('app-event-panel h2');
    await expect.poll(() => title.allInnerTexts(), soon).toEqual(['db-4']);
    await page.getByRole('button', { name: 'Close' }).focus();
    await pressAtOnce(page, 'Escape', 'ArrowDown', 'Enter');
    await expect.poll(() => title.allInnerTexts(), soon).toEqual(['db-2']);
  });

  test('what the agent has let go of before the gateway is a gap, and the page goes on', async () => {
    const cluster = someCluster();
    const dropped$ = new Subject<DropReport>();
    const page = await openDashboard(
      await serveDashboard(cluster, {}, nodeWith(cluster.node('web-1'), { dropped$ })),
      'events',
    );
    await page.getByText('Nothing has happened yet').waitFor();
    dropped$.next({ cause: 'agent', count: 7 });
    const rows = page.locator('app-event-row');
    await expect
      .poll(() => rows.allInnerTexts(), soon)
      .toEqual([expect.stringMatching(/gap[\s\S]*without connection; events in between are lost/)]);
    cluster.fail('db-2');
    await expect.poll(() => rows.first().innerText(), soon).toMatch(/failed[\s\S]*db-2/);
  });

  test('what came and could not be read is a row, whatever is searched for', async () => {
    const cluster = someCluster();
    const page = await openDashboard(await serveDashboard(cluster), 'events');
    await page.getByText('Nothing has happened yet').waitFor();
    // Something on the way spoils what is for this page.
    const kind = '\u00a5Event\u00a4user';
    await page.routeWebSocket(/./, (route) => {
      const server = route.connectToServer();
      server.onMessage((message) => {
        const at = typeof message === 'string' ? -1 : message.indexOf(kind, 0, 'latin1');
        if (typeof message !== 'string' && at >= 0) message.write('xxxx', at + kind.length - 4);
        route.send(message);
      });
    });
    await page.reload();
    await page.getByText('Nothing has happened yet').waitFor();
    cluster.node('web-3').event('deploy', 'x', { codec: utf8() }).subscribe();
    const row = page.locator('app-event-row');
    await expect
      .poll(() => row.allInnerTexts(), soon)
      .toEqual([
        expect.stringMatching(/drops[\s\S]*1 record dropped[\s\S]*what came as \* could not be read: Event/),
      ]);
    await page.getByRole('searchbox').fill('nobody');
    await expect.poll(() => page.url(), soon).toMatch(/q=nobody$/);
    expect(await row.count()).toBe(1);
    await page.getByRole('searchbox').fill('');
    await row.click();
    await page.locator('app-event-panel h2', { hasText: '1 record dropped' }).waitFor();

    await page.goto(page.url().replace('/events', '/agent'));
    await page.getByText('Nothing, since this page was opened').waitFor();
    cluster.node('web-3').event('deploy', 'x', { codec: utf8() }).subscribe();
    await page.getByText(/^1 record dropped: what came as \* could not be read/).waitFor();
  });

  test('kinds are switches, and the search is for all of them', async () => {
    const cluster = someCluster();
    const page = await openDashboard(await serveDashboard(cluster), 'events');
    await page.getByText('Nothing has happened yet').waitFor();
    cluster.fail('db-2');
    cluster
      .node('web-3')
      .tags({ set: { version: 'v2' } })
      .subscribe();
    const rows = page.locator('app-event-row');
    await expect.poll(() => rows.count(), soon).toBe(2);

    await page.getByRole('button', { name: /^failed/ }).click();
    await expect
      .poll(() => rows.allInnerTexts(), soon)
      .toEqual([expect.stringMatching(/web-3[\s\S]*version v1 → v2/)]);
    await page.getByRole('searchbox').fill('db-2');
    await page.getByText('No event matches').waitFor();
    await page.getByRole('button', { name: /^failed/ }).click();
    await expect.poll(() => rows.count(), soon).toBe(1);
  });
});
