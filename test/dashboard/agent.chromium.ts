import { randomBytes } from 'node:crypto';
import { connect } from 'rxserf';
import { ADMIN } from 'rxserf/server';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { describeAgent, startCluster, stopAll } from '../agent/harness/agent.ts';
import { describeBrowser } from '../browser/harness/browser.ts';
import { OTHER_KEY, openDashboard, serveDashboard, someCluster, soon } from './harness.ts';

describeAgent('With real agents', () => {
  afterAll(stopAll);

  describeBrowser('and a keyring', () => {
    test('Query, Logs, Agent and Keys', async () => {
      const agents = await startCluster({
        nodes: [
          { name: 'n1', tags: { role: 'web' } },
          { name: 'n2', tags: { role: 'db' } },
        ],
        encryptKey: randomBytes(32).toString('base64'),
        config: { event_handlers: ['query:load=echo 7'] },
      });
      const [n1] = agents as [(typeof agents)[number]];
      const serf = connect(n1.address);
      onTestFinished(() => serf.close());
      const served = await serveDashboard(
        someCluster(),
        { roles: { admin: { ...ADMIN, keys: 'manage' } } },
        serf,
      );
      const page = await openDashboard(served, 'query?name=load', { key: OTHER_KEY });
      await page.getByRole('button', { name: 'Ask 2 members' }).click();
      await expect.poll(() => page.locator('.big').innerText(), soon).toBe('2 of 2 answered');
      expect(await page.locator('app-query-row .answer').allInnerTexts()).toEqual(['7\\u000a', '7\\u000a']);

      await page.getByRole('link', { name: 'Logs' }).first().click();
      const line = page.locator('app-logs-page li', { hasText: 'EventMemberJoin: n2' });
      await expect.poll(() => line.first().innerText(), soon).toMatch(/info\s+serf\s+EventMemberJoin/);

      await page.getByRole('link', { name: 'Agent', exact: true }).first().click();
      await page.getByRole('region', { name: 'runtime' }).getByText('linux').waitFor();
      await page.getByRole('button', { name: 'Edit tags…' }).click();
      await page.getByLabel('Value of role').fill('cache');
      await page.getByRole('button', { name: 'Set tags' }).click();
      await page.getByRole('dialog').getByText('Done.').waitFor();
      await page.keyboard.press('Escape');
      await expect
        .poll(() => page.getByRole('region', { name: 'Tags' }).innerText(), soon)
        .toMatch(/role\s+cache/);

      await page.getByRole('link', { name: 'Keys', exact: true }).first().click();
      await page.getByText('2 of 2').waitFor();
      await page.getByRole('button', { name: 'Generate one' }).click();
      await page.getByRole('button', { name: 'Install on all members' }).click();
      await page.getByText('2 on 2 members').waitFor();
      const dialog = page.getByRole('dialog');
      const act = async (index: number, button: string, verb: string) => {
        const row = page.locator('ul li').nth(index);
        const key = await row.locator('code').innerText();
        await row.getByRole('button', { name: button }).click();
        await dialog.getByLabel('Type').fill(key);
        await dialog.getByRole('button', { name: verb, exact: true }).click();
      };
      await act(1, 'Use…', 'Use key');
      await dialog.getByText('2 of 2 did it').waitFor();
      await page.keyboard.press('Escape');
      // What an agent says to what it does not do, of each node.
      await act(1, 'Remove…', 'Remove key');
      await dialog.getByText('2 failed').waitFor();
      expect((await dialog.locator('dt').allInnerTexts()).sort()).toEqual(['n1', 'n2']);
      await page.keyboard.press('Escape');
      await act(0, 'Remove…', 'Remove key');
      await dialog.getByText('2 of 2 did it').waitFor();
      await page.keyboard.press('Escape');
      await page.getByText('1 on 2 members').waitFor();
    });
  });
});
