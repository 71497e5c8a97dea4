import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { Observable, Subject } from 'rxjs';
import type { Serf } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { type GatewayOptions, gateway, type ServedSource, tokens } from 'rxserf/gateway';
import { ADMIN, OPERATOR, type Policy, VIEWER } from 'rxserf/server';
import { afterEach, expect, onTestFinished, vi } from 'vitest';
import { openPage } from '../browser/harness/browser.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const axe = `${root}dashboard/node_modules/axe-core/axe.min.js`;
export const KEY = 'viewer-key-0123456789';
export const OTHER_KEY = 'another-key-0123456789';
export const OPERATOR_KEY = 'operator-key-0123456789';
/** May ask, fire and set what is named here, and nothing else. */
const NAMED: Policy = {
  ...OPERATOR,
  events: ['deploy'],
  queries: ['load', 'deploy:*'],
  setTags: ['version'],
};
/** A name that turns text round, hides, and would be an element where it is taken for HTML. */
export const HOSTILE = 'web\u202e<img src=x onerror=alert(1)>\u200b';

/** For what comes by itself: long enough for a machine that does much else. */
export const soon = { timeout: 30_000 };

/** What the pages of a test said to the console, or asked of others. */
const wrongs: string[] = [];
afterEach(() => {
  expect(wrongs.splice(0)).toEqual([]);
});

/** A cluster of web, db and one hostile name. */
export function someCluster(count = 6, encryptKey?: string): EmbeddedCluster {
  const named = Array.from({ length: count }, (_, i) => ({
    name: `${i % 2 ? 'db' : 'web'}-${i + 1}`,
    tags: { role: i % 2 ? 'db' : 'web', dc: i < count / 2 ? 'eu' : 'us', version: 'v1' },
  }));
  const cluster = new EmbeddedCluster({
    nodes: [...named, { name: HOSTILE, tags: { role: 'web', note: '</script><b>\u202e' } }],
    ...(encryptKey && { encryptKey }),
  });
  onTestFinished(() => cluster.close());
  return cluster;
}

/** A node that does some things as a test says. Its own methods find their own fields: bound to it, not to the proxy. */
export function nodeWith(
  node: Serf<Uint8Array>,
  instead: Partial<Record<keyof Serf | 'dropped$', unknown>>,
): Serf<Uint8Array> {
  return new Proxy(node, {
    get: (target, key) => {
      if (key in instead) return instead[key as keyof Serf];
      const value = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The first node of a cluster, whose log says what a test says, and who counts its listeners. */
export function talking(cluster = someCluster()) {
  const line$ = new Subject<string>();
  const listeners: string[] = [];
  const monitor = (level = 'info') =>
    new Observable<string>((subscriber) => {
      listeners.push(level);
      const listening = line$.subscribe(subscriber);
      return () => {
        listeners.splice(listeners.indexOf(level), 1);
        listening.unsubscribe();
      };
    });
  const serf = nodeWith(cluster.node(cluster.names[0] as string), { monitor });
  return { cluster, serf, listeners, say: (text: string) => line$.next(`2026/11/21 10:00:00 ${text}`) };
}

export interface Served {
  readonly url: string;
  readonly port: number;
  stop(): void;
}

/** The dashboard of dist, for the first node of a cluster, under the strict policy of the gateway's answers. */
export async function serveDashboard(
  cluster: EmbeddedCluster,
  { port = 0, ...more }: Partial<GatewayOptions> = {},
  serf: ServedSource = cluster.node(cluster.names[0] as string),
): Promise<Served> {
  let url: string | undefined;
  const subscription = gateway(serf, {
    port,
    authenticate: tokens({
      [KEY]: { role: 'viewer', name: 'vic' },
      [OTHER_KEY]: { role: 'admin', name: 'ann' },
      [OPERATOR_KEY]: { role: 'operator', name: 'oli' },
    }),
    roles: { viewer: VIEWER, operator: NAMED, admin: ADMIN },
    dashboard: { dir: `${root}dist/dashboard` },
    ...more,
  }).subscribe((event) => {
    if (event.type === 'listening') url = event.url;
  });
  onTestFinished(() => subscription.unsubscribe());
  const at = await vi.waitUntil(() => url, { timeout: 10_000, interval: 5 });
  return { url: at, port: Number(new URL(at).port), stop: () => subscription.unsubscribe() };
}

/** A page of the dashboard. What it writes to the console, and what it asks of anybody else, fails the test. */
export async function openDashboard(
  { url }: Served,
  path = 'members',
  options: BrowserContextOptions & {
    readonly key?: string;
    readonly offline?: true;
    readonly clock?: true;
  } = {},
): Promise<Page> {
  const { key = KEY, clock, ...context } = options;
  const page = await openPage('about:blank', { viewport: { width: 1440, height: 900 }, ...context });
  // A server that is gone is what some tests are about: the browser reports it, and nobody can keep it from that.
  page.on('console', (message) => {
    if (!/ERR_CONNECTION_REFUSED|WebSocket connection to/.test(message.text())) wrongs.push(message.text());
  });
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (asked.host !== new URL(url).host && asked.protocol !== 'data:') wrongs.push(`asked ${asked.href}`);
  });
  // Before the page is there: a timer of the real clock could not be taken back by the other one.
  if (clock) await page.clock.install();
  await page.goto(`${url.replace(/\/$/, '')}/${path}${key && `#key=${key}`}`);
  return page;
}

/** Presses keys as fast as can be: nothing is drawn between two of them. Each goes to what has the focus by then. */
export async function pressAtOnce(page: Page, ...keys: string[]): Promise<void> {
  await page.evaluate(`
    for (const key of ${JSON.stringify(keys)})
      document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  `);
}

/** What axe finds wrong with a page as it is. */
export async function violations(page: Page): Promise<string[]> {
  // By the debugger, as the page's policy forbids further scripts.
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(readFileSync(axe, 'utf8'));
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>;
      };
    };
    return (await axe.run()).violations;
  });
  return found.flatMap(({ id, nodes }) =>
    nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  );
}

/** The row of a member. */
export function rowOf(page: Page, name: string) {
  return page.locator('app-member-row', { has: page.getByRole('link', { name, exact: true }) });
}

export const namesOf = (page: Page) => page.locator('app-member-row .name').allInnerTexts();
