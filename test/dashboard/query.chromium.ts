import { utf8 } from 'rxserf';
import type { EmbeddedCluster } from 'rxserf/embedded';
import { expect, onTestFinished, test } from 'vitest';
import { describeBrowser } from '../browser/harness/browser.ts';
import {
  HOSTILE,
  KEY,
  OPERATOR_KEY,
  openDashboard,
  pressAtOnce,
  serveDashboard,
  someCluster,
  soon,
} from './harness.ts';

/** Has members answer a query. */
function answer(cluster: EmbeddedCluster, names: readonly string[], name = 'load', text = '{"v":1}'): void {
  for (const node of names) {
    const answering = cluster
      .node(node)
      .stream(`query:${name}`, { codec: utf8() })
      .subscribe((query) => query.respond(text).subscribe());
    onTestFinished(() => answering.unsubscribe());
  }
}

const row = (page: Awaited<ReturnType<typeof openDashboard>>, name: string) =>
  page.locator('app-query-row', { hasText: name });

describeBrowser('Query', () => {
  test('who has answered, who only acked; by filter; stopped; as a command and as JSON', async () => {
    const cluster = someCluster();
    const hostile = '</script><b>\u202eboo';
    answer(cluster, ['web-1', 'web-3'], 'load', hostile);
    const page = await openDashboard(await serveDashboard(cluster), 'query', { key: OPERATOR_KEY });
    await page.getByText('Nothing has been asked yet').waitFor();
    await page.getByLabel('Query', { exact: true }).fill('load');
    await page.getByLabel('Add a filter').fill('role=web');
    await page.keyboard.press('Enter');
    await page.getByText(/^4 of 7 that are alive match now$/).waitFor();
    await page.getByRole('button', { name: 'Ask 4 members' }).click();

    await expect.poll(() => page.locator('.big').innerText(), soon).toBe('2 of 4 answered');
    await expect.poll(() => page.locator('app-query-row').count(), soon).toBe(4);
    await expect
      .poll(() => row(page, 'web-5').locator('.answer').innerText(), soon)
      .toBe('acked, no answer yet');
    await expect
      .poll(() => row(page, 'web-1').locator('svg[role=img]').getAttribute('aria-label'), soon)
      .toMatch(/^acked after [\d.]+ m?s, answered after [\d.]+ m?s$/);
    // Answers are text.
    expect(await row(page, 'web-1').locator('.answer').innerText()).toBe('</script><b>\\u202eboo');
    expect(await page.locator('app-query-row :is(b, script, img)').count()).toBe(0);
    // What was asked is in the address, and not asked again by it.
    expect(page.url()).toMatch(/query\?name=load&tag=role:web$/);

    await page.getByRole('button', { name: /^Stop, / }).click();
    await expect
      .poll(() => row(page, 'web-5').locator('.answer').innerText(), soon)
      .toBe('acked, never answered');
    expect(await page.locator('pre').innerText()).toBe(
      "rxserf query --timeout=15s '--tag=role=^web$' -- load",
    );
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Replies as JSON' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = JSON.parse(String(await page.evaluate('navigator.clipboard.readText()')));
    expect(copied.map(({ name, state }: Record<string, string>) => `${name} ${state}`).sort()).toEqual(
      [`${HOSTILE} acked`, 'web-1 answered', 'web-3 answered', 'web-5 acked'].sort(),
    );
    await page.reload();
    await page.getByText('Nothing has been asked yet').waitFor();
    await page.getByText(/^4 of 7/).waitFor();
  });

  test('a query ends at its deadline, and who has said nothing is silent', async () => {
    const cluster = someCluster();
    answer(cluster, ['db-2']);
    const page = await openDashboard(await serveDashboard(cluster), 'query?name=load&timeout=2', {
      key: OPERATOR_KEY,
    });
    await page.getByLabel('Ask for acks').uncheck();
    await page.getByRole('button', { name: 'Ask 7 members' }).click();
    await row(page, 'db-2').getByText('{"v":1}').waitFor();
    await page.getByText(/asked \S+, over$/).waitFor();
    await expect.poll(() => row(page, 'web-1').locator('.answer').innerText(), soon).toBe('silent');
    await page.getByRole('button', { name: 'Ask 7 members' }).waitFor();
  });

  test('by keyboard alone: asked, a row chosen, its payload, and back', async () => {
    const cluster = someCluster();
    answer(cluster, ['web-1']);
    const page = await openDashboard(await serveDashboard(cluster), 'members', { key: OPERATOR_KEY });
    await page.locator('app-member-row').first().waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('q');
    await page.getByLabel('Query', { exact: true }).focus();
    await page.keyboard.type('load');
    await page.keyboard.press('Enter');
    await row(page, 'web-1').getByText('{"v":1}').waitFor();
    await expect.poll(() => page.getByText('acked, no answer yet').count(), soon).toBe(6);
    await page.getByLabel('Query', { exact: true }).blur();
    const focused = () =>
      page.evaluate(
        "document.activeElement?.closest('app-query-row')?.querySelector('.name')?.textContent?.trim()",
      );
    await pressAtOnce(page, 'j', 'ArrowDown', 'Enter');
    const second = await focused();
    expect(second).toBe((await page.locator('app-query-row .name').allInnerTexts())[1]);
    await page.locator('app-answer-panel h2', { hasText: String(second) }).waitFor();
    await page.getByRole('button', { name: 'Close' }).focus();
    await pressAtOnce(page, 'Escape', 'ArrowUp', 'Enter');
    expect(await focused()).toBe((await page.locator('app-query-row .name').allInnerTexts())[0]);
    await page.locator('app-answer-panel h2', { hasText: String(await focused()) }).waitFor();
  });

  test('a name that the role may not ask is told before; a viewer is shown no form, and has no tab', async () => {
    const served = await serveDashboard(someCluster());
    const page = await openDashboard(served, 'query?name=secret', { key: OPERATOR_KEY });
    await page.getByText('Your role may not ask this query.').waitFor();
    expect(await page.getByRole('button', { name: /^Ask/ }).isDisabled()).toBe(true);
    await page.getByLabel('Query', { exact: true }).fill('deploy:now');
    await expect.poll(() => page.getByRole('button', { name: /^Ask/ }).isDisabled(), soon).toBe(false);

    const viewer = await openDashboard(served, 'query', { key: KEY });
    await viewer.getByRole('heading', { name: 'Not allowed for the role viewer' }).waitFor();
    await viewer.getByText('permission-denied: query (role viewer)').waitFor();
    expect(await viewer.locator('form').count()).toBe(0);
    expect(await viewer.getByRole('link', { name: 'Query' }).count()).toBe(0);
  });
});
