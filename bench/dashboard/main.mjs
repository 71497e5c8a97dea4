// How the dashboard feels, as Chromium itself notes it: the gateway is a process of its own, the cluster is made up.
//
//   node bench/dashboard/main.mjs            all of it: 15 minutes, of which 10 are for the heap
//   node bench/dashboard/main.mjs --short    3 minutes
//   node bench/dashboard/main.mjs churned    a part of it: firstRows, keystrokes, churned
//   … --check                                fails when a budget is missed
//
// Needs dist with the dashboard in it (`npm run build && node scripts/build-dashboard.mjs`) and a Chromium.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { installPackages } from '../setup.mjs';
import { LONG, traced } from './tracing.mjs';

/** @import { Browser, CDPSession, Page } from 'playwright-core' */

const dist =
  process.env.RXSERF_DASHBOARD ??
  fileURLToPath(new URL('../node_modules/rxserf/dist/dashboard', import.meta.url));
const short = process.argv.includes('--short');
/** Which parts are measured, where not all are. */
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const FEW = 100;
const MANY = 10_000;
/** A second. */
const CHURN = { updates: 200, events: 200 };
const CHURNED = short ? 20_000 : 60_000;
const HEAP = short ? 60_000 : 600_000;
/** How often the heap is looked at, in ms. */
const LOOKS = short ? 10_000 : 30_000;
const ROUNDS = short ? 3 : 5;

/** What has to hold: WHAT, the figure, at most. */
/** @type {{what: string, value: number, atMost: number, unit: string}[]} */
const figures = [];
/**
 * @param {string} what
 * @param {number} value
 * @param {number} atMost
 */
function figure(what, value, atMost, unit = '') {
  figures.push({ what, value, atMost, unit });
  console.log(`${value <= atMost ? '✓' : '✗'} ${what}: ${value.toFixed(2)}${unit}, at most ${atMost}${unit}`);
}

installPackages();
const browser = await chromium.launch({
  executablePath: process.env.RXSERF_CHROMIUM ?? '/usr/bin/chromium',
  // Without a desktop, frames come from software: what is measured is the page's own part.
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
});
try {
  for (const [name, measure] of Object.entries({ firstRows, keystrokes, churned }))
    if (only.length === 0 || only.includes(name)) await measure();
} finally {
  await browser.close();
}
if (process.argv.includes('--check') && figures.some(({ value, atMost }) => value > atMost))
  process.exitCode = 1;

/** From the address to the first row; in turns, as the machine may be slow for a while. */
async function firstRows() {
  /** @type {number[][]} */
  const rounds = [];
  await withGateway(FEW, (few) =>
    withGateway(MANY, async (many) => {
      for (let round = 0; round < ROUNDS; round++) rounds.push([await firstRow(few), await firstRow(many)]);
    }),
  );
  const of = (/** @type {number} */ at) => median(rounds.map((times) => times[at] ?? 0)).toFixed(0);
  console.log(`  first row: ${of(0)} ms of ${FEW} members, ${of(1)} ms of ${MANY}`);
  figure(
    `first row of ${MANY} over that of ${FEW}`,
    median(rounds.map(([few = 1, many = 0]) => many / few)),
    3,
  );
}

/**
 * @param {string} url
 * @returns {Promise<number>}
 */
function firstRow(url) {
  return withPage(url, (page) =>
    page.evaluate(`new Promise((resolve) => {
      const look = () => document.querySelector('app-member-row') ? requestAnimationFrame(() => resolve(performance.now())) : requestAnimationFrame(look);
      look();
    })`),
  );
}

/** From a key in the search to the frame with what it finds. */
async function keystrokes() {
  const few = await withGateway(FEW, (url) => keystroke(url));
  const many = await withGateway(MANY, (url) => keystroke(url));
  console.log(
    `  keystroke to paint: ${few.toFixed(1)} ms of ${FEW} members, ${many.toFixed(1)} ms of ${MANY}`,
  );
  figure(`keystroke to paint of ${MANY} over that of ${FEW}`, many / few, 4);
}

/** @param {string} url */
function keystroke(url) {
  return withPage(url, async (page, session) => {
    await settled(page);
    const trace = await traced(session, async () => {
      await page.keyboard.press('/');
      for (let round = 0; round < 2 * ROUNDS; round++) {
        for (const key of 'web-1') {
          await page.keyboard.press(key);
          await page.waitForTimeout(120);
        }
        for (let i = 0; i < 5; i++) {
          await page.keyboard.press('Backspace');
          await page.waitForTimeout(120);
        }
      }
    });
    return median(trace.interactions().flatMap(({ type, ms }) => (type === 'keydown' ? [ms] : [])));
  });
}

/** While something happens all the time, and somebody uses the page. */
async function churned() {
  await withGateway(MANY, (url, churn) =>
    withPage(url, async (page, session) => {
      await settled(page);
      churn(CHURN);
      await page.waitForTimeout(3_000);
      const still = await traced(session, () => page.waitForTimeout(CHURNED));
      console.log(
        `  the main thread is busy for ${share(still.busy())} of the time; long tasks: ${said(still.longTasks())}; by the clock ${said(still.longTasks('wall'))}`,
      );
      figure(`long tasks (> ${LONG} ms) in 10 s of churn`, still.longTasks().length / (CHURNED / 10_000), 1);

      const used = await traced(session, () => use(page));
      const times = used.interactions().map(({ work }) => work);
      const clock = used.interactions().map(({ ms }) => ms);
      console.log(
        `  ${times.length} interactions, median ${median(times).toFixed(0)} ms of work; by the clock ${median(clock).toFixed(0)} ms, p99 ${quantile(clock, 0.99).toFixed(0)} ms; long tasks: ${said(used.longTasks())}`,
      );
      figure('p99 of an interaction under churn, until it is shown', quantile(times, 0.99), 200, ' ms');

      const heap = await heapOver(page, session);
      console.log(`  heap after collections, MB: ${heap.map((bytes) => (bytes / 1e6).toFixed(1)).join(' ')}`);
      const half = heap.length >> 1;
      figure(
        'heap at the end over that in the middle',
        Math.min(...heap.slice(-3)) / (heap[half] ?? 1),
        1.05,
      );
    }),
  );
}

/**
 * Filters, sorts, walks through rows, opens a member and the map, and comes back, for half a minute.
 * @param {Page} page
 */
async function use(page) {
  const end = Date.now() + CHURNED / 2;
  while (Date.now() < end) {
    await page.keyboard.press('/');
    await page.keyboard.type('web-12', { delay: 90 });
    await page.keyboard.press('Escape');
    for (const key of ['j', 'ArrowDown', 'ArrowDown', 'PageDown', 'PageDown', 'End', 'Home', 's']) {
      await page.keyboard.press(key);
      await page.waitForTimeout(80);
    }
    await page.getByRole('button', { name: 'Name', exact: false }).first().click();
    await page.waitForTimeout(200);
    for (const to of ['g e', 'g r', 'g m']) {
      for (const key of to.split(' ')) await page.keyboard.press(key);
      await page.waitForTimeout(700);
    }
  }
}

/**
 * @param {Page} page
 * @param {CDPSession} session
 */
async function heapOver(page, session) {
  const heap = [];
  for (let at = 0; at <= HEAP; at += LOOKS) {
    await session.send('HeapProfiler.collectGarbage');
    heap.push((await session.send('Runtime.getHeapUsage')).usedSize);
    if (at < HEAP) await page.waitForTimeout(LOOKS);
  }
  return heap;
}

/**
 * When all coordinates are there nothing is asked for any more.
 * @param {Page} page
 */
async function settled(page) {
  await page.locator('app-member-row').first().waitFor();
  await page.waitForTimeout(30_000);
}

/**
 * @template T
 * @param {number} members
 * @param {(url: string, churn: (rate: typeof CHURN) => void) => Promise<T>} use
 */
async function withGateway(members, use) {
  const child = fork(new URL('gateway.mjs', import.meta.url), [String(members), dist]);
  try {
    const url = await new Promise((resolve, reject) => {
      child.once('message', (message) => resolve(/** @type {{url: string}} */ (message).url));
      child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}`)));
    });
    return await use(url, (rate) => child.send(rate));
  } finally {
    if (child.connected) child.disconnect();
  }
}

/**
 * @template T
 * @param {string} url
 * @param {(page: Page, session: CDPSession) => Promise<T>} use
 */
async function withPage(url, use) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await context.newPage();
    await page.goto(`${url}/members#key=bench-key-0123456789`, { waitUntil: 'commit' });
    return await use(page, await context.newCDPSession(page));
  } finally {
    await context.close();
  }
}

/** @param {number[]} values */
function median(values) {
  return quantile(values, 0.5);
}

/**
 * @param {number[]} values
 * @param {number} at
 */
function quantile(values, at) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? Number.NaN;
}

/** @param {number} ms of the time of churn */
function share(ms) {
  return `${((100 * ms) / CHURNED).toFixed(0)} %`;
}

/** @param {number[]} tasks */
function said(tasks) {
  return tasks.length === 0 ? 'none' : `${tasks.length}, the longest ${Math.max(...tasks).toFixed(0)} ms`;
}
