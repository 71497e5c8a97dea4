import type { Page } from 'playwright-core';
import { EmbeddedCluster } from 'rxserf/embedded';
import { expect, onTestFinished, test } from 'vitest';
import { nameParam } from '../../dashboard/src/model/route-name.ts';
import { describeBrowser } from '../browser/harness/browser.ts';
import {
  HOSTILE,
  namesOf,
  nodeWith,
  openDashboard,
  pressAtOnce,
  rowOf,
  serveDashboard,
  someCluster,
  violations,
} from './harness.ts';

const soon = { timeout: 20_000 };
const themes = ['light', 'dark'] as const;
const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 390, height: 844 },
];

/** Three data centres: round trips of about a millisecond, and of tens of them. */
function threeCentres(count = 30): EmbeddedCluster {
  const dcs = ['eu', 'us', 'ap'];
  const cluster = new EmbeddedCluster({
    nodes: Array.from({ length: count }, (_, i) => ({
      name: `${dcs[i % 3]}-${i + 1}`,
      tags: { role: i % 2 ? 'db' : 'web', dc: dcs[i % 3] as string },
    })),
  });
  onTestFinished(() => cluster.close());
  return cluster;
}

/** The table comes in a task behind the picture. */
const listed = (page: Page) =>
  page.locator('app-radar-list[aria-rowcount="30"] .row:not(.head)').first().waitFor();

/** Where a part of the picture is: clockwise from straight up in turns, and how far out, from 0 to 1 at the rim. */
async function picture(page: Page) {
  const rim = page.locator('app-radar-drawing .ring').last();
  await rim.waitFor();
  const box = await page.locator('app-radar-drawing').boundingBox();
  const { x = 0, y = 0, width = 0, height = 0 } = box ?? {};
  // The last ring, of 100 ms, is at five sixths of what is between the centre and the rim.
  const ring = Number(await rim.getAttribute('r'));
  return (turns: number, out: number): [x: number, y: number] => {
    const radius = out === 0 ? 0 : ring + (out - 5 / 6) * ring * 1.19;
    const angle = turns * 2 * Math.PI;
    return [x + width / 2 + radius * Math.sin(angle), y + height / 2 - radius * Math.cos(angle)];
  };
}

/** Drags from one place of the picture to others, and does not let go. */
async function drag(
  page: Page,
  ...places: readonly (readonly [turns: number, out: number])[]
): Promise<void> {
  const at = await picture(page);
  const [begin = [0, 0], ...others] = places;
  await page.mouse.move(...at(...(begin as [number, number])));
  await page.mouse.down();
  for (const place of others) await page.mouse.move(...at(...(place as [number, number])), { steps: 4 });
}

const listedNames = async (page: Page) =>
  (await page.locator('app-radar-list .row:not(.head) .name').allInnerTexts()).sort();
const said = (page: Page) => page.locator('app-radar-drawing .said');
const taken = (page: Page) => page.getByRole('region', { name: 'Part of the picture' });
const params = (page: Page) => new URL(page.url()).searchParams;

describeBrowser('Map', () => {
  test('the picture says the round trips that the table has, in sectors by place', async () => {
    const page = await openDashboard(await serveDashboard(threeCentres()), 'map');
    const picture = page.getByRole('img', { name: /^Estimated round trips from eu-1 to 29 members\./ });
    await expect
      .poll(() => picture.getAttribute('aria-label'), soon)
      .toMatch(
        /eu: 9 members, median [\d.]+ ms; .*: 10 members, median \d\d ms; .*: 10 members, median \d\d ms$/,
      );
    const table = page.getByRole('table', { name: /^Estimated round trips/ });
    await listed(page);
    expect(await table.getAttribute('aria-rowcount')).toBe('30');
    const trips = (await page.locator('app-radar-list .row:not(.head) .trip').allInnerTexts()).map(
      Number.parseFloat,
    );
    expect(trips).toEqual([...trips].sort((a, b) => a - b));
    expect(trips[0]).toBeLessThan(3);
    await page.getByText('30 of 30 known').waitFor();
  });

  test('a member is chosen in the picture, and measured from', async () => {
    const served = await serveDashboard(threeCentres());
    const page = await openDashboard(served, `map?at=${nameParam('us-2')}`);
    const chosen = page.getByRole('region', { name: 'Selected member' });
    await chosen.waitFor();
    expect(await chosen.innerText()).toMatch(
      /us-2[\s\S]*\d+\s*± [\d.]+ ms[\s\S]*from eu-1[\s\S]*nearest to it\s+us-/,
    );
    expect(await page.locator('app-radar-drawing .tie').count()).toBe(5);

    // The ring around the chosen one is where its dot is: a click beside another dot chooses that one.
    const dot = page.locator('app-radar-drawing .label.far').first();
    const other = await dot.textContent();
    const box = await dot.boundingBox();
    expect(box).not.toBeNull();
    const before = page.url();
    await page.getByRole('button', { name: 'Measure from here' }).click();
    await expect.poll(() => page.url(), soon).not.toBe(before);
    await page.getByRole('img', { name: /^Estimated round trips from us-2/ }).waitFor();
    expect(other).toBeTruthy();

    await page.getByRole('combobox', { name: 'from' }).fill('ap-3');
    await page.getByRole('combobox', { name: 'from' }).press('Enter');
    await page.getByRole('img', { name: /^Estimated round trips from ap-3/ }).waitFor();
    await page.getByRole('combobox', { name: 'from' }).fill('nobody');
    await page.getByRole('combobox', { name: 'from' }).press('Enter');
    await expect.poll(() => page.getByRole('combobox', { name: 'from' }).inputValue(), soon).toBe('ap-3');
  });

  test('a click on a dot chooses its member', async () => {
    const page = await openDashboard(await serveDashboard(threeCentres(2)), 'map');
    const label = page.locator('app-radar-drawing .label.far');
    await expect.poll(() => label.textContent(), soon).toBe('us-2');
    // Its label stands ten px to the right of it, or somewhere around: the dot is what a pointer beside it finds.
    const { x, y, width, height } = (await page
      .locator('app-radar-drawing .dots path')
      .first()
      .boundingBox()) ?? {
      x: 0,
      y: 0,
      width: 0,
      height: 0,
    };
    await page.mouse.move(x + width / 2 + 6, y + height / 2);
    await page.locator('app-radar-drawing .label.hovered').waitFor();
    await page.mouse.click(x + width / 2 + 6, y + height / 2);
    await page.getByRole('region', { name: 'Selected member' }).waitFor();
    expect(new URL(page.url()).searchParams.get('at')).toBe(nameParam('us-2'));
  });

  test('a failure changes the dot, and who is searched for is named', async () => {
    const cluster = threeCentres();
    const page = await openDashboard(await serveDashboard(cluster), 'map');
    await page.getByText('30 of 30 known').waitFor();
    cluster.fail('us-5');
    await page.locator('app-radar-drawing .label.status', { hasText: 'us-5' }).waitFor();
    await page.locator('.legend', { hasText: 'failed, last known' }).waitFor();

    await page.keyboard.press('/');
    await page.keyboard.type('ap-2');
    await page.locator('app-radar-drawing .label.hit', { hasText: 'ap-21' }).waitFor();
    await expect
      .poll(() => page.locator('app-radar-list .row:not(.head) .name').allInnerTexts(), soon)
      .toEqual(expect.arrayContaining(['ap-21', 'ap-24', 'ap-27']));
  });

  test('all of it by keyboard: rows choose, Enter opens', async () => {
    const page = await openDashboard(await serveDashboard(threeCentres()), 'members');
    await rowOf(page, 'eu-1').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await page.getByText('30 of 30 known').waitFor();
    await listed(page);
    const names = await page.locator('app-radar-list .row:not(.head) .name').allInnerTexts();
    await pressAtOnce(page, 'j', 'ArrowDown');
    await page
      .getByRole('region', { name: 'Selected member' })
      .getByText(names[1] as string)
      .waitFor();
    await expect
      .poll(() => new URL(page.url()).searchParams.get('at'), soon)
      .toBe(nameParam(names[1] as string));
    await pressAtOnce(page, 'ArrowDown', 'Enter');
    await expect
      .poll(() => page.url(), soon)
      .toMatch(new RegExp(`member\\?name=${nameParam(names[2] as string)}$`));
  });

  test('the focus goes with its row when another is nearer by now', async () => {
    const cluster = threeCentres();
    const node = cluster.node('eu-1');
    let far = '';
    const serf = nodeWith(node, {
      coordinate: (name: string) => node.coordinate(name === far ? 'eu-1' : name),
    });
    const page = await openDashboard(await serveDashboard(cluster, {}, serf), 'map', { clock: true });
    await page.getByText(/^30 of 30 known/).waitFor();
    await listed(page);
    await pressAtOnce(page, 'j', 'End');
    const focused = (what: string) => page.evaluate(`document.activeElement?.${what}`);
    expect(await focused("getAttribute('aria-rowindex')")).toBe('30');
    far = String(await focused("querySelector('.name')?.textContent?.trim()"));

    await page.clock.fastForward(61_000);
    await expect.poll(() => focused("getAttribute('aria-rowindex')"), soon).toBe('2');
    expect(await focused("querySelector('.name')?.textContent?.trim()")).toBe(far);
  });

  test('sectors by another tag, or none; a legend leads to its members', async () => {
    const page = await openDashboard(await serveDashboard(threeCentres()), 'map');
    await page.getByText('30 of 30 known').waitFor();
    await page.getByLabel('sectors by').selectOption({ label: 'role' });
    await expect
      .poll(() => page.locator('app-radar-drawing').getAttribute('aria-label'), soon)
      .toMatch(/web: 14 members.*db: 15 members/);
    await page.getByLabel('sectors by').selectOption({ label: 'nothing' });
    await expect
      .poll(() => page.locator('app-radar-drawing').getAttribute('aria-label'), soon)
      .toMatch(/all: 29 members/);
    await page.getByLabel('sectors by').selectOption({ label: 'dc' });
    await page.locator('.legend').getByRole('button', { name: 'us' }).click();
    await expect.poll(() => page.url(), soon).toMatch(/members\?tag=dc:us$/);
  });

  test('names of strangers are text in the picture, in the table and in the address', async () => {
    const served = await serveDashboard(someCluster());
    const page = await openDashboard(served, `map?from=${nameParam(HOSTILE)}`);
    const picture = page.locator('app-radar-drawing');
    await expect
      .poll(() => picture.getAttribute('aria-label'), soon)
      .toMatch(/^Estimated round trips from web\\u202e<img src=x onerror/);
    expect(await page.getByRole('combobox', { name: 'from' }).inputValue()).toBe(
      'web\\u202e<img src=x onerror=alert(1)>\\u200b',
    );
    expect(await page.locator('app-map-page :is(img, b > img, script)').count()).toBe(0);
    const param = 'PHNjcmlwdD4';
    await page.goto(`${served.url}/map?from=${param}&by=%3Cb%3E&rings=9e9&at=~`);
    await page.getByRole('img', { name: /^Estimated round trips from web-1 to 6 members/ }).waitFor();
  });

  test('a drag takes a part of it: the list has it, and Members', async () => {
    const page = await openDashboard(await serveDashboard(threeCentres()), 'map');
    await page.getByText('30 of 30 known').waitFor();
    await listed(page);
    await drag(page, [0.3, 0.55], [0.4, 0.95]);
    await expect.poll(() => said(page).innerText(), soon).toMatch(/^[\d.]+–\d+ ms · (us|ap) · 10 members$/);
    expect(await page.locator('app-radar-drawing .lasso').getAttribute('d')).toMatch(/^M/);
    expect(params(page).size).toBe(0);
    await page.mouse.up();
    await taken(page)
      .getByText(/^10 members/)
      .waitFor();
    expect(await said(page).count()).toBe(0);
    expect(await taken(page).innerText()).toMatch(/^10 members [\d.]+–\d+ ms from eu-1\n+(us|ap)\n/);
    expect(params(page).get('q')).toMatch(/^rtt>[\d.]+ rtt<\d+$/);
    expect(params(page).get('at')).toBeNull();
    await expect.poll(async () => (await listedNames(page)).length, soon).toBe(10);
    const names = await listedNames(page);

    await taken(page).getByRole('button', { name: 'Show in Members' }).click();
    await page.getByText('10 of 30').waitFor();
    await expect.poll(async () => (await namesOf(page)).sort(), soon).toEqual(names);
    await page.getByRole('button', { name: /^Drop rtt</ }).waitFor();
  });

  test('from the centre a drag is a circle, and past the rim it has no end', async () => {
    const page = await openDashboard(await serveDashboard(threeCentres()), 'map');
    await page.getByText('30 of 30 known').waitFor();
    await drag(page, [0, 0], [0.6, 0.5]);
    await expect.poll(() => said(page).innerText(), soon).toMatch(/^less than [\d.]+ ms · 9 members$/);
    await page.mouse.up();
    await taken(page)
      .getByText(/^9 members less than/)
      .waitFor();
    await drag(page, [0.1, 0.5], [0.9, 1.1]);
    await expect
      .poll(() => said(page).innerText(), soon)
      .toMatch(/^more than [\d.]+ ms · .*eu.* · \d+ members$/);
    await page.mouse.up();
    await expect.poll(() => params(page).get('q'), soon).toMatch(/^rtt>[\d.]+$/);
  });

  test('Escape gives a drag up, and later clears what it took; neither chooses a member', async () => {
    const page = await openDashboard(await serveDashboard(threeCentres(2)), 'map');
    const { x, y, width, height } = (await page
      .locator('app-radar-drawing .dots path')
      .first()
      .boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const dot = [x + width / 2, y + height / 2] as const;
    // It begins and ends on a dot.
    const pull = async () => {
      await page.mouse.move(...dot);
      await page.mouse.down();
      await page.mouse.move(dot[0] + 40, dot[1] + 40, { steps: 4 });
      await page.mouse.move(...dot, { steps: 4 });
      await said(page).waitFor();
    };
    await pull();
    await page.keyboard.press('Escape');
    await said(page).waitFor({ state: 'detached' });
    await page.mouse.up();
    expect(params(page).size).toBe(0);
    expect(await page.locator('app-radar-drawing .lasso').count()).toBe(0);

    await pull();
    await page.mouse.up();
    await taken(page).waitFor();
    expect(params(page).get('at')).toBeNull();
    await page.keyboard.press('Escape');
    await taken(page).waitFor({ state: 'detached' });
    expect(params(page).size).toBe(0);

    await page.mouse.click(...dot);
    await expect.poll(() => params(page).get('at'), soon).toBe(nameParam('us-2'));
    expect(await taken(page).count()).toBe(0);
  });

  test('a press that leaves the picture at once is a drag, and does not wait for another press', async () => {
    const page = await openDashboard(await serveDashboard(threeCentres()), 'map');
    await page.getByText('30 of 30 known').waitFor();
    const at = await picture(page);
    const { x = 0, y = 0, width = 0 } = (await page.locator('app-radar-drawing').boundingBox()) ?? {};
    const above = [x + width / 2, y - 30] as const;
    await page.mouse.move(x + width / 2, y + 3);
    await page.mouse.down();
    await page.mouse.move(...above);
    await said(page).waitFor();
    await page.keyboard.press('Escape');
    await page.mouse.up();

    await page.mouse.down();
    await page.mouse.move(...at(0, 0.5), { steps: 3 });
    expect(await said(page).count()).toBe(0);
    await page.mouse.up();
    expect(params(page).size).toBe(0);
  });

  test('sectors that were taken are told when they are no sectors any more, and go with the rest', async () => {
    const page = await openDashboard(await serveDashboard(threeCentres()), 'map?tag=dc:us&q=rtt%3E1+u');
    await taken(page)
      .getByText(/^10 members more than 1 ms from eu-1$/)
      .waitFor();
    await page.getByLabel('sectors by').selectOption({ label: 'role' });
    await taken(page).getByText('dc=us').waitFor();
    await page.getByRole('searchbox').fill('u');
    await expect.poll(() => taken(page).innerText(), soon).toMatch(/^10 members\n+dc=us · u\n/);
    await page.locator('h1').click();
    await page.keyboard.press('Escape');
    await taken(page).waitFor({ state: 'detached' });
    expect(params(page).getAll('tag')).toEqual([]);
    expect(params(page).get('q')).toBe('u');
    await expect.poll(async () => (await listedNames(page)).length, soon).toBe(19);
  });

  test('what is asked for is measured from the same member in the picture and in Members', async () => {
    const served = await serveDashboard(threeCentres());
    const page = await openDashboard(served, `map?from=${nameParam('us-2')}`);
    await page.getByText('30 of 30 known').waitFor();
    await listed(page);
    await page.keyboard.press('/');
    await page.keyboard.type('rtt<5');
    await taken(page)
      .getByText(/^9 members less than 5 ms from us-2$/)
      .waitFor();
    expect(await page.locator('app-radar-drawing .lasso').getAttribute('d')).toMatch(/^M/);
    await expect.poll(async () => (await listedNames(page)).length, soon).toBe(9);
    const names = await listedNames(page);
    expect(names.every((name) => name.startsWith('us-'))).toBe(true);
    await taken(page).getByRole('button', { name: 'Show in Members' }).click();
    await expect.poll(async () => (await namesOf(page)).sort(), soon).toEqual(names);
    expect(params(page).get('from')).toBe(nameParam('us-2'));

    await page.getByRole('button', { name: 'Drop rtt<5' }).click();
    await page.getByText('30 of 30').waitFor();
    await expect.poll(() => rowOf(page, 'us-2').locator('.rtt').innerText(), soon).toBe('here');
    await expect.poll(() => rowOf(page, 'us-5').locator('.rtt').innerText(), soon).toMatch(/^\d\.\d+ ms$/);
    await page.getByRole('button', { name: 'Drop from us-2' }).click();
    await expect.poll(() => rowOf(page, 'us-5').locator('.rtt').innerText(), soon).toMatch(/^\d\d ms$/);
    expect(params(page).size).toBe(0);
  });

  test('round trips are written by hand in Members, and a half-written one is text', async () => {
    const page = await openDashboard(await serveDashboard(threeCentres()), 'members?sort=rtt');
    await rowOf(page, 'eu-4').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('eu rtt<');
    await page.getByText('No member matches').waitFor();
    await page.keyboard.type('5 rtt>0.1');
    await page.getByText('9 of 30').waitFor();
    expect(await namesOf(page)).not.toContain('eu-1');
    await page.keyboard.press('Escape');
    await page.getByText('30 of 30').waitFor();
    await expect.poll(async () => (await namesOf(page))[0], soon).toBe('eu-1');
  });

  test('values of strangers are taken as they are, and those without one of their own only with all', async () => {
    const frequent = [HOSTILE, '\udc80', 'a:b', 'c=d&e', '</script>', '%3A'];
    const cluster = new EmbeddedCluster({
      nodes: [...frequent, ...frequent, 'rare', 'scarce'].map((dc, i) => ({ name: `n${i}`, tags: { dc } })),
    });
    onTestFinished(() => cluster.close());
    const page = await openDashboard(await serveDashboard(cluster), 'map?by=dc');
    await page.getByText('14 of 14 known').waitFor();
    const seen: string[] = [];
    for (let place = 0; place < 16; place++) {
      await drag(page, [place / 16, 0.1], [place / 16, 1.1]);
      const words = await said(page).innerText();
      seen.push(words.replace(/^.* ms · | · \d+ members?$/g, ''));
      await page.mouse.up();
      const [, count] = / · (\d+) members?$/.exec(words) ?? [];
      if (count === undefined) continue;
      await taken(page)
        .getByText(new RegExp(`^${count} members? more than`))
        .waitFor();
      await expect.poll(async () => (await listedNames(page)).length, soon).toBe(Number(count));
      await page.keyboard.press('Escape');
      await taken(page).waitFor({ state: 'detached' });
    }
    expect(seen).toContain('others have no value in common: take all sectors');
    expect(seen).toContain('\\udc80');
    expect(seen).toContain('web\\u202e<img src=x onerror=a…');
    expect(await page.locator('app-map-page :is(img, b > img, script)').count()).toBe(0);
  });

  test('of a thousand members all coordinates come, a few at a time, and all dots are a few elements', {
    timeout: 60_000,
  }, async () => {
    const page = await openDashboard(await serveDashboard(threeCentres(1_000)), 'map');
    await expect
      .poll(() => page.locator('.toolbar .count').innerText(), soon)
      .toMatch(/^[\d,]+ of 1,000 known/);
    await expect
      .poll(() => page.locator('.toolbar .count').innerText(), { timeout: 40_000 })
      .toMatch(/^1,000 of 1,000 known/);
    await expect
      .poll(() => page.locator('app-radar-drawing').getAttribute('aria-label'), soon)
      .toMatch(/to 999 members/);
    expect(await page.locator('app-radar-drawing :is(path, circle, line, text)').count()).toBeLessThan(120);
    expect(await page.locator('app-radar-list .row').count()).toBeLessThan(80);
  });

  test('what takes longer than a slice is drawn in several, and is in the end what is true', async () => {
    const cluster = threeCentres();
    const page = await openDashboard(await serveDashboard(cluster), 'map');
    // Whenever a page looks, a slice is over.
    await page.addInitScript('{ let now = 0; performance.now = () => (now += 9); }');
    await page.reload();
    const dots = () =>
      page.locator('app-radar-drawing .dots path[style*="fill"]').evaluateAll(
        (paths) =>
          paths
            .map((path) => path.getAttribute('d'))
            .join('')
            .split('M').length - 1,
      );
    await expect.poll(dots, soon).toBe(29);
    await page.locator('app-radar-list', { hasText: 'us-2' }).waitFor();
    cluster.fail('us-5');
    cluster.fail('ap-6');
    await expect.poll(dots, soon).toBe(27);
    await page.locator('app-radar-drawing .label.status', { hasText: 'us-5' }).waitFor();
    await page.getByRole('combobox', { name: 'from' }).fill('ap-3');
    await page.getByRole('combobox', { name: 'from' }).press('Enter');
    await page.locator('app-radar-drawing .label.origin', { hasText: 'ap-3' }).waitFor();
    await page.getByRole('img', { name: /^Estimated round trips from ap-3 to 29 members/ }).waitFor();
    await expect.poll(dots, soon).toBe(27);
  });

  test('the gateway goes: the picture stays; it comes back, and the picture is live', async () => {
    const cluster = threeCentres();
    const served = await serveDashboard(cluster);
    const page = await openDashboard(served, 'map');
    await page.getByText('30 of 30 known').waitFor();
    served.stop();
    await page
      .getByText(/^Stale since/)
      .last()
      .waitFor();
    expect(await page.locator('app-radar-drawing').getAttribute('aria-label')).toMatch(/to 29 members/);
    cluster.fail('us-5');
    await serveDashboard(cluster, { port: served.port });
    await page.locator('app-radar-drawing .label.status', { hasText: 'us-5' }).waitFor();
  });

  test.each(themes.flatMap((theme) => sizes.map((size) => [theme, size.width, size] as const)))(
    'axe finds nothing, and nothing is wider than the page: %s, %i px',
    { timeout: 60_000 },
    async (colorScheme, _, viewport) => {
      const cluster = threeCentres();
      const page = await openDashboard(await serveDashboard(cluster), `map?at=${nameParam('us-5')}`, {
        colorScheme,
        viewport,
      });
      cluster.fail('ap-6');
      await page.locator('app-radar-drawing .mark.k-failed[d^="M"]').waitFor({ state: 'attached' });
      await page.getByRole('region', { name: 'Selected member' }).waitFor();
      await page.screenshot({ path: `.cache/dashboard/map-${viewport.width}-${colorScheme}.png` });
      expect(await violations(page)).toEqual([]);
      await drag(page, [0.2, 0.6], [0.4, 0.9]);
      await said(page).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.mouse.up();
      await taken(page).waitFor();
      expect(await violations(page)).toEqual([]);
      expect(
        await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
      ).toBe(0);
    },
  );
});
