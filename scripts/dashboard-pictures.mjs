// Makes the pictures of docs/pictures anew: the dashboard of a cluster that is made up, always the same, and of eight minutes that the page's
// own clock goes through in half a minute. Needs dist with the dashboard in it (`npm run build && node scripts/build-dashboard.mjs`) and
// a Chromium; nothing else has to be installed, as Chromium writes WebP.
//
//   node scripts/dashboard-pictures.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { utf8 } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { gateway, tokens } from 'rxserf/gateway';
import { ADMIN } from 'rxserf/server';

/** @import { Page } from 'playwright-core' */

const root = fileURLToPath(new URL('..', import.meta.url));
const to = join(root, 'docs/pictures');
const KEY = 'picture-key-0123456789';
/** Of the page, in ms: from act to act. */
const STEP = 10_000;
const STEPS = 48;
/** A picture that takes more is not committed, in bytes. */
const LARGEST = 150_000;

/**
 * @typedef {object} Picture
 * @property {string} name
 * @property {'light' | 'dark'} theme
 * @property {string} path
 * @property {string} until what is there when the page is
 * @property {string} [click] what is clicked then
 * @property {number} [width] of a phone, in px
 */

/**
 * Which page looks how.
 * @type {readonly Picture[]}
 */
const PICTURES = [
  { name: 'members', theme: 'light', path: 'members', until: 'app-member-row' },
  { name: 'map', theme: 'dark', path: `map?at=${nameParam('db-ap-1')}`, until: '.label.selected' },
  { name: 'member', theme: 'light', path: `member?name=${nameParam('queue-ap-2')}`, until: '.story li' },
  { name: 'events', theme: 'dark', path: 'events', until: 'app-event-row' },
  {
    name: 'event',
    theme: 'light',
    path: 'events',
    until: 'app-event-row',
    click: 'app-event-row:has-text("cache-flush")',
  },
  { name: 'phone', theme: 'dark', path: 'members', until: 'app-member-row', width: 390 },
];

const random = randomFrom(7);
const nodes = makeNodes();
const cluster = new EmbeddedCluster({
  nodes,
  seed: 7,
  failureDelay: 20,
  gossipDelay: 5,
  coalescePeriod: 0,
  quiescentPeriod: 0,
});
const [first = ''] = cluster.names;
for (const name of cluster.names) answer(name);
const url = await new Promise((resolve) => {
  gateway(cluster.node(first), {
    port: 0,
    authenticate: tokens({ [KEY]: { role: 'admin', name: 'ana' } }),
    roles: { admin: ADMIN },
    dashboard: { dir: join(root, 'dist/dashboard') },
  }).subscribe((event) => {
    if (event.type === 'listening') resolve(event.url);
  });
});
mkdirSync(to, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.RXSERF_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-dev-shm-usage', '--font-render-hinting=none'],
});
try {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    colorScheme: 'light',
    timezoneId: 'UTC',
  });
  const page = await context.newPage();
  await page.clock.install({ time: new Date('2026-11-30T11:56:00Z') });
  await page.goto(`${url}/members#key=${KEY}`);
  await page.locator('app-member-row').first().waitFor();
  for (let step = 0; step < STEPS; step++) {
    happen(step);
    await page.waitForTimeout(250);
    await page.clock.fastForward(STEP);
  }
  happen(STEPS);
  for (const picture of PICTURES) await take(page, picture);
} finally {
  await browser.close();
  cluster.close();
}
process.exit();

/**
 * @param {Page} page
 * @param {Picture} picture
 */
async function take(page, { name, theme, path, until, click, width }) {
  await page.emulateMedia({ colorScheme: theme });
  await page.setViewportSize({ width: width ?? 1440, height: width ? 844 : 900 });
  // By the page's own router: what it has heard would be gone with a reload.
  await page.evaluate(
    `history.pushState({}, '', ${JSON.stringify(`${url}/${path}`)}); dispatchEvent(new PopStateEvent('popstate', { state: {} }));`,
  );
  await page.locator(until).first().waitFor();
  if (click) await page.locator(click).first().click();
  await page.mouse.move(720, 20);
  await page.waitForTimeout(1_500);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 90 });
  const bytes = Buffer.from(data, 'base64');
  if (bytes.length > LARGEST) throw new Error(`${name} takes ${bytes.length} bytes`);
  writeFileSync(join(to, `${name}.webp`), bytes);
  console.log(`docs/pictures/${name}.webp: ${(bytes.length / 1_000).toFixed(0)} kB`);
}

/**
 * Has a node answer while it runs; one is silent.
 * @param {string} name
 */
function answer(name) {
  if (name === 'cache-us-2') return;
  const error = () => {};
  const load$ = cluster.node(name).stream('query:load', { codec: utf8() });
  load$.subscribe({
    next: (query) => query.respond((0.2 + random()).toFixed(2)).subscribe({ error }),
    error,
  });
}

/**
 * What happens in the cluster.
 * @param {number} step
 */
function happen(step) {
  const self = cluster.node(first);
  const deployed = cluster.names.filter((name) => /^(web|api|cache)-/.test(name))[step - 9];
  if (deployed)
    cluster
      .node(deployed)
      .tags({ set: { version: 'v42' } })
      .subscribe();
  if (step === 8) self.event('deploy', '{"version":"v42","by":"ana"}', { codec: utf8() }).subscribe();
  if (step === 22) self.event('drain', '{"node":"web-us-3","grace":"30s"}', { codec: utf8() }).subscribe();
  if (step === 38) self.event('cache-flush', '{"keys":"session:*"}', { codec: utf8() }).subscribe();
  if (step === 12 || step === 31) self.query('load').subscribe();
  if (step === 19) cluster.fail('cache-us-2');
  if (step === 21) cluster.restart('cache-us-2');
  if (step >= 33 && step < 45) {
    if (step % 3 === 0) cluster.fail('queue-ap-2');
    if (step % 3 === 1) cluster.restart('queue-ap-2');
  }
  if (step === 36) cluster.fail('db-us-3');
  if (step === 41) cluster.node('api-us-5').leave().subscribe();
}

/** 60 nodes in three regions, with the round trips of three continents. */
function makeNodes() {
  const regions = { eu: [0, 0], us: [0.082, 0.01], ap: [-0.02, 0.155] };
  const roles = { web: 8, api: 5, db: 3, cache: 2, queue: 2 };
  return Object.entries(regions).flatMap(([dc, [x = 0, y = 0]]) =>
    Object.entries(roles).flatMap(([role, count]) =>
      Array.from({ length: count }, (_, i) => {
        // Most of a data centre are near each other, and some are not.
        const spread = () => (random() - 0.5) * (random() < 0.2 ? 0.012 : 0.0009);
        return {
          name: `${role}-${dc}-${i + 1}`,
          tags: { role, dc, version: 'v41', az: 'abc'[Math.floor(random() * 3)] ?? 'a' },
          at: {
            vector: [x + spread(), y + spread(), ...Array.from({ length: 6 }, spread)],
            error: 0.02 + random() * 0.05,
            adjustment: 0,
            height: 0.00005 + random() * 0.0002,
          },
        };
      }),
    ),
  );
}

/** @param {string} name */
function nameParam(name) {
  return Buffer.from(name).toString('base64url');
}

/**
 * Mulberry32.
 * @param {number} seed
 */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
