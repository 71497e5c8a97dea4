import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Agent, describeAgent, startAgent, stopAll } from '../agent/harness/agent.ts';
import { bundlePage, describeBrowser, openPage, servePage } from '../browser/harness/browser.ts';
import type { inGateway as InGateway } from '../browser/pages/gateway.ts';
import {
  describeProgram,
  freePort,
  type Program,
  startCaddy,
  startGateway,
  startNginx,
  temporaryFolder,
} from './programs.ts';

declare global {
  /** Of the page; see `test/browser/pages/gateway.ts`. */
  var inGateway: typeof InGateway;
}

/** How long a page may take to show what has happened, in ms: the machine may be busy with all else. */
const SHOWN = { timeout: 30_000, interval: 50 };

const page = (script: string) => {
  const dir = join(temporaryFolder(), 'pages');
  mkdirSync(dir);
  writeFileSync(
    join(dir, 'index.html'),
    '<!doctype html><meta charset="utf-8"><title>test</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
  );
  writeFileSync(join(dir, 'page.js'), script);
  return dir;
};

interface Scene {
  agent: Agent;
  gateway: Program;
  proxy: Program;
  readonly url: string;
  restartAgent(): Promise<void>;
  restartGateway(): Promise<void>;
  restartProxy(): Promise<void>;
}

/** An agent, `rxserf gateway` in front of it, a proxy in front of that, and the page that it serves. */
async function scene(
  script: string,
  startProxy: typeof startNginx,
  tokens: Readonly<Record<string, object>>,
): Promise<Scene> {
  const options = { name: 'n1', tags: { role: 'web', secret: 'abc' } };
  const agent = await startAgent(options);
  const [gatewayPort, proxyPort] = [await freePort(), await freePort()];
  const url = `https://localhost:${proxyPort}`;
  const config = {
    rpcAddr: agent.address,
    listen: `127.0.0.1:${gatewayPort}`,
    publicUrl: url,
    trustProxy: ['127.0.0.1'],
    roles: { guest: { extends: 'viewer', hideTags: ['secret'] } },
    tokens,
    dashboard: page(script),
  };
  const running: Scene = {
    agent,
    url,
    gateway: await startGateway(config),
    proxy: await startProxy(proxyPort, gatewayPort),
    async restartAgent() {
      await running.agent.stop();
      running.agent = await startAgent({ ...options, ports: agent.ports });
    },
    async restartGateway() {
      await running.gateway.stop();
      running.gateway = await startGateway(config);
    },
    async restartProxy() {
      await running.proxy.stop();
      running.proxy = await startProxy(proxyPort, gatewayPort);
    },
  };
  return running;
}

const eventsOf = (page: Page) => page.evaluate(() => inGateway.events);

describeAgent('rxserf gateway with a real agent', () => {
  describeBrowser('and a page in Chromium', () => {
    let script: string;
    beforeAll(async () => {
      script = await bundlePage('test/browser/pages/gateway.ts');
    });
    afterAll(stopAll);

    describeProgram('nginx', 'behind nginx', () => {
      test('the page outlives its key, the agent, the gateway and nginx, and tells of each gap', async () => {
        const expires = Date.now() + 15_000;
        const all = await scene(script, startNginx, {
          'first-key-0123456789': { role: 'guest', name: 'ann', expires },
          'second-key-0123456789': { role: 'guest', name: 'ann' },
        });
        const page = await openPage(all.url);
        await page.evaluate(
          (until) =>
            inGateway.open([{ key: 'first-key-0123456789', until }, { key: 'second-key-0123456789' }]),
          expires,
        );
        await expect.poll(() => page.evaluate(() => inGateway.members()), SHOWN).toEqual(['n1 alive']);
        const told: string[] = [];
        const fire = async (payload: string) => {
          await all.agent.cli('event', '-coalesce=false', 'deploy', payload);
          told.push(`deploy ${payload}`);
          await expect.poll(() => eventsOf(page), SHOWN).toEqual(told);
        };
        const gap = async () => {
          told.push('gap');
          await expect.poll(() => eventsOf(page), SHOWN).toEqual(told);
        };
        await fire('1');
        expect(await page.evaluate(() => inGateway.asked())).toBe(1);

        // Its key expires.
        await gap();
        expect(all.gateway.output()).toContain('"code":4401');
        expect(await page.evaluate(() => inGateway.asked())).toBe(2);
        await fire('2');

        await all.restartAgent();
        await gap();
        expect(all.gateway.output()).toContain('"code":1012');
        await fire('3');

        await all.restartGateway();
        await gap();
        await fire('4');

        await all.restartProxy();
        await gap();
        await fire('5');
        await expect.poll(() => page.evaluate(() => inGateway.members()), SHOWN).toEqual(['n1 alive']);
        expect(await page.evaluate(() => inGateway.states.includes('closed'))).toBe(false);
        expect(all.gateway.output()).not.toContain('key-0123456789');
        await page.evaluate(() => inGateway.close());
      }, 180_000);

      test('what a role may not do is a typed error; a page from elsewhere does not get in', async () => {
        const all = await scene(script, startNginx, { 'guest-key-0123456789': { role: 'guest' } });
        const page = await openPage(all.url);
        await page.evaluate(() => inGateway.open([{ key: 'guest-key-0123456789' }]));
        await expect.poll(() => page.evaluate(() => inGateway.members()), SHOWN).toEqual(['n1 alive']);
        const denied = { name: 'AgentError', code: 'permission-denied' };
        expect(await page.evaluate(() => inGateway.fire('deploy'))).toEqual(denied);
        expect(await page.evaluate(() => inGateway.leave())).toEqual(denied);
        expect(await page.evaluate(() => inGateway.keys())).toEqual(denied);
        expect(await page.evaluate(() => inGateway.join())).toEqual(denied);
        expect(await page.evaluate(() => inGateway.hidden())).toEqual(denied);
        // By one connection all the while.
        expect(await page.evaluate(() => inGateway.asked())).toBe(1);

        const foreign = await servePage({ script: '', tls: true });
        const stranger = await openPage(foreign.url);
        const end = await stranger.evaluate(
          (url) =>
            new Promise((resolve) => {
              const webSocket = new WebSocket(url);
              webSocket.onopen = () => resolve('open');
              webSocket.onclose = ({ code, reason }) => resolve([code, reason]);
            }),
          `${all.url.replace('https', 'wss')}/serf`,
        );
        expect(end).toEqual([1006, '']);
        await expect.poll(() => all.gateway.output(), SHOWN).toContain('"reason":"origin"');
        expect(all.gateway.output()).toContain(
          `pages of \\"${new URL(foreign.url).origin}\\" may not connect`,
        );
        const read = await stranger.evaluate(
          (url) =>
            fetch(`${url}/readyz`).then(
              () => 'read',
              () => 'refused',
            ),
          all.url,
        );
        expect(read).toBe('refused');
        await page.evaluate(() => inGateway.close());
      }, 120_000);
    });

    describeProgram('caddy', 'behind caddy', () => {
      test('the page shows members and events, and tells of a restart', async () => {
        const all = await scene(script, startCaddy, { 'guest-key-0123456789': { role: 'guest' } });
        const page = await openPage(all.url);
        await page.evaluate(() => inGateway.open([{ key: 'guest-key-0123456789' }]));
        await expect.poll(() => page.evaluate(() => inGateway.members()), SHOWN).toEqual(['n1 alive']);
        await all.agent.cli('event', 'deploy', '1');
        await expect.poll(() => eventsOf(page), SHOWN).toEqual(['deploy 1']);
        await all.restartProxy();
        await expect.poll(() => eventsOf(page), SHOWN).toEqual(['deploy 1', 'gap']);
        await all.agent.cli('event', 'deploy', '2');
        await expect.poll(() => eventsOf(page), SHOWN).toEqual(['deploy 1', 'gap', 'deploy 2']);
        await page.evaluate(() => inGateway.close());
      }, 120_000);
    });
  });
});
