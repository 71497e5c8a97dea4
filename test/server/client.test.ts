import {
  firstValueFrom,
  lastValueFrom,
  merge,
  NEVER,
  of,
  Subject,
  take,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import {
  AgentError,
  type ConnectOptions,
  connect,
  InvalidArgumentError,
  type QueryReply,
  type SerfError,
} from 'rxserf';
import { type PeerEvent, type ServeOptions, serve } from 'rxserf/server';
import { pipe } from 'rxserf/socket';
import { expect, onTestFinished, test } from 'vitest';
import { failureOf, replayed } from '../agent/harness/observing.ts';
import { Clock } from './support/clock.ts';
import { bytes, coordinate, FakeSerf, queryEvent, report, userEvent } from './support/fake-serf.ts';

/** Our client, and for each of its connections a server, all in memory. */
function connected(serf: FakeSerf, { authKey, ...options }: ConnectOptions = {}, served: ServeOptions = {}) {
  const seen: PeerEvent[] = [];
  const ends: unknown[] = [];
  const client = connect('anywhere', {
    ...options,
    ...(authKey === undefined ? {} : { authKey }),
    socket: () => {
      const [theirs, ours] = pipe();
      serve(serf, ours, served).subscribe({
        next: (event) => seen.push(event),
        error: (error) => ends.push(error),
        complete: () => ends.push('complete'),
      });
      return theirs;
    },
  });
  onTestFinished(() => client.close());
  return { client, seen, ends };
}

test('every request of ours is understood, and its answer by us', async () => {
  const serf = new FakeSerf();
  const { client, ends } = connected(serf);
  const key = Buffer.alloc(16).toString('base64');

  expect(await firstValueFrom(client.members())).toEqual(serf.nodes);
  expect(await firstValueFrom(client.members({ status: 'alive', tags: { role: 'web' } }))).toEqual(
    serf.nodes,
  );
  expect(await firstValueFrom(client.stats())).toMatchObject({ agent: { name: 'n1' } });
  expect(await firstValueFrom(client.coordinate('n1'))).toEqual(coordinate);
  expect(await firstValueFrom(client.coordinate('nobody'))).toBeNull();
  expect(await firstValueFrom(client.join(['10.0.0.1']))).toBe(1);
  expect(await firstValueFrom(client.event('deploy', bytes('v2'), { coalesce: true }))).toBeUndefined();
  expect(await firstValueFrom(client.tags({ set: { a: '1' }, delete: ['b'] }))).toBeUndefined();
  expect(await firstValueFrom(client.forceLeave('n3', { prune: true }))).toBeUndefined();
  for (const answer$ of [
    client.installKey(key),
    client.useKey(key),
    client.removeKey(key),
    client.listKeys(),
  ])
    expect(await firstValueFrom(answer$)).toEqual(report);

  expect(serf.calls).toEqual([
    ['members'],
    ['members', { status: 'alive', tags: { role: 'web' } }],
    ['stats'],
    ['coordinate', 'n1'],
    ['coordinate', 'nobody'],
    // By the client itself, on both connections: whether it is one agent.
    ['stats'],
    ['stats'],
    ['join', ['10.0.0.1'], { replay: false }],
    ['event', 'deploy', bytes('v2'), { coalesce: true }],
    ['tags', { set: { a: '1' }, delete: ['b'] }],
    ['forceLeave', 'n3', { prune: true }],
    ['installKey', key],
    ['useKey', key],
    ['removeKey', key],
    ['listKeys'],
  ]);
  await client.close();
  await expect.poll(() => ends).toEqual(['complete', 'complete', 'complete']);
});

test('events and lines arrive, and a query is answered on the way', async () => {
  const serf = new FakeSerf();
  const { client } = connected(serf);
  const answered = new Subject<Uint8Array | undefined>();
  const answer = replayed(answered);
  const events = replayed(merge(client.stream('user:deploy'), client.stream('query')));
  const lines = replayed(client.monitor('debug'));
  const dropped = replayed(client.dropped$);
  await expect.poll(() => serf.open).toBe(3);

  const event = userEvent('deploy', 'v2');
  serf.events$.next(event);
  serf.lines$.next('[DEBUG] hello');
  serf.events$.next(
    queryEvent('load', (payload) => {
      answered.next(payload);
      return of(undefined);
    }),
  );

  // The filters are the Serf's business. This one sends everything to everybody: the client leaves out what was not asked for.
  expect(await firstValueFrom(events)).toEqual(event);
  expect(await firstValueFrom(lines)).toBe('[DEBUG] hello');
  expect(serf.calls).toEqual(
    expect.arrayContaining([
      ['stream', ['user:deploy']],
      ['monitor', 'debug'],
    ]),
  );
  const query = (await lastValueFrom(events.pipe(take(2), toArray()))).find(({ event }) => event === 'query');
  if (query?.event !== 'query') throw new Error('no query');
  expect(await lastValueFrom(dropped.pipe(take(2), toArray()))).toMatchObject([
    { cause: 'malformed', subject: 'query' },
    { cause: 'malformed', subject: 'user:deploy' },
  ]);
  await firstValueFrom(query.respond(bytes('0.42')));
  expect(await firstValueFrom(answer)).toEqual(bytes('0.42'));
});

test('a query’s replies arrive, until it is over', async () => {
  const serf = new FakeSerf();
  const replies: QueryReply[] = [
    { type: 'ack', from: 'n1' },
    { type: 'response', from: 'n1', payload: bytes('0.42') },
  ];
  serf.answers.query = () => of(...replies);
  const { client } = connected(serf);

  const reply$ = client.query('load', bytes('?'), { requestAck: true, timeout: 5_000, filterNodes: ['n1'] });
  expect(await lastValueFrom(reply$.pipe(toArray()))).toEqual(replies);
  expect(serf.calls).toEqual([
    [
      'query',
      'load',
      bytes('?'),
      {
        filterNodes: ['n1'],
        filterTags: {},
        requestAck: true,
        relayFactor: 0,
        timeout: 5_000,
        onAccepted: expect.any(Function),
      },
    ],
  ]);
});

test('refusals arrive as the same errors as those of an agent', async () => {
  const serf = new FakeSerf();
  const refusing =
    (text: string, more = {}) =>
    () =>
      throwError(() => new AgentError('agent-error', text, more));
  serf.answers.event = refusing('user event exceeds configured limit of 512 bytes before encoding');
  serf.answers.listKeys = refusing('2/2 nodes reported failure', { report });
  serf.answers.join = refusing('1 error occurred');
  serf.answers.query = refusing('query exceeds limit of 1024 bytes');
  const { client } = connected(serf);

  expect(await failureOf(client.event('a'))).toMatchObject({ code: 'payload-too-large', limit: 512 });
  expect(await failureOf(client.listKeys())).toMatchObject({ code: 'nodes-failed', report });
  expect(await failureOf(client.join('a'))).toMatchObject({
    code: 'agent-error',
    message: '1 error occurred',
  });
  expect(await failureOf(client.query('a'))).toMatchObject({ code: 'payload-too-large', limit: 1_024 });
  expect(await failureOf(client.respond(7))).toMatchObject({ code: 'unknown-query' });
});

test('a pattern that is none ends its own request only', async () => {
  const serf = new FakeSerf();
  const { client } = connected(serf);
  serf.answers.members = () => throwError(() => new InvalidArgumentError('invalid-pattern', 'missing ]'));
  replayed(client.stream('*'));

  expect(await failureOf(client.members({ name: '[' }))).toMatchObject({ code: 'invalid-pattern' });
  serf.events$.next(userEvent('a'));
  expect(await firstValueFrom(client.stats())).toBeDefined();
});

test('the key is asked for, and accepted', async () => {
  const served = { authKey: 's3cret' };
  const none = connected(new FakeSerf(), {}, served);
  const wrong = connected(new FakeSerf(), { authKey: 'x' }, served);
  const right = connected(new FakeSerf(), { authKey: 's3cret' }, served);
  const needless = connected(new FakeSerf(), { authKey: 's3cret' });

  expect(await failureOf(none.client.stats())).toMatchObject({ code: 'auth-required' });
  expect(await failureOf(wrong.client.stats())).toMatchObject({ code: 'auth-invalid' });
  expect(await firstValueFrom(right.client.stats())).toBeDefined();
  expect(await failureOf(needless.client.stats())).toMatchObject({ code: 'auth-invalid' });
  expect(right.seen).toEqual([{ type: 'accepted' }]);
});

test('leave succeeds, and ends the peer', async () => {
  const serf = new FakeSerf();
  serf.answers.leave = () => timer(5).pipe(() => of(undefined));
  const { client, ends } = connected(serf, { reconnect: false });
  await firstValueFrom(client.leave());
  await expect.poll(() => ends).toEqual(['complete']);
});

test('what the client no longer waits for is unsubscribed from when it goes', async () => {
  const serf = new FakeSerf();
  serf.answers.join = () => NEVER;
  const clock = new Clock();
  const { client } = connected(serf, {}, { scheduler: clock });
  const failure = failureOf(client.join('a')) as Promise<SerfError>;
  replayed(client.stream('*'));
  await expect.poll(() => serf.open).toBe(2);
  await client.close();
  expect((await failure).code).toBe('closed');
  await expect.poll(() => serf.open).toBe(1);
  // A command is carried out, as an agent does; not for ever.
  clock.advance(10_000);
  expect(serf.open).toBe(0);
});
