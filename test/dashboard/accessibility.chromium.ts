import { utf8 } from 'rxserf';
import { test } from 'vitest';
import { describeBrowser } from '../browser/harness/browser.ts';
import { openDashboard, rowOf, serveDashboard, someCluster } from './harness.ts';
import { looksEverywhere, sizes } from './looks.ts';

/** What finds all of it in a page of forty members takes a second for each theme and size: a test looks at one or two states. */
async function opened(path: string, key?: string) {
  const cluster = someCluster(40);
  const served = await serveDashboard(cluster);
  const page = await openDashboard(served, path, key === undefined ? {} : { key });
  return { cluster, served, page, looks: looksEverywhere(page) };
}

describeBrowser('axe finds nothing, and nothing is wider than the page', () => {
  test('Members', async () => {
    const { cluster, page, looks } = await opened('members');
    await rowOf(page, 'web-1').waitFor();
    cluster.fail('db-2');
    cluster
      .node('web-3')
      .tags({ set: { version: 'v2' } })
      .subscribe();
    await rowOf(page, 'db-2').locator('[data-status=failed]').waitFor();
    await looks('members');
  });

  test('the keys, over Members', async () => {
    const { page, looks } = await opened('members');
    await rowOf(page, 'web-1').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await looks('keys');
  });

  test('the filters of Members', async () => {
    const { page, looks } = await opened('members');
    await rowOf(page, 'web-1').waitFor();
    await page.setViewportSize(sizes['1024']);
    await page.getByRole('button', { name: 'Filters' }).click();
    await looks('filters');
  });

  test('Members of whom none matches', async () => {
    const { page, looks } = await opened('members?q=nobody');
    await page.getByText('No member matches').waitFor();
    await looks('empty');
  });

  test('Members as they were when the connection was lost', async () => {
    const { page, served, looks } = await opened('members');
    await rowOf(page, 'web-1').waitFor();
    served.stop();
    await page
      .getByText(/^Stale since/)
      .last()
      .waitFor();
    await looks('stale');
  });

  test('Events', async () => {
    const { cluster, page, looks } = await opened('events');
    await page.getByText('Nothing has happened yet').waitFor();
    await looks('events-none');
    cluster.fail('db-2');
    cluster.node('web-3').event('deploy', '{"version":"v2"}', { codec: utf8() }).subscribe();
    const row = page.locator('app-event-row', { hasText: 'deploy' });
    await row.waitFor();
    await looks('events');
    await row.click();
    await page.locator('app-payload-panel').waitFor();
    await looks('payload');
  });

  test('the sign-in page', async () => {
    const { page, looks } = await opened('members', '');
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await looks('sign-in');
  });
});
