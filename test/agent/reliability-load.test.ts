/** Requests that are slow, readers that are slow, queries that end early, and ends that wait. */
import { connect as connectTcp } from 'node:net';
import { filter, firstValueFrom, forkJoin, map, Subject, scan, take, toArray } from 'rxjs';
import type { QueryEvent, QueryReply, SerfClient, SocketFactory } from 'rxserf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SocketSubject } from '../../src/socket/socket.ts';
import { silentPeer } from '../faults/silent-peer.ts';
import { client } from '../faults/through.ts';
import {
  type Agent,
  describeAgent,
  endOf,
  eventually,
  failureOf,
  recordingSockets,
  replayed,
  settled,
  startAgent,
  startCluster,
  stopAll,
} from './harness/agent.ts';

describeAgent('reliability under load', () => {
  let agents: Agent[];
  let n1: Agent;

  beforeAll(async () => {
    agents = await startCluster({
      nodes: [
        { name: 'n1', tags: { role: 'web' } },
        { name: 'n2', tags: { role: 'web' } },
        { name: 'n3', tags: { role: 'db' } },
      ],
    });
    n1 = agents[0]!;
  });

  afterAll(stopAll);

  test('a join that is stuck holds up neither reads nor streams nor patterns', async () => {
    const peer = await silentPeer();
    const { client: asking } = client(n1.address);
    const order: string[] = [];
    const done = (what: string) => () => order.push(what);
    const events = replayed(asking.stream('user'));
    await settled(asking);

    const join = failureOf(asking.join(peer.address)).then(done('join'));
    await peer.visited();
    await firstValueFrom(asking.members()).then(done('members'));
    await firstValueFrom(asking.event('passing')).then(done('event'));
    await firstValueFrom(events).then(done('stream'));
    await firstValueFrom(asking.members({ name: 'n2' })).then(done('members by name'));
    await failureOf(asking.members({ name: '(' })).then(done('members by nonsense'));
    await firstValueFrom(asking.stats()).then(done('stats'));
    peer.release();
    await join;

    expect(order).toEqual([
      'members',
      'event',
      'stream',
      'members by name',
      'members by nonsense',
      'stats',
      'join',
    ]);
  });

  test('a stuck join is not taken for a dead peer', async () => {
    const peer = await silentPeer();
    const { client: asking } = client(n1.address, { heartbeat: 20 });
    const join = failureOf(asking.join(peer.address));
    await peer.visited();
    // Time enough for some heartbeats.
    for (let at = 0; at < 20; at++)
      await firstValueFrom(asking.query('slow', undefined, { timeout: 10 }).pipe(toArray()));
    peer.release();
    expect(await join).toMatchObject({ name: 'AgentError', command: 'join' });
  });

  test('side connections close when they are idle', async () => {
    const wire = recordingSockets();
    const { client: asking } = client(n1.address, { socket: wire.socket, idleTimeout: 30 });
    await firstValueFrom(
      forkJoin([asking.members(), asking.members({ name: 'n1' }), asking.join(n1.gossip)]),
    );
    expect(wire.opened()).toBe(3);
    await eventually('one connection is left', () => expect(wire.open()).toBe(1));
    expect(await firstValueFrom(asking.members({ name: 'n1' }))).toHaveLength(1);
    expect(wire.opened()).toBe(4);
  });

  test('idleTimeout 0: a side connection is not closed under a request', async () => {
    const peer = await silentPeer();
    const { client: asking } = client(n1.address, { idleTimeout: 0 });
    const join = failureOf(asking.join(peer.address, { timeout: 3_000 }));
    await peer.visited();
    for (let at = 0; at < 5; at++) await settled(asking);
    peer.release();
    expect(await join).toMatchObject({ name: 'AgentError', command: 'join' });
  });

  test('accountForDrops: what the agent dropped for us, to the last event', async () => {
    const agent = await startAgent({ name: 'flooded', logLevel: 'warn' });
    const slow = slowReader(agent);
    const other = slowReader(agent);
    const quick = client(agent.address).client;
    const passed = replayed(quick.stream('user:flood').pipe(scan((count) => count + 1, 0)));
    const firing = [1, 2, 3, 4].map(() => client(agent.address).client);
    await Promise.all([slow, other].map(({ ready }) => ready()));
    await settled(quick);
    slow.pause();
    other.pause();

    let fired = 0;
    // Each one different: of events that are the same and fired at the same Lamport time, an agent keeps one.
    const payload = () => new Uint8Array(450).fill(fired >> 8, 0, 1).fill(fired++ & 0xff, 1, 2);
    // Not more at a time than the agent's monitor (512 lines) can tell of.
    while ((fired < 5_000 || slow.logged() < 500 || other.logged() < 500) && fired < 60_000) {
      await Promise.all(
        firing.map((each) =>
          firstValueFrom(forkJoin(Array.from({ length: 25 }, () => each.event('flood', payload())))),
        ),
      );
      await firstValueFrom(passed.pipe(filter((count) => count === fired)));
    }

    for (const reader of [slow, other]) {
      reader.resume();
      await eventually(
        'all are delivered or accounted for',
        () => {
          expect(reader.logged()).toBeGreaterThanOrEqual(500);
          expect(reader.dropped()).toBe(reader.logged());
          expect(reader.delivered() + reader.dropped()).toBe(fired);
        },
        { within: 5_000 },
      );
    }
  });

  /** A client whose stream `user:flood` can be left unread. */
  function slowReader(agent: Agent) {
    const sockets: ReturnType<typeof connectTcp>[] = [];
    const socket: SocketFactory = ({ host, port }) =>
      new SocketSubject((incoming) => {
        const tcp = connectTcp({ host, port });
        sockets.push(tcp);
        tcp.on('data', (chunk: Buffer) => incoming.next(new Uint8Array(chunk)));
        tcp.on('error', (error) => incoming.error(error)).on('close', () => incoming.complete());
        return {
          write: (bytes) => void tcp.write(bytes),
          end: () => void tcp.end(),
          destroy: () => void tcp.destroy(),
          localAddress: () => `${tcp.localAddress}:${tcp.localPort}`,
        };
      });
    const { client: reading } = client(agent.address, { socket, accountForDrops: true, heartbeat: 0 });
    let delivered = 0;
    let dropped = 0;
    let address = '';
    reading.dropped$.subscribe((report) => {
      if (report.cause === 'agent') dropped += report.count;
    });
    reading.stream('user:flood').subscribe(() => delivered++);
    return {
      ready: async () => {
        await settled(reading);
        const [main] = sockets;
        address = `${main?.localAddress}:${main?.localPort}`;
        await eventually('the count is under way', () => expect(sockets).toHaveLength(2));
        // The monitor's first answer is behind its handshake; a line for each connection shows that both are taken.
        await eventually('both connections have talked', () =>
          expect(sockets.map(({ bytesRead }) => bytesRead > 13)).toEqual([true, true]),
        );
      },
      pause: () => sockets[0]?.pause(),
      resume: () => sockets[0]?.resume(),
      delivered: () => delivered,
      dropped: () => dropped,
      logged: () => agent.log().split(`Dropping event to ipc.client: ${address}\n`).length - 1,
    };
  }

  test("completeWhen 'all': over when every alive member that matches has answered", async () => {
    const { asking } = await answering(['n1', 'n2']);
    const replies = await firstValueFrom(
      asking
        .query('who', undefined, {
          completeWhen: 'all',
          filterTags: { role: 'web' },
          requestAck: true,
          timeout: 60_000,
        })
        .pipe(toArray()),
    );
    expect(sources(replies, 'response')).toEqual(['n1', 'n2']);

    const named = asking.query('who', undefined, {
      completeWhen: 'all',
      filterNodes: ['n2'],
      timeout: 60_000,
    });
    expect(sources(await firstValueFrom(named.pipe(toArray())), 'response')).toEqual(['n2']);
  });

  test('completeWhen a number, or when a function says so; what comes later is swallowed', async () => {
    const { asking, wire, hold, release } = await answering(['n1', 'n2', 'n3']);
    const dropped = replayed(asking.dropped$);
    hold('n2');
    const two = await firstValueFrom(
      asking.query('who', undefined, { completeWhen: 2, timeout: 60_000 }).pipe(toArray()),
    );
    expect(sources(two, 'response')).toEqual(['n1', 'n3']);

    const before = wire.received().length;
    release('n2');
    await eventually('the late answer comes', () =>
      expect(
        wire
          .received()
          .slice(before)
          .map(({ body }) => body),
      ).toContainEqual(expect.objectContaining({ Type: 'response', From: 'n2' })),
    );
    expect(await firstValueFrom(asking.members())).toHaveLength(3);

    const counts: number[] = [];
    const until = await firstValueFrom(
      asking
        .query('who', undefined, {
          completeWhen: (reply, responses) => {
            counts.push(responses);
            return reply.type === 'response' && reply.from === 'n3';
          },
          timeout: 60_000,
        })
        .pipe(toArray()),
    );
    expect(until.at(-1)).toMatchObject({ type: 'response', from: 'n3' });
    expect(counts).toEqual(until.map((_, at) => at + 1));
    await asking.close();
    expect(await firstValueFrom(dropped.pipe(toArray()))).toEqual([]);
  });

  test('completeWhen the deadline comes first', async () => {
    const { asking } = await answering(['n1']);
    const replies = await firstValueFrom(
      asking.query('who', undefined, { completeWhen: 'all', timeout: 300 }).pipe(toArray()),
    );
    expect(sources(replies, 'response')).toEqual(['n1']);
  });

  test('drain: what is under way finishes, what is new is refused, and the agent lives on', async () => {
    const peer = await silentPeer();
    const { client: draining, story } = client(n1.address);
    const streams = [draining.stream('user'), draining.monitor()].map(endOf);
    await settled(draining);
    const pending = [
      failureOf(draining.join(peer.address)),
      firstValueFrom(
        draining.query('under-way', undefined, { requestAck: true, timeout: 300 }).pipe(toArray()),
      ),
      firstValueFrom(draining.members()),
      firstValueFrom(draining.members({ name: 'n1' })),
    ] as const;
    await peer.visited();

    let drained = false;
    const draining$ = draining.drain().then(() => {
      drained = true;
    });
    const refused = [
      draining.members(),
      draining.members({ name: 'n1' }),
      draining.event('late'),
      draining.stream('user'),
      draining.stream('user:other'),
      draining.query('late'),
      draining.join(n1.gossip),
    ].map(failureOf);
    for (const failure of await Promise.all(refused))
      expect(failure).toMatchObject({ name: 'ClosedError', code: 'closed' });
    expect(await Promise.all(streams)).toEqual(['complete', 'complete']);
    expect(sources(await pending[1], 'ack')).toContain('n1');
    expect(await pending[2]).toHaveLength(3);
    expect(await pending[3]).toHaveLength(1);
    expect(drained).toBe(false);

    peer.release();
    expect(await pending[0]).toMatchObject({ name: 'AgentError', command: 'join' });
    await draining$;
    expect(story.told.at(-1)).toBe('closed');
    expect((await n1.cli('members', '-name=n1')).stdout).toContain('alive');
  });

  test.each(['close', 'drain'] as const)('%s: a membership completes as well', async (how) => {
    const { client: ending } = client(n1.address);
    let end: string | undefined;
    const membership = ending.membership();
    endOf(membership).then((how) => {
      end = how;
    });
    await firstValueFrom(membership);

    await ending[how]();
    await eventually('it has completed', () => expect(end).toBe('complete'), { within: 2_000 });
  });

  /** A client of n1, and answers to `who` from the nodes with these names, each of which can be held back. */
  async function answering(nodes: readonly string[]) {
    const wire = recordingSockets();
    const asking = client(n1.address, { socket: wire.socket }).client;
    const held = new Map<string, Subject<void>>();
    for (const agent of agents.filter(({ name }) => nodes.includes(name))) {
      const answerer: SerfClient = client(agent.address).client;
      const answer = (query: QueryEvent) => query.respond(new Uint8Array(1)).subscribe({ error: () => {} });
      replayed(
        answerer.stream('query:who').pipe(
          map((query) => {
            const gate = held.get(agent.name);
            if (gate) gate.pipe(take(1)).subscribe(() => answer(query));
            else answer(query);
          }),
        ),
      );
      await settled(answerer);
    }
    return {
      asking,
      wire,
      hold: (name: string) => held.set(name, new Subject()),
      release: (name: string) => {
        held.get(name)?.next();
        held.delete(name);
      },
    };
  }
});

function sources(replies: readonly QueryReply[], type: QueryReply['type']): string[] {
  return replies
    .filter((reply) => reply.type === type)
    .map(({ from }) => from)
    .sort();
}
