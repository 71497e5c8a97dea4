/** Real agents that die, freeze and are cut off, while streams, monitors, queries and memberships run. */
import { filter, firstValueFrom, map, type Observable, take, toArray } from 'rxjs';
import type { Member, SerfClient, StreamGap } from 'rxserf';
import { afterAll, expect, test } from 'vitest';
import { faultProxy } from '../faults/proxy.ts';
import { client, newest, through } from '../faults/through.ts';
import {
  type Agent,
  describeAgent,
  eventually,
  failureOf,
  replayed,
  settled,
  startAgent,
  startCluster,
  stopAll,
} from './harness/agent.ts';

/** Retries soon, and tells that it waits. */
const SOON = { minDelay: 20, maxDelay: 50, random: () => 0.9 } as const;

describeAgent('reliability', () => {
  afterAll(stopAll);

  test('an agent killed and started again: everything goes on, and says what it missed', async () => {
    const { a, b } = await pair();
    const { client: watching, story } = client(a.address, { reconnect: SOON });
    const told: StreamGap[] = [];
    const events = replayed(watching.stream('user', { gaps: true, onGap: (gap) => told.push(gap) }));
    const lines = replayed(watching.monitor());
    const membership = replayed(watching.membership());
    const dropped = replayed(watching.dropped$);
    const firing = client(b.address).client;
    await settled(watching);
    await firstValueFrom(firing.event('before'));
    await firstValueFrom(events);
    const query = failureOf(watching.query('long', undefined, { timeout: 60_000 }));
    await settled(watching);

    a.kill();
    expect(await query).toMatchObject({ code: 'connection-lost', command: 'query', outcome: 'unknown' });
    await a.exited;
    await firstValueFrom(firing.event('away'));
    const reborn = await startAgent({
      name: 'a',
      tags: { life: '2' },
      ports: a.ports,
      join: [b.gossip],
    });
    await firstValueFrom(events.pipe(filter(({ event }) => event === 'gap')));
    await settled(watching);
    await firstValueFrom(firing.event('after'));

    const seen = await firstValueFrom(names(events).pipe(take(3), toArray()));
    expect(seen).toEqual(['before', 'gap', 'after']);
    expect(told).toEqual([
      { event: 'gap', cause: 'reconnect', address: a.address, away: expect.any(Number) },
    ]);
    expect(await firstValueFrom(dropped.pipe(take(3), toArray()))).toEqual(
      ['user', 'info', expect.stringContaining('member-join')].map((subject) => ({
        cause: 'reconnect',
        subject,
        away: expect.any(Number),
      })),
    );
    await sameAsSerf(membership, reborn);

    // All of the new agent's log, too, but for lines that the old one had to the letter, second and all.
    await firstValueFrom(lines.pipe(filter((line) => line.endsWith('user-event: after'))));
    const before = new Set(logLines(a));
    const isNew = (line: string) => !before.has(line);
    const newLines = all(lines).filter(isNew);
    expect(newLines).toEqual(logLines(reborn).filter(isNew).slice(0, newLines.length));

    expect(story.told.slice(0, 5)).toEqual([
      'idle',
      `connecting 1 ${a.address}`,
      `connected ${a.address}`,
      'waiting 1 connection-lost',
      `connecting 2 ${a.address}`,
    ]);
    const retries = story.told.slice(4, -1);
    expect(retries).toEqual(
      retries.map((_, at) => {
        const attempt = 2 + Math.floor(at / 2);
        return at % 2 === 0 ? `connecting ${attempt} ${a.address}` : `waiting ${attempt} connect-failed`;
      }),
    );
    expect(story.told.at(-1)).toBe(`connected ${a.address}`);
  });

  test('an agent killed for good: another of the cluster takes over', async () => {
    const { a, b } = await pair();
    const { client: watching, story } = client([a.address, b.address]);
    const events = replayed(watching.stream('user', { gaps: true }));
    const membership = replayed(watching.membership());
    await settled(watching);

    a.kill();
    await firstValueFrom(events);
    await firstValueFrom(watching.event('here'));

    expect(await firstValueFrom(names(events).pipe(take(2), toArray()))).toEqual(['gap', 'here']);
    await sameAsSerf(membership, b);
    await firstValueFrom(membership.pipe(filter((members) => members.get('a')?.status === 'failed')));
    await sameAsSerf(membership, b);
    expect(story.told.slice(3)).toEqual([
      'waiting 1 connection-lost',
      `connecting 2 ${b.address}`,
      `connected ${b.address}`,
    ]);
  });

  test('a frozen agent (SIGSTOP) is noticed and another takes over; that it thaws does no harm', async () => {
    const { a, b } = await pair();
    const { client: watching, story } = client([a.address, b.address], { heartbeat: 200, reconnect: SOON });
    const events = replayed(watching.stream('user', { gaps: true }));
    const lines = replayed(watching.monitor());
    const membership = replayed(watching.membership());
    await settled(watching);
    await firstValueFrom(membership);

    await a.freeze();
    const pending = failureOf(watching.event('into-the-ice'));
    await firstValueFrom(events.pipe(filter(({ event }) => event === 'gap')));
    expect(await pending).toMatchObject({ code: 'connection-lost', outcome: 'unknown' });
    await firstValueFrom(watching.event('meanwhile'));
    await firstValueFrom(names(events).pipe(filter((name) => name === 'meanwhile')));
    await sameAsSerf(membership, b);
    await firstValueFrom(membership.pipe(filter((members) => members.get('a')?.status === 'failed')));

    a.kill('SIGCONT');
    const story$ = membership.pipe(map((members) => members.get('a')?.status));
    await eventually('a is back', async () => {
      expect(await latest(story$)).toBe('alive');
    });
    await sameAsSerf(membership, b);
    await firstValueFrom(client(a.address).client.event('thawed'));
    await firstValueFrom(names(events).pipe(filter((name) => name === 'thawed')));
    await firstValueFrom(lines.pipe(filter((line) => line.endsWith('user-event: thawed'))));
    expect(story.told).toEqual([
      'idle',
      `connecting 1 ${a.address}`,
      `connected ${a.address}`,
      'waiting 1 connection-lost',
      `connecting 2 ${b.address}`,
      `connected ${b.address}`,
    ]);
  });

  test('cut off from all agents, and back: it waits, and membership has what changed meanwhile', async () => {
    const { a, b } = await pair();
    const proxies = await Promise.all([faultProxy(a.rpc), faultProxy(b.rpc)]);
    const { client: watching, story } = client(
      proxies.map(({ address }) => address),
      { heartbeat: 200, connectTimeout: 100, reconnect: SOON },
    );
    const events = replayed(watching.stream('user', { gaps: true }));
    const membership = replayed(watching.membership());
    await settled(watching);
    await sameAsSerf(membership, a);

    for (const proxy of proxies) {
      proxy.script((link) => {
        link.toAgent.swallow();
        link.toClient.swallow();
      });
      for (const link of proxy.live) link.swallow();
    }
    await story.reaches({ state: 'waiting', attempt: 3 });
    const asked = firstValueFrom(watching.members());
    await b.cli('tags', '-set', 'changed=meanwhile');
    await firstValueFrom(client(a.address).client.event('missed'));
    await eventually('a knows of it', async () =>
      expect((await a.cli('members')).stdout).toContain('changed=meanwhile'),
    );
    for (const proxy of proxies) proxy.script(() => {});

    await firstValueFrom(events.pipe(filter(({ event }) => event === 'gap')));
    await firstValueFrom(watching.event('healed'));
    expect(await firstValueFrom(names(events).pipe(take(2), toArray()))).toEqual(['gap', 'healed']);
    expect(await asked).toHaveLength(2);
    await sameAsSerf(membership, a);
    expect((await latest(membership)).get('b')?.tags).toEqual({ changed: 'meanwhile' });
    const waits = story.statuses.filter((status) => status.state === 'waiting');
    expect(waits.map(({ error }) => error.code).slice(0, 3)).toEqual([
      'connection-lost',
      'connect-timeout',
      'connect-timeout',
    ]);
  });

  test('a monitor after a reconnect to the same agent: no line twice, none lost', async () => {
    const agent = await startAgent({ name: 'talking', logLevel: 'debug' });
    const { proxy, client: watching, story } = await through(agent);
    const lines = replayed(watching.monitor('debug'));
    await settled(watching);

    for (const round of [1, 2, 3]) {
      // Lines that are the same, second and all, too.
      for (let at = 0; at < 3; at++) await agent.cli('event', '-coalesce=false', 'same');
      await firstValueFrom(watching.event(`seen-${round}`));
      await firstValueFrom(lines.pipe(filter((line) => line.endsWith(`user-event: seen-${round}`))));

      const since = story.statuses.length;
      await proxy.refuse();
      newest(proxy).cut();
      await story.reaches({ state: 'connecting' }, since);
      for (let at = 0; at < 3; at++) await agent.cli('event', '-coalesce=false', 'same');
      await eventually('the agent has said something meanwhile', () =>
        expect(logLines(agent).at(-1)).toMatch(/user-event: same$/),
      );
      await proxy.accept();
      await story.reaches({ state: 'connected' }, since);
    }
    await firstValueFrom(watching.event('the-end'));
    await firstValueFrom(lines.pipe(filter((line) => line.endsWith('user-event: the-end'))));

    const seen = await all(lines);
    expect(seen).toEqual(logLines(agent).slice(0, seen.length));
    expect(seen.filter((line) => line.endsWith('user-event: same'))).toHaveLength(18);
  });

  /** Two agents that know each other. */
  async function pair(): Promise<{ a: Agent; b: Agent }> {
    const [a, b] = (await startCluster({ nodes: [{ name: 'a' }, { name: 'b' }] })) as [Agent, Agent];
    return { a, b };
  }
});

/** Waits until the membership has what `serf members` has, to the last tag. */
async function sameAsSerf(membership: ReturnType<SerfClient['membership']>, agent: Agent): Promise<void> {
  await eventually(`the membership is that of ${agent.name}`, async () => {
    const { stdout } = await agent.cli('members', '-format=json');
    const { members } = JSON.parse(stdout) as { members: SerfMember[] };
    const theirs = members.map(({ name, addr, status, tags }) => ({ name, addr, status, tags }));
    const ours = [...(await latest(membership)).values()].map((member) => asSerfHasIt(member));
    expect(byName(ours)).toEqual(byName(theirs));
  });
}

interface SerfMember {
  name: string;
  addr: string;
  status: string;
  tags: Record<string, string>;
}

function asSerfHasIt({ name, address, port, status, tags }: Member): SerfMember {
  return { name, addr: `${address}:${port}`, status, tags: { ...tags } };
}

function byName(members: SerfMember[]): SerfMember[] {
  return members.toSorted((a, b) => a.name.localeCompare(b.name));
}

/** Names of user events, and `gap`. */
function names(events: Observable<{ event: 'gap' } | { event: 'user'; name: string }>): Observable<string> {
  return events.pipe(map((event) => (event.event === 'gap' ? 'gap' : event.name)));
}

/** What a replayed Observable has emitted so far. */
function all<T>(replayed: Observable<T>): T[] {
  const values: T[] = [];
  replayed.subscribe((value) => values.push(value)).unsubscribe();
  return values;
}

function latest<T>(replayed: Observable<T>): T {
  const value = all(replayed).at(-1);
  if (value === undefined) throw new Error('nothing yet');
  return value;
}

/** What the agent has logged, as its monitor has it. */
function logLines(agent: Agent): string[] {
  return agent
    .log()
    .split('\n')
    .filter((line) => /^ +\d{4}\//.test(line))
    .map((line) => line.trim());
}
