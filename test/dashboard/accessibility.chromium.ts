import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { utf8 } from 'rxserf';
import { expect, test } from 'vitest';
import { describeBrowser } from '../browser/harness/browser.ts';
import { openDashboard, rowOf, serveDashboard, someCluster, violations } from './harness.ts';

const SHOTS = '.cache/dashboard';
mkdirSync(SHOTS, { recursive: true });

const themes = ['light', 'dark'] as const;
const sizes = {
  '1440': { width: 1440, height: 900 },
  '1024': { width: 1024, height: 768 },
  '390': { width: 390, height: 844 },
};
const cases = themes.flatMap((theme) =>
  Object.keys(sizes).map((size) => [theme, size as keyof typeof sizes] as const),
);

describeBrowser('axe finds nothing, and nothing is wider than the page', () => {
  test.each(cases)('%s, %s px', async (colorScheme, size) => {
    const cluster = someCluster(40);
    const served = await serveDashboard(cluster);
    const page = await openDashboard(served, 'members', { colorScheme, viewport: sizes[size] });
    const looks = async (state: string) => {
      await page.screenshot({ path: `${SHOTS}/${state}-${size}-${colorScheme}.png` });
      expect(await violations(page), state).toEqual([]);
      expect(await overflow(page), state).toBe(0);
    };
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
    await page.screenshot({ path: `${SHOTS}/sign-in-${colorScheme}.png` });
    expect(await violations(page)).toEqual([]);
  });
});

/** By how much something makes the page wider than its window, in px. */
function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
