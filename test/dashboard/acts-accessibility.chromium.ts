import { randomBytes } from 'node:crypto';
import { type Serf, utf8 } from 'rxserf';
import type { EmbeddedCluster } from 'rxserf/embedded';
import { ADMIN, OPERATOR, VIEWER } from 'rxserf/server';
import { onTestFinished, test } from 'vitest';
import { describeBrowser } from '../browser/harness/browser.ts';
import {
  KEY,
  OPERATOR_KEY,
  OTHER_KEY,
  openDashboard,
  rowOf,
  serveDashboard,
  someCluster,
  talking,
} from './harness.ts';
import { looksEverywhere } from './looks.ts';

const EVERY = [
  ...OPERATOR.commands,
  ...(['join', 'leave', 'list-keys', 'install-key', 'use-key', 'remove-key'] as const),
];
/** Who may all that there is. */
const roles = {
  viewer: VIEWER,
  operator: OPERATOR,
  admin: { ...ADMIN, commands: EVERY, keys: 'manage' as const },
};

async function opened(path: string, cluster = someCluster(40), serf?: Serf<Uint8Array>) {
  const served = await serveDashboard(cluster, { roles }, serf);
  const page = await openDashboard(served, path, { key: OTHER_KEY });
  return { page, served, looks: looksEverywhere(page) };
}

/** Has some answer at once, some later, and some never. */
function answering(cluster: EmbeddedCluster): void {
  for (const [index, name] of cluster.names.entries()) {
    if (index % 4 === 3) continue;
    const subscription = cluster
      .node(name)
      .stream('query:load', { codec: utf8() })
      .subscribe((query) => query.respond(`{"load":${(index * 7) % 40}}`).subscribe());
    onTestFinished(() => subscription.unsubscribe());
  }
}

describeBrowser('axe finds nothing on what asks and acts, and nothing is wider than the page', () => {
  test('Query', async () => {
    const cluster = someCluster(40);
    answering(cluster);
    const { page, looks } = await opened('query?name=load&tag=role:web', cluster);
    await page.getByText(/that are alive match now$/).waitFor();
    await looks('query-form');
    await page.getByRole('button', { name: /^Ask 21 members$/ }).click();
    await page.locator('app-query-row', { hasText: '{"load":' }).first().waitFor();
    await looks('query');
    await page.locator('app-query-row', { hasText: '{"load":' }).first().click();
    await page.locator('app-answer-panel').waitFor();
    await looks('query-answer');
  });

  test('Logs', async () => {
    const { cluster, serf, listeners, say } = talking(someCluster(40));
    const { page, looks } = await opened('logs?level=debug', cluster, serf);
    await page.getByText('The agent has said nothing').waitFor();
    await looks('logs-empty');
    if (listeners.length === 0) throw new Error('nobody listens');
    for (let i = 0; i < 12; i++) {
      say(`[INFO] serf: EventMemberJoin: web-${i} 10.0.0.${i}`);
      if (i % 3 === 0)
        for (let j = 0; j <= i; j++) say('[WARN] memberlist: Refuting a suspect message (from: db-2)');
      if (i % 5 === 0)
        say("[ERR] agent: Error invoking script '/etc/serf/handlers/deploy.sh': exit status 3");
      say(`[DEBUG] memberlist: Stream connection from=10.0.0.${i}:34${i}11`);
    }
    await page.locator('app-logs-page li').first().waitFor();
    await page.keyboard.press('p');
    await page.getByText(/^Paused, nothing new since/).waitFor();
    await looks('logs');
    await page.keyboard.press('p');
    await page.keyboard.press('/');
    await page.keyboard.type('nobody');
    await page.getByRole('heading', { name: 'No line matches' }).waitFor();
    await looks('logs-no-line');
  });

  test('Agent, Join and Leave', async () => {
    const { page, looks } = await opened('agent');
    await page.getByRole('region', { name: 'serf' }).getByText('members', { exact: true }).waitFor();
    await looks('agent');
    const dialog = page.getByRole('dialog');
    const close = async () => {
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
    };
    await page.getByRole('button', { name: 'Edit tags…' }).click();
    await dialog.getByRole('button', { name: 'Add a tag' }).click();
    await looks('tags');
    await close();
    await page.getByRole('button', { name: 'Join…' }).click();
    await dialog.getByLabel('Gossip addresses').fill('10.9.9.9:7946');
    await dialog.getByRole('button', { name: 'Join 1 address' }).click();
    await dialog.getByText('Not done.').waitFor();
    await looks('join');
    await close();
    await page.getByRole('button', { name: 'Leave…' }).click();
    await dialog.getByLabel('Type').fill('web');
    await looks('leave');
  });

  test('Keys and their dialogs', async () => {
    const cluster = someCluster(12, randomBytes(32).toString('base64'));
    const { page, looks } = await opened('keys', cluster);
    await page.getByText('13 of 13').waitFor();
    await looks('keys-page');
    await page.getByRole('button', { name: 'Generate one' }).click();
    await page.getByRole('button', { name: 'Install on all members' }).click();
    await page.getByText('2 on 13 members').waitFor();
    await looks('keys-installed');
    const dialog = page.getByRole('dialog');
    // The first is in use, or the second: an agent does not let go of it.
    for (const index of [0, 1]) {
      const row = page.locator('ul li').nth(index);
      await row.getByRole('button', { name: 'Use…' }).click();
      if (index === 0) await looks('key-use');
      const short = (await row.locator('code').innerText()).trim();
      await dialog.getByLabel('Type').fill(short);
      await dialog.getByRole('button', { name: 'Use key', exact: true }).click();
      await dialog.getByText('13 of 13 did it').waitFor();
      if (index === 0) await looks('key-used');
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'hidden' });
      if (index === 0) continue;
      await row.getByRole('button', { name: 'Remove…' }).click();
      await looks('key-remove');
      await dialog.getByLabel('Type').fill(short);
      await dialog.getByRole('button', { name: 'Remove key', exact: true }).click();
      await dialog.getByText('13 failed').waitFor();
      await looks('key-refused-by-nodes');
    }
  });

  test('Fire, Force leave, and what a role may not', async () => {
    const { page, served, looks } = await opened('events');
    const dialog = page.getByRole('dialog');
    await page.getByRole('button', { name: 'Fire event…' }).click();
    await dialog.getByLabel('Name', { exact: true }).fill('deploy');
    await dialog.getByLabel('Payload', { exact: true }).fill('x'.repeat(600));
    await dialog.getByText('606 of 512 bytes').waitFor();
    await looks('fire');
    await dialog.getByRole('button', { name: 'Fire deploy' }).click();
    await dialog.getByText('Not done.').waitFor();
    await looks('fire-refused');

    await page.goto(`${served.url}/members`);
    await rowOf(page, 'db-2').getByRole('link').click();
    await page.getByRole('button', { name: 'Force leave…' }).click();
    await looks('force-leave');

    const refused = await openDashboard(served, 'keys', { key: OPERATOR_KEY });
    await refused.getByText('permission-denied: list-keys (role operator)').waitFor();
    await looksEverywhere(refused)('refused');
    const debug = await openDashboard(served, 'logs?level=debug', { key: KEY });
    await debug.getByRole('alert').waitFor();
    await looksEverywhere(debug)('logs-refused');
  });
});
