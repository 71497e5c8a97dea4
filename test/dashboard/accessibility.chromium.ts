import { utf8 } from 'rxserf';
import { test } from 'vitest';
import { describeBrowser } from '../browser/harness/browser.ts';
import { openDashboard, rowOf, serveDashboard, someCluster } from './harness.ts';
import { cases, looksOf, sizes, themes } from './looks.ts';

describeBrowser('axe finds nothing, and nothing is wider than the page', () => {
  test.each(cases)('%s, %s px', async (colorScheme, size) => {
    const cluster = someCluster(40);
    const served = await serveDashboard(cluster);
    const page = await openDashboard(served, 'members', { colorScheme, viewport: sizes[size] });
    const looks = looksOf(page, size, colorScheme);
    await rowOf(page, 'web-1').waitFor();
    cluster.fail('db-2');
    cluster
      .node('web-3')
      .tags({ set: { version: 'v2' } })
      .subscribe();
    cluster.node('web-3').event('deploy', '{"version":"v2"}', { codec: utf8() }).subscribe();
    await rowOf(page, 'db-2').locator('[data-status=failed]').waitFor();
    await looks('members');

    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
    await looks('keys');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    if (size !== '1440') {
      await page.getByRole('button', { name: 'Filters' }).click();
      await looks('filters');
      await page.getByRole('button', { name: 'Done' }).click();
    }
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await page.locator('app-event-row', { hasText: 'deploy' }).waitFor();
    await looks('events');
    await page.locator('app-event-row', { hasText: 'deploy' }).click();
    await page.locator('app-payload-panel').waitFor();
    await looks('payload');
    await page.keyboard.press('Escape');

    await page.goto(`${served.url}/members?q=nobody`);
    await page.getByText('No member matches').waitFor();
    await looks('empty');
    await page.goto(`${served.url}/members`);
    await rowOf(page, 'web-1').waitFor();
    served.stop();
    await page
      .getByText(/^Stale since/)
      .last()
      .waitFor();
    await looks('stale');
  });

  test.each(themes)('the sign-in page, %s', async (colorScheme) => {
    const page = await openDashboard(await serveDashboard(someCluster()), 'members', {
      colorScheme,
      key: '',
    });
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await looksOf(page, '1440', colorScheme)('sign-in');
  });
});
