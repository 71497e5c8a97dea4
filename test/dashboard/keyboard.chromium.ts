import { expect, test } from 'vitest';
import { describeBrowser } from '../browser/harness/browser.ts';
import { openDashboard, rowOf, serveDashboard, someCluster } from './harness.ts';

const soon = { timeout: 20_000 };

describeBrowser('Keys', () => {
  test('single letters are turned off in the list of keys, and stay off', async () => {
    const page = await openDashboard(await serveDashboard(someCluster()));
    await rowOf(page, 'web-1').waitFor();
    await page.keyboard.press('?');
    const letters = page.getByRole('checkbox', { name: 'Single keys do something' });
    await letters.click();
    await expect.poll(() => letters.isChecked(), soon).toBe(false);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });

    await page.reload();
    await rowOf(page, 'web-1').waitFor();
    await page.keyboard.press('?');
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(page.url()).toMatch(/members$/);
    await page.getByRole('button', { name: 'Keys and help' }).click();
    await letters.click();
    await expect.poll(() => letters.isChecked(), soon).toBe(true);
  });
});
