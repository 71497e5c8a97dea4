import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { EmbeddedCluster } from 'rxserf/embedded';
import { expect, test } from 'vitest';
import { describeBrowser, openPage, servePage } from '../../browser/harness/browser.ts';

const built = process.env['RXSERF_ANGULAR_APP'] ?? '';
const folder = join(built, 'recipes/browser');

/** What the page shares with the test: see src/recipes.ts. */
declare const clusters: Record<'main' | 'eu' | 'us', EmbeddedCluster>;
declare function cut(): void;
declare function text(value: string): Uint8Array;

async function open(): Promise<Page> {
  const textOf = (file: string) => readFileSync(join(folder, file), 'utf8');
  const files = readdirSync(folder).filter((file) => file.endsWith('.js'));
  const chunks = Object.fromEntries(files.map((file) => [`/${file}`, textOf(file)]));
  const { url } = await servePage({ script: textOf('main.js'), chunks });
  const page = await openPage(url);
  await page.locator('#Chosen p').nth(2).waitFor();
  return page;
}

const shown = (page: Page, recipe: string) => async () =>
  (await page.locator(`#${recipe}`).innerText()).replace(/\s+/g, ' ').trim();
const says = (page: Page, recipe: string) => expect.poll(shown(page, recipe), { timeout: 10_000 });

describeBrowser('docs/recipes/angular.md in a page', () => {
  test('all of its components are there', async () => {
    const page = await open();
    const ids = await page.locator('section').evaluateAll((sections) => sections.map(({ id }) => id).sort());

    expect(ids).toEqual([
      'AskingRxjs',
      'AskingSignals',
      'Chosen',
      'ClustersRxjs',
      'ClustersSignals',
      'DeployedRxjs',
      'DeployedSignals',
      'FlappingRxjs',
      'FlappingSignals',
      'TagsRxjs',
      'TagsSignals',
    ]);
  });

  test('a Live value: a pattern that is none, and a good one; the connection is lost, and comes back', async () => {
    const page = await open();
    const name = page.locator('#Chosen input');
    await name.fill('(');
    await says(page, 'Chosen').toBe('invalid-pattern Again n1 n2 n3');
    await name.fill('n[12]');
    await says(page, 'Chosen').toBe('live n1 n2');
    await page.evaluate(() => cut());
    await says(page, 'Chosen').toMatch(/^as of \d+:\d\d:\d\d [AP]M, (waiting|connecting) n1 n2$/);
    await says(page, 'Chosen').toBe('live n1 n2');
  });

  test('a role with its latest deploys', async () => {
    const page = await open();
    for (const recipe of ['DeployedSignals', 'DeployedRxjs'])
      await says(page, recipe).toBe('n1 as it was n2 as it was');
    await page.evaluate(() => {
      for (const [node, version] of [
        ['n1', 'v1'],
        ['n2', 'v2'],
        ['n1', '<b>v3</b>'],
      ])
        clusters.main
          .node('n3')
          .event('deploy', text(JSON.stringify({ node, version })))
          .subscribe();
      clusters.main.node('n3').event('deploy', text('not JSON')).subscribe();
    });
    for (const recipe of ['DeployedSignals', 'DeployedRxjs'])
      await says(page, recipe).toBe('n1 <b>v3</b> n2 v2');
    await page.evaluate(() => clusters.main.fail('n2'));
    for (const recipe of ['DeployedSignals', 'DeployedRxjs']) await says(page, recipe).toBe('n1 <b>v3</b>');
  });

  test('who is flapping', async () => {
    const page = await open();
    for (let i = 0; i < 3; i++) {
      for (const recipe of ['FlappingSignals', 'FlappingRxjs']) await says(page, recipe).toBe('');
      await page.evaluate(() => clusters.main.fail('n2'));
      await says(page, 'DeployedSignals').toBe('n1 as it was');
      await page.evaluate(() => clusters.main.restart('n2'));
      if (i < 2) await says(page, 'DeployedSignals').toBe('n1 as it was n2 as it was');
    }
    for (const recipe of ['FlappingSignals', 'FlappingRxjs']) await says(page, recipe).toBe('n2 is flapping');
  });

  test('who has not answered yet', async () => {
    const page = await open();
    await page.evaluate(() => {
      for (const [name, delay] of [
        ['n1', 0],
        ['n2', 1_000],
      ] as const)
        clusters.main
          .node(name)
          .stream('query:load')
          .subscribe((query) => {
            setTimeout(() => query.respond(text(`0.${name}`)).subscribe(), delay);
          });
    });
    for (const recipe of ['AskingSignals', 'AskingRxjs']) await page.locator(`#${recipe} button`).click();
    await says(page, 'AskingSignals').toMatch(/^Ask running n1: 0.n1 after \d+ ms silent: n2 n3$/);
    await says(page, 'AskingRxjs').toBe('Ask n1: 0.n1 silent: n2 n3');
    await says(page, 'AskingSignals').toMatch(
      /^Ask \w+ n1: 0.n1 after \d+ ms n2: 0.n2 after \d+ ms silent: n3$/,
    );
    await says(page, 'AskingRxjs').toBe('Ask n1: 0.n1 n2: 0.n2 silent: n3');
    await says(page, 'AskingSignals').toMatch(/^Ask done /);
  });

  test('tags, optimistically', async () => {
    const page = await open();
    await says(page, 'TagsSignals').toMatch(/ web$/);
    await page.locator('#TagsSignals select').selectOption('db');
    await says(page, 'TagsSignals').toMatch(/ db$/);
    await says(page, 'TagsRxjs').toMatch(/ db$/);
    await page.locator('#TagsRxjs button', { hasText: 'cache' }).click();
    for (const recipe of ['TagsSignals', 'TagsRxjs']) await says(page, recipe).toMatch(/ cache$/);
    // The agent is gone: what was wanted is taken back.
    await page.evaluate(() => {
      clusters.main.fail('n1');
      cut();
    });
    await page.locator('#TagsSignals select').selectOption('web');
    await says(page, 'TagsSignals').toMatch(/cache \S/);
  });

  test('clusters side by side', async () => {
    const page = await open();
    await says(page, 'ClustersSignals').toBe('EU: 1 alive, live US: 2 alive, live');
    await says(page, 'ClustersRxjs').toBe('eu-1 us-1 us-2');
    await page.evaluate(() => clusters.us.fail('us-2'));
    await says(page, 'ClustersSignals').toBe('EU: 1 alive, live US: 1 alive, live');
  });
});
