import { EmbeddedCluster } from 'rxserf/embedded';
import { expect, onTestFinished, test } from 'vitest';
import { nameParam } from '../../dashboard/src/model/route-name.ts';
import { describeBrowser } from '../browser/harness/browser.ts';
import { namesOf, openDashboard, pressAtOnce, rowOf, serveDashboard, someCluster, soon } from './harness.ts';

describeBrowser('Members', () => {
  test('a failure and a new tag show by themselves: status, counts, lifeline', async () => {
    const cluster = someCluster();
    const page = await openDashboard(await serveDashboard(cluster));
    await rowOf(page, 'db-2').waitFor();
    expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe('8');

    cluster.fail('db-2');
    await expect.poll(() => rowOf(page, 'db-2').locator('.status').innerText(), soon).toMatch(/^failed/);
    await expect
      .poll(() => page.locator('app-counts').innerText(), soon)
      .toMatch(/6\s+alive[\s\S]*1\s+failed/);
    // Its line is of another stream than its status, and may be drawn a moment later.
    await expect
      .poll(() => rowOf(page, 'db-2').locator('svg[role=img]').getAttribute('aria-label'), soon)
      .toMatch(/^failed \d+ s ago$/);
    // Who changed last is the first.
    await expect.poll(async () => (await namesOf(page))[0], soon).toBe('db-2');

    cluster
      .node('web-3')
      .tags({ set: { version: 'v2' } })
      .subscribe();
    await expect.poll(() => rowOf(page, 'web-3').locator('.tags').innerText(), soon).toMatch(/version=\s*v2/);
    await rowOf(page, 'web-3').locator('.chip.fresh').waitFor();
  });

  test('round trips are there', async () => {
    const page = await openDashboard(await serveDashboard(someCluster()));
    await expect.poll(() => rowOf(page, 'db-2').locator('.rtt').innerText(), soon).toMatch(/^[\d.]+ ms$/);
  });

  test('names and tags of strangers are text', async () => {
    const page = await openDashboard(await serveDashboard(someCluster()));
    const name = page.locator('.name', { hasText: 'onerror' });
    await name.waitFor();
    expect(await name.innerText()).toBe('web\\u202e<img src=x onerror=alert(1)>\\u200b');
    expect(await page.locator('app-member-row .tags', { hasText: 'note' }).innerText()).toContain(
      '</script><b>\\u202e',
    );
    expect(await page.locator('app-member-row :is(img, b, script)').count()).toBe(0);
  });

  test('a key that is pressed before the table is there leads into it', async () => {
    const page = await openDashboard(await serveDashboard(someCluster()), 'events');
    await page.getByText('Nothing has happened yet').waitFor();
    // A busy page: input goes before tasks that only wait for their turn, so those come late.
    await page.evaluate(`{
      const { setTimeout } = globalThis;
      globalThis.setTimeout = (work, ms = 60_000) => setTimeout(work, ms);
    }`);
    await page.keyboard.press('g');
    await page.keyboard.press('m');
    await page.getByRole('heading', { name: 'Members' }).waitFor();
    expect(await page.locator('app-members-table').count()).toBe(0);
    await page.keyboard.press('j');
    await expect
      .poll(() => page.evaluate("document.activeElement.closest('app-member-row')?.ariaRowIndex"), soon)
      .toBe('2');
  });

  test('rows stand still under a pointer until they are sorted again', async () => {
    const cluster = someCluster();
    const page = await openDashboard(await serveDashboard(cluster));
    await rowOf(page, 'web-1').hover();
    const before = await namesOf(page);

    cluster.fail('web-5');
    const again = page.getByRole('button', { name: '1 change · sort again' });
    await again.waitFor();
    expect(await namesOf(page)).toEqual(before);
    await expect.poll(() => rowOf(page, 'web-5').locator('.status').innerText(), soon).toMatch(/^failed/);

    await again.click();
    await expect
      .poll(() => namesOf(page), soon)
      .toEqual(['web-5', ...before.filter((name) => name !== 'web-5')]);
  });

  test('the focus goes with its row when rows are sorted again', async () => {
    const cluster = someCluster();
    const page = await openDashboard(await serveDashboard(cluster));
    await rowOf(page, 'web-1').waitFor();
    const focused = () =>
      page.evaluate("document.activeElement?.querySelector('.name')?.textContent?.trim()");
    await pressAtOnce(page, 'j', 'ArrowDown');
    expect(await focused()).toBe('db-4');

    cluster.fail('web-5');
    await page.getByRole('button', { name: '1 change · sort again' }).waitFor();
    await page.keyboard.press('s');
    await expect.poll(async () => (await namesOf(page))[0], soon).toBe('web-5');
    await expect.poll(focused, soon).toBe('db-4');
    await page.keyboard.press('ArrowUp');
    await expect.poll(focused, soon).toBe('db-2');
  });

  test('tags that have no room are counted, and the others are not cut', async () => {
    const cluster = new EmbeddedCluster({
      nodes: [
        {
          name: 'web-1',
          tags: {
            role: 'web',
            image: 'registry.example.com/web/frontend:2026-11-29',
            kernel: '6.12.48-generic-amd64',
            dc: 'eu',
          },
        },
      ],
    });
    onTestFinished(() => cluster.close());
    const page = await openDashboard(await serveDashboard(cluster));
    const row = rowOf(page, 'web-1');
    await row.waitFor();
    expect(await row.locator('.more').innerText()).toBe('+1');
    const cut = await page.evaluate(
      "[...document.querySelectorAll('.chip')].filter((chip) => chip.scrollWidth > chip.clientWidth).map((chip) => chip.textContent.trim())",
    );
    expect(cut).toEqual(['image=registry.example.com/web/frontend:2026-11-29']);
  });

  test('filters are in the address, and the address has filters', async () => {
    const cluster = someCluster();
    const served = await serveDashboard(cluster);
    const page = await openDashboard(served);
    await rowOf(page, 'db-4').locator('.chip', { hasText: 'role=' }).click();
    await expect.poll(() => page.locator('.toolbar .count').innerText(), soon).toBe('3 of 7');
    expect(page.url()).toBe(`${served.url.replace(/\/$/, '')}/members?tag=role:db`);

    await page.getByRole('button', { name: '0 failed' }).click();
    await page.getByText('No member matches').waitFor();
    await page.getByRole('button', { name: /Drop status=failed\s*3 would match/ }).click();
    await rowOf(page, 'db-4').waitFor();

    const sent = await openDashboard(served, 'members?q=web-3&sort=name');
    await rowOf(sent, 'web-3').waitFor();
    await expect.poll(() => namesOf(sent), soon).toEqual(['web-3']);
    expect(await sent.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort')).toBe(
      'ascending',
    );
  });

  test('all of it by keyboard', async () => {
    const page = await openDashboard(await serveDashboard(someCluster()), 'members?sort=name');
    await rowOf(page, 'db-2').waitFor();
    const focused = () =>
      page.evaluate("document.activeElement?.querySelector('.name')?.textContent?.trim()");

    await page.keyboard.press('j');
    await expect.poll(focused, soon).toBe('db-2');
    await page.keyboard.press('ArrowDown');
    await expect.poll(focused, soon).toBe('db-4');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url(), soon).toContain('tag=role:db');

    await page.keyboard.press('/');
    await page.keyboard.type('db-6');
    await expect.poll(() => namesOf(page), soon).toEqual(['db-6']);
    await page.keyboard.press('Escape');
    await expect.poll(() => page.url(), soon).not.toContain('q=');

    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.keyboard.press('k');
    await expect.poll(focused, soon).toMatch(/^db-/);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url(), soon).toMatch(/member\?name=[\w-]+$/);
    await page.keyboard.press('g');
    await page.keyboard.press('m');
    await expect.poll(() => page.url(), soon).toContain('/members');
  });

  test('who types on at once after a dialog is heard: it keeps the focus until the next task', async () => {
    const page = await openDashboard(await serveDashboard(someCluster()));
    await rowOf(page, 'db-2').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await page.evaluate(`
      document.querySelector('dialog[open]').close();
      for (const key of ['g', 'e'])
        document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    `);
    await expect.poll(() => page.url(), soon).toMatch(/\/events$/);
  });

  test('of a thousand members, those in sight are in the page', async () => {
    const cluster = new EmbeddedCluster({ nodes: Array.from({ length: 1_000 }, (_, i) => `node-${i + 1}`) });
    onTestFinished(() => cluster.close());
    const page = await openDashboard(await serveDashboard(cluster), 'members?sort=name');
    await rowOf(page, 'node-1').waitFor();
    expect(await page.getByRole('table').getAttribute('aria-rowcount')).toBe('1001');
    expect(await page.locator('app-member-row').count()).toBeLessThan(80);

    const focused = () => page.evaluate("document.activeElement?.getAttribute('aria-rowindex')");
    await pressAtOnce(page, 'j', 'End');
    expect(await focused()).toBe('1001');
    expect(await rowOf(page, 'node-1000').getAttribute('aria-rowindex')).toBe('1001');
    expect(await rowOf(page, 'node-1000').isVisible()).toBe(true);
    await pressAtOnce(page, 'Home', 'End', 'ArrowUp', 'Home', 'j', 'j', 'k', 'Enter');
    await expect.poll(() => page.url(), soon).toMatch(new RegExp(`name=${nameParam('node-2')}$`));
  });

  test('who goes far by a key stays in the list, and rows stay as they are', async () => {
    const cluster = new EmbeddedCluster({
      nodes: Array.from({ length: 300 }, (_, i) => ({ name: `node-${i + 1}` })),
    });
    onTestFinished(() => cluster.close());
    const page = await openDashboard(await serveDashboard(cluster));
    await rowOf(page, 'node-1').waitFor();
    await page.keyboard.press('j');
    cluster.fail('node-150');
    await page.getByRole('button', { name: '1 change · sort again' }).waitFor();
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    const focused = () =>
      page.evaluate("document.activeElement?.querySelector('.name')?.textContent?.trim()");
    expect(await focused()).toBe('node-1');
    expect(await page.getByRole('button', { name: '1 change · sort again' }).isVisible()).toBe(true);

    // Its row is far from here when they are sorted again.
    await page.keyboard.press('End');
    expect(await focused()).toBe('node-300');
    cluster.fail('node-300');
    await page.getByRole('button', { name: '2 changes · sort again' }).waitFor();
    await page.keyboard.press('s');
    await expect
      .poll(() => page.evaluate("document.activeElement?.getAttribute('aria-rowindex')"), soon)
      .toBe('2');
    expect(await focused()).toBe('node-300');
  });
});
