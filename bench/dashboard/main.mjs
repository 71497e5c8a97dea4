// How the dashboard feels, as Chromium itself notes it: the gateway is a process of its own, the cluster is made up.
//
//   npm run bench:dashboard                  builds it, and measures all: 15 minutes, of which 10 are for the heap
//   node bench/dashboard/main.mjs            the same of what is built
//   … --short                                4 minutes
//   … --churn=60 --use=30 --heap=600         seconds of each
//   … firstRows churned                      parts of it: firstRows, keystrokes, churned
//   … --clock                                judges by the clock, for a machine that has nothing else to do; else by the processor time of
//                                            the page's main thread, as others' processes are not its fault
//
// The last line is all figures as JSON. It exits with 1 when a goal is missed.
//
// Needs dist with the dashboard in it (`npm run build && node scripts/build-dashboard.mjs`) and a Chromium.
import { fork } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { installPackages } from '../setup.mjs';
import { LONG, traced } from './tracing.mjs';

/** @import { CDPSession, Page } from 'playwright-core' */
/** @import { Trace } from './tracing.mjs' */

const dist =
  process.env.RXSERF_DASHBOARD ??
  fileURLToPath(new URL('../node_modules/rxserf/dist/dashboard', import.meta.url));
const short = process.argv.includes('--short');
const by = process.argv.includes('--clock') ? 'clock' : 'work';
/** Which parts are measured, where not all are. */
const only = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const FEW = 100;
const MANY = 10_000;
/** A second. */
const CHURN = { updates: 200, events: 200 };
/** How long it is looked at while nobody touches it, while somebody uses it, and for its heap, in ms. */
const CHURNED = seconds('churn', short ? 20 : 60);
const USED = seconds('use', short ? 10 : 30);
const HEAP = seconds('heap', short ? 60 : 600);
/** Lists of the page that are bounded are full after so long, in ms. */
const FILLED = 200_000;
/** How often the heap is looked at, in ms. */
const LOOKS = HEAP / 20;
const ROUNDS = short ? 3 : 5;

/** @typedef {{work?: number, clock?: number}} Measured either of them, where there are not both */
/** @typedef {{what: string, atMost: number, unit: string, holds: boolean} & Measured} Figure */

/** @type {Figure[]} */
const figures = [];

/**
 * @param {string} what
 * @param {Measured} measured
 * @param {number} atMost what has to hold
 * @param {string} [unit]
 */
function figure(what, measured, atMost, unit = '') {
  const { work, clock } = measured;
  const judged = (by === 'clock' ? clock : work) ?? work ?? clock ?? Number.NaN;
  const holds = judged <= atMost;
  figures.push({ what, ...measured, atMost, unit, holds });
  const values = [
    work !== undefined && `${work.toFixed(2)}${unit}${clock === undefined ? '' : ' of work'}`,
    clock !== undefined && `${clock.toFixed(2)}${unit} by the clock`,
  ];
  console.log(`${holds ? '✓' : '✗'} ${what}: ${values.filter(Boolean).join(', ')}; at most ${atMost}${unit}`);
}

/**
 * @param {string} flag
 * @param {number} otherwise
 * @returns {number} in ms
 */
function seconds(flag, otherwise) {
  const given = process.argv.find((argument) => argument.startsWith(`--${flag}=`));
  return 1_000 * Number(given?.split('=')[1] ?? otherwise);
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
const missed = figures.filter(({ holds }) => !holds);
console.log(
  missed.length === 0
    ? `all ${figures.length} goals hold`
    : `missed: ${missed.map(({ what }) => what).join('; ')}`,
);
console.log(JSON.stringify({ by, load: loadavg(), processors: availableParallelism(), figures }));
if (missed.length > 0) process.exitCode = 1;

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
    { clock: median(rounds.map(([few = 1, many = 0]) => many / few)) },
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
  figure(`keystroke to paint of ${MANY} over that of ${FEW}`, { clock: many / few }, 4);
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
    return median(trace.interactions().flatMap(({ type, clock }) => (type === 'keydown' ? [clock] : [])));
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
        `  the main thread is busy for ${((100 * still.busy()) / CHURNED).toFixed(0)} % of the time`,
      );
      longTasks('while nobody touches the page', still, CHURNED);

      const used = await traced(session, () => use(page, USED));
      const interactions = used.interactions();
      const of = (/** @type {'work' | 'clock'} */ by, /** @type {number} */ at) =>
        quantile(
          interactions.map((each) => each[by]),
          at,
        );
      console.log(
        `  ${interactions.length} interactions, median ${of('work', 0.5).toFixed(0)} ms of work, ${of('clock', 0.5).toFixed(0)} ms by the clock`,
      );
      longTasks('while somebody uses it', used, USED);
      figure(
        'p99 of an interaction under churn, until it is shown',
        { work: of('work', 0.99), clock: of('clock', 0.99) },
        200,
        ' ms',
      );
      heapStaysFlat(await heapOver(page, session));
    }),
  );
}

/**
 * @param {string} when
 * @param {Trace} trace
 * @param {number} time in ms
 */
function longTasks(when, trace, time) {
  const each = (/** @type {'work' | 'clock'} */ by) => {
    const tasks = trace.longTasks(by).sort((a, b) => b - a);
    return `${tasks.length} by ${by}${tasks.length > 0 ? ` (${tasks.slice(0, 5).map(Math.round).join(', ')} ms)` : ''}`;
  };
  console.log(`  tasks > ${LONG} ms ${when}, in ${time / 1_000} s: ${each('work')}, ${each('clock')}`);
  const rate = (/** @type {'work' | 'clock'} */ by) => trace.longTasks(by).length / (time / 10_000);
  figure(`tasks > ${LONG} ms in 10 s of churn, ${when}`, { work: rate('work'), clock: rate('clock') }, 1);
}

/**
 * Filters, sorts, walks through rows, opens the events and the map, and comes back.
 * @param {Page} page
 * @param {number} time in ms; however short, all of it is done once
 */
async function use(page, time) {
  const end = Date.now() + time;
  do {
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
  } while (Date.now() < end);
}

/**
 * What the page keeps, after a collection, under churn; all pages are opened once between two looks.
 * @param {Page} page
 * @param {CDPSession} session
 */
async function heapOver(page, session) {
  /** @type {{s: number, MB: number, nodes: number, listeners: number}[]} */
  const looks = [];
  const begun = Date.now();
  for (let at = 0; at <= HEAP; at += LOOKS) {
    await page.waitForTimeout(Math.max(0, begun + at - Date.now()));
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    const { nodes, jsEventListeners } = await session.send('Memory.getDOMCounters');
    const look = {
      s: Math.round((Date.now() - begun) / 1_000),
      MB: usedSize / 1e6,
      nodes,
      listeners: jsEventListeners,
    };
    looks.push(look);
    console.log(`  ${JSON.stringify(look)}`);
    if (at < HEAP) await use(page, 0);
  }
  return looks;
}

/** @param {Awaited<ReturnType<typeof heapOver>>} looks */
function heapStaysFlat(looks) {
  // Before, lists fill that are bounded: those of what happened to members in 200 s of it.
  const later = looks.slice(looks.length >> 1);
  const slope = slopeOf(later.map(({ s, MB }) => [s / 60, MB]));
  const heap = median(later.map(({ MB }) => MB));
  console.log(`  slope of the second half: ${slope.toFixed(3)} MB a minute, of ${heap.toFixed(1)} MB`);
  if (HEAP < 2 * FILLED)
    console.log('  too short to judge the heap: lists that are bounded are not full yet');
  else
    figure('growth of the heap in the second half, in % a minute', { work: (100 * slope) / heap }, 1, ' %');
}

/**
 * By least squares.
 * @param {readonly (readonly [x: number, y: number])[]} points
 */
function slopeOf(points) {
  const mean = (/** @type {0 | 1} */ at) => points.reduce((sum, each) => sum + each[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const sum = (/** @type {(each: readonly [number, number]) => number} */ of) =>
    points.reduce((all, each) => all + of(each), 0);
  return sum((each) => (each[0] - x) * (each[1] - y)) / sum((each) => (each[0] - x) ** 2);
}

/**
 * When all coordinates are there nothing is asked for any more.
 * @param {Page} page
 */
async function settled(page) {
  await page.locator('app-member-row').first().waitFor({ timeout: 300_000 });
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
