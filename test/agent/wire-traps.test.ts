import {
  BehaviorSubject,
  catchError,
  concatMap,
  EMPTY,
  filter,
  firstValueFrom,
  type MonoTypeOperatorFunction,
  map,
  merge,
  mergeMap,
  range,
  take,
  toArray,
} from 'rxjs';
import { type ConnectOptions, connect, type DropReport } from 'rxserf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Agent,
  closing,
  describeAgent,
  eventually,
  failureOf,
  rawConnection,
  recordingSockets,
  recordTranscript,
  replayed,
  settled,
  startAgent,
  stopAll,
} from './harness/agent.ts';

/** The traps of PROTOCOL.md that a real agent shows: each is seen on the wire first, then stepped over. */
describeAgent('wire traps', () => {
  let agent: Agent;
  let guarded: Agent;

  beforeAll(async () => {
    [agent, guarded] = await Promise.all([
      startAgent({ name: 'n1' }),
      startAgent({ name: 'guarded', authKey: 's3cret' }),
    ]);
  });

  afterAll(stopAll);

  test('double-answer', async () => {
    const { client, wire } = recorded(guarded.address);

    const failures = await Promise.all(
      [
        client.event('unread'),
        client.stats(),
        client.tags({ set: { unread: 'too' } }),
        client.members(),
        client.coordinate('guarded'),
      ].map(failureOf),
    );
    const refused = (command: string) => expect.objectContaining({ code: 'auth-required', command });
    expect(failures).toEqual(['event', 'stats', 'tags', 'members', 'get-coordinate'].map(refused));

    await eventually('the agent has answered requests with bodies twice, others once', () => {
      const answers = wire
        .sent()
        .map(({ command, seq }) => [command, wire.received().filter((frame) => frame.seq === seq).length]);
      expect(answers).toEqual([
        ['handshake', 1],
        ['event', 2],
        ['stats', 1],
        ['tags', 2],
        ['members', 1],
        ['get-coordinate', 2],
      ]);
    });
    expect(await failureOf(client.stats())).toEqual(refused('stats'));
    expect(wire.opened()).toBe(1);
  });

  test('body-with-error', async () => {
    const { client, wire } = recorded(agent.address);

    const failures = [await failureOf(client.join('127.0.0.1:1')), await failureOf(client.listKeys())];
    const joined = await firstValueFrom(client.join(agent.gossip));

    expect(failures).toEqual([
      expect.objectContaining({ command: 'join', code: 'agent-error' }),
      expect.objectContaining({
        command: 'list-keys',
        code: 'nodes-failed',
        report: expect.objectContaining({ nodes: 1, errors: 1 }),
      }),
    ]);
    expect(joined).toBe(1);
    expect(wire.received().filter(({ error }) => error !== '')).toEqual([
      expect.objectContaining({ body: { Num: 0 } }),
      expect.objectContaining({ body: expect.objectContaining({ NumErr: 1 }) }),
    ]);
    expect(wire.opened()).toBe(1);
  });

  test('no-body-with-refusal', async () => {
    const { client, wire } = recorded(guarded.address);

    const failures = await Promise.all(
      [client.listKeys(), client.join('127.0.0.1:1'), client.forceLeave('x'), client.listKeys()].map(
        failureOf,
      ),
    );
    expect(failures.map(({ code, command }) => [code, command])).toEqual([
      ['auth-required', 'list-keys'],
      ['auth-required', 'join'],
      ['auth-required', 'force-leave'],
      ['auth-required', 'list-keys'],
    ]);
    expect(wire.received().every(({ body }) => body === undefined)).toBe(true);
    expect(wire.opened()).toBe(1);
  });

  test('no-body-with-refusal: without a handshake and for an unknown command the agent hangs up, too', async () => {
    const early = await rawConnection(agent);
    early.send({ Command: 'list-keys', Seq: 7 });
    expect(await early.ended).toMatch(/fin|rst/);
    expect(early.values()).toEqual([{ Error: 'Handshake required', Seq: 7 }]);

    const unknown = await recordTranscript(agent);
    unknown.send({ Command: 'no-such-command', Seq: 8 });
    expect(await unknown.ended).toMatch(/fin|rst/);
    expect(unknown.values()).toEqual([{ Error: 'Unsupported command', Seq: 8 }]);
  });

  test('late-record-after-stop: a query goes on after stop, and what comes is let pass', async () => {
    const { client, wire, drops } = recorded(agent.address);
    const asked = replayed(client.stream('query:stopped'));
    const replies: unknown[] = [];

    const query = client.query('stopped', undefined, { timeout: 300, requestAck: true });
    const subscription = query.subscribe((reply) => {
      replies.push(reply);
      subscription.unsubscribe();
    });
    const event = await firstValueFrom(asked);
    await eventually('the first reply has come', () => expect(replies).toHaveLength(1));
    await firstValueFrom(event.respond(Uint8Array.of(1)));

    const [{ seq }, { seq: stopSeq }] = [wire.sent('query')[0]!, wire.sent('stop')[0]!];
    await eventually('the records of the stopped query have come, behind the reply to stop', () => {
      const frames = wire.received();
      const stopped = frames.findIndex((frame) => frame.seq === stopSeq);
      const late = frames.slice(stopped).filter((frame) => frame.seq === seq);
      expect(late.map(({ body }) => (body as { Type: string }).Type)).toEqual(
        expect.arrayContaining(['response', 'done']),
      );
    });
    expect(replies).toHaveLength(1);
    await firstValueFrom(client.stats());
    expect(drops).toEqual([]);
    expect(wire.opened()).toBe(1);
  });

  test('late-record-after-stop: events that were under way when their stream was stopped', async () => {
    const open$ = new BehaviorSubject(true);
    const { client, wire, drops } = recorded(agent.address, { linger: 20, through: held(open$) });
    const others = replayed(client.stream('user:other'));
    const seen: unknown[] = [];
    const stream = client.stream('user:late').subscribe((event) => seen.push(event));
    await settled(client);

    // From here on what the agent sends is on its way for a while: the stream looks silent, and is stopped.
    open$.next(false);
    const firing = closing(connect(agent.address));
    await firstValueFrom(merge(...Array.from({ length: 20 }, () => firing.event('late'))).pipe(toArray()));
    await firstValueFrom(firing.event('other'));
    stream.unsubscribe();
    await eventually('the stream is stopped', () => expect(wire.sent('stop')).toHaveLength(1));
    const { seq } = wire.sent('stream').at(-1)!;
    await eventually('the records have come', () =>
      expect(wire.received().filter((frame) => frame.seq === seq)).toHaveLength(21),
    );
    open$.next(true);

    expect(await firstValueFrom(others)).toMatchObject({ name: 'other' });
    expect(await firstValueFrom(client.members())).toMatchObject([{ name: 'n1' }]);
    expect(seen).toEqual([]);
    expect(drops).toEqual([]);
    expect(wire.opened()).toBe(1);
  });

  test('late-record-after-stop: a monitor that comes and goes while lines flow', async () => {
    const { client, wire, drops } = recorded(agent.address, { linger: 0 });
    const cycles$ = range(0, 20).pipe(
      concatMap((cycle) =>
        merge(client.monitor('debug').pipe(take(1)), client.event(`cycle-${cycle}`)).pipe(toArray()),
      ),
      toArray(),
    );

    expect(await firstValueFrom(cycles$)).toHaveLength(20);
    await eventually('the last monitor is stopped, too', () => {
      const monitors = wire.sent('monitor').map(({ seq }) => ({ Stop: seq }));
      expect(wire.bodies('stop')).toEqual(expect.arrayContaining(monitors));
    });
    expect(await firstValueFrom(client.members())).toMatchObject([{ name: 'n1' }]);
    expect(drops).toEqual([]);
    expect(wire.opened()).toBe(1);
  });

  test('phantom-query-records', async () => {
    const { client, wire, drops } = recorded(agent.address);
    replayed(client.stream('query').pipe(mergeMap((query) => query.respond().pipe(catchError(() => EMPTY)))));

    const replies = await firstValueFrom(
      merge(
        ...Array.from({ length: 50 }, (_, index) =>
          client.query(`short-${index}`, undefined, { timeout: 20 + index, requestAck: true }),
        ),
      ).pipe(toArray()),
    );

    expect(replies.filter(({ from }) => from !== 'n1')).toEqual([]);
    expect(replies.filter(({ type }) => type === 'ack').length).toBeGreaterThan(0);
    const phantoms = wire
      .received()
      .filter(({ body }) => (body as { From?: string } | undefined)?.From === '');
    expect(phantoms.length).toBeGreaterThan(0);
    expect(drops).toEqual([]);
    expect(wire.opened()).toBe(1);
    expect(await firstValueFrom(client.members())).toMatchObject([{ name: 'n1' }]);
  });

  test('leave-cut-off: the end of the connection is the answer', async () => {
    const leaving = await startAgent({ name: 'leaving' });
    // Everything but the first answer, to the handshake, is lost on its way; the end of the connection is not.
    const { client, wire } = recorded(leaving.address, { through: filter((_, index) => index === 0) });

    expect(await firstValueFrom(client.leave().pipe(toArray()))).toEqual([undefined]);
    expect(await leaving.exited).toBe(0);
    const { seq } = wire.sent('leave')[0]!;
    expect(wire.received().filter((frame) => frame.seq === seq)).toHaveLength(1);
  });
});

interface RecordedOptions extends Pick<ConnectOptions, 'linger'> {
  through?: MonoTypeOperatorFunction<Uint8Array>;
}

/** A client, its traffic, and what it reports lost. */
function recorded(address: string, { through, ...options }: RecordedOptions = {}) {
  const wire = recordingSockets(through);
  const client = closing(connect(address, { ...options, socket: wire.socket }));
  const drops: DropReport[] = [];
  client.dropped$.subscribe((drop) => drops.push(drop));
  return { client, wire, drops };
}

/** Lets bytes pass, in order, while it is open. */
function held(open$: BehaviorSubject<boolean>): MonoTypeOperatorFunction<Uint8Array> {
  return concatMap((bytes: Uint8Array) =>
    open$.pipe(
      filter((open) => open),
      take(1),
      map(() => bytes),
    ),
  );
}
