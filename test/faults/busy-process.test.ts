/**
 * A client's process that is busy, or stopped, for longer than a timeout: what has arrived counts, as timers run before sockets
 * are read. The event loop is really blocked here, and the process really stopped.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setImmediate as macrotask, setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { firstValueFrom, Subject } from 'rxjs';
import { fakeSerf } from 'rxserf/testing';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Agent, describeAgent, failureOf, startAgent, stopAll } from '../agent/harness/agent.ts';
import { served } from '../server/support/serf-command.ts';
import { faultProxy, type Proxied } from './proxy.ts';
import { client } from './through.ts';

/** Nothing else happens in this process meanwhile. */
function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/**
 * What is left of it after the block has to do for a handshake and an answer by processes that a loaded machine runs now and
 * then: with 300 ms, a test measured that. What is tested is that the time of the block does not count.
 */
const TIMEOUT = 1_000;
const LONGER = 1.3 * TIMEOUT;

describeAgent('a process that is busy for longer than a timeout', () => {
  let agent: Agent;

  beforeAll(async () => {
    agent = await startAgent({ name: 'n1' });
  });

  afterAll(stopAll);

  test('finds the answers to what it had asked', async () => {
    const { client: asking } = client(agent.address);
    await firstValueFrom(asking.members());
    const options = { timeout: TIMEOUT };
    const answers = [
      firstValueFrom(asking.event('deploy', undefined, options)),
      firstValueFrom(asking.stats(options)),
      firstValueFrom(asking.members(undefined, options)),
    ];
    // What is asked in a tick is written as it ends.
    await macrotask();
    busy(LONGER);

    const [, stats, members] = await Promise.all(answers);
    expect(stats).toMatchObject({ agent: { name: 'n1' } });
    expect(members).toHaveLength(1);
  });

  test('connects, and asks with what time is left', async () => {
    const { client: asking } = client(agent.address, { connectTimeout: TIMEOUT, timeout: TIMEOUT });
    const members = firstValueFrom(asking.members());
    busy(LONGER);

    expect(await members).toHaveLength(1);
  });

  test('has its streams accepted', async () => {
    const { client: asking } = client(agent.address, { timeout: TIMEOUT });
    const event = firstValueFrom(asking.stream('user'));
    busy(LONGER);
    await firstValueFrom(asking.event('deploy'));

    expect(await event).toMatchObject({ name: 'deploy' });
  });

  test('still gives up an agent that says nothing', async () => {
    const proxy = await faultProxy(agent.rpc);
    const { client: asking } = client(proxy.address);
    await firstValueFrom(asking.members());
    for (const link of proxy.all) link.toClient.swallow();
    const failure = failureOf(asking.stats({ timeout: TIMEOUT }));
    await macrotask();
    busy(LONGER);

    expect(await failure).toMatchObject({ code: 'request-timeout' });
  });
});

/** A process that asks; resolves with its outcome. */
function ask(address: string) {
  const script = fileURLToPath(new URL('support/asking-process.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, address, String(TIMEOUT)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value as string | undefined;
  return { child, line };
}

describe('a process that is stopped for longer than a timeout', () => {
  const STATS = { agent: { name: 'n1' } };

  async function stopped(child: ChildProcess, meanwhile: () => void): Promise<void> {
    child.kill('SIGSTOP');
    meanwhile();
    await pause(LONGER);
    child.kill('SIGCONT');
  }

  test('finds the answer', async () => {
    const serf = fakeSerf();
    const stats$ = new Subject<typeof STATS>();
    const asked = new Promise<void>((resolve) => {
      serf.reply('stats', () => {
        resolve();
        return stats$;
      });
    });
    const { child, line } = ask(await served(serf));
    expect(await line()).toBe('asking');
    await asked;
    await stopped(child, () => stats$.next(STATS));

    expect(await line()).toBe('answered');
  });

  test('goes on with a handshake', async () => {
    const serf = fakeSerf({ replies: { stats: STATS } });
    const proxy = await faultProxy(rpcAt(await served(serf)));
    const dialled = new Promise<Proxied>((resolve) =>
      proxy.script((link) => {
        link.toAgent.stall();
        resolve(link);
      }),
    );
    const { child, line } = ask(proxy.address);
    expect(await line()).toBe('asking');
    const link = await dialled;
    await stopped(child, () => link.toAgent.pass());

    expect(await line()).toBe('answered');
  });
});

function rpcAt(address: string) {
  const [host = '', port] = address.split(':');
  return { host, port: Number(port) };
}
