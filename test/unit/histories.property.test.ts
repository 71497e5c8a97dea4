import fc from 'fast-check';
import { config, type Observable, retry, type Subscription } from 'rxjs';
import { type ConnectOptions, connect, type SerfClient } from 'rxserf';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Agents, BAD_PATTERN, type Welcome } from './agents.ts';

/** Everything a client can be asked, by name; those that have records until they are unsubscribed, or have one answer. */
const STREAMS = {
  stream: (client: SerfClient) => client.stream('user'),
  'stream with gaps': (client: SerfClient) => client.stream(['query', 'member-join'], { gaps: true }),
  monitor: (client: SerfClient) => client.monitor('info'),
  'another monitor': (client: SerfClient) => client.monitor('debug'),
  membership: (client: SerfClient) => client.membership(),
  'filtered membership': (client: SerfClient) => client.membership({ status: 'alive' }),
  query: (client: SerfClient) => client.query('load'),
  'query for all': (client: SerfClient) => client.query('load', undefined, { completeWhen: 'all' }),
} satisfies Record<string, (client: SerfClient) => Observable<unknown>>;
const REQUESTS = {
  members: (client: SerfClient) => client.members(),
  stats: (client: SerfClient) => client.stats(),
  coordinate: (client: SerfClient) => client.coordinate('n1'),
  'list-keys': (client: SerfClient) => client.listKeys(),
  join: (client: SerfClient) => client.join('10.0.0.9'),
  'force-leave': (client: SerfClient) => client.forceLeave('n9'),
  respond: (client: SerfClient) => client.respond(1),
  leave: (client: SerfClient) => client.leave(),
  'members by pattern': (client: SerfClient) => client.members({ name: 'n.*' }),
  'members by a bad pattern': (client: SerfClient) => client.members({ name: BAD_PATTERN }),
  'a short one': (client: SerfClient) => client.stats({ timeout: 3 }),
} satisfies Record<string, (client: SerfClient) => Observable<unknown>>;

/** One thing that happens. */
type Happening =
  | { readonly type: 'subscribe'; readonly what: keyof typeof STREAMS; readonly retries: number }
  | { readonly type: 'ask'; readonly what: keyof typeof REQUESTS; readonly retries: number }
  | { readonly type: 'fire' }
  /** The newest subscription ends another one when it ends itself. */
  | { readonly type: 'bind'; readonly to: number }
  | { readonly type: 'unsubscribe'; readonly which: number }
  | { readonly type: 'welcome'; readonly welcome: Welcome }
  | { readonly type: 'answering'; readonly answering: boolean }
  | { readonly type: 'answer'; readonly error: string }
  | { readonly type: 'records' }
  | { readonly type: 'drop'; readonly which: number; readonly error: boolean }
  | { readonly type: 'close' }
  | { readonly type: 'drain' };

interface Moment {
  /** How long after the one before, in ms. */
  readonly after: number;
  readonly happening: Happening;
}

const retries = fc.constantFrom(0, 0, 1);
const which = fc.nat(20);
const happening = (ends: boolean): fc.Arbitrary<Happening> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('subscribe'),
        what: fc.constantFrom(...(Object.keys(STREAMS) as (keyof typeof STREAMS)[])),
        retries,
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('ask'),
        what: fc.constantFrom(...(Object.keys(REQUESTS) as (keyof typeof REQUESTS)[])),
        retries,
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('fire') }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('bind'), to: which }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('unsubscribe'), which }) },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('welcome'),
        welcome: fc.constantFrom('accepts', 'accepts', 'refuses', 'is silent', 'hangs up'),
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('answering'), answering: fc.boolean() }) },
    {
      weight: 3,
      arbitrary: fc.record({ type: fc.constant('answer'), error: fc.constantFrom('', '', 'no') }),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('records') }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant('drop'), which, error: fc.boolean() }) },
    ...(ends
      ? [
          { weight: 1, arbitrary: fc.record({ type: fc.constant('close') }) },
          { weight: 1, arbitrary: fc.record({ type: fc.constant('drain') }) },
        ]
      : []),
  ) as fc.Arbitrary<Happening>;
const history = (ends: boolean): fc.Arbitrary<Moment[]> =>
  fc.array(
    fc.record({
      after: fc.constantFrom(0, 0, 1, 1, 5, 60, 900, 1_100, 6_000, 12_000),
      happening: happening(ends),
    }),
    { maxLength: 50, size: 'max' },
  );

const options: fc.Arbitrary<ConnectOptions & { codec?: never }> = fc.record({
  reconnect: fc.constantFrom<NonNullable<ConnectOptions['reconnect']>[]>(
    { random: () => 0.5 },
    { random: () => 0.5, firstConnect: 'keep-trying' },
    { random: () => 0.5, attempts: 3 },
    { random: () => 0.01 },
    false,
  ),
  heartbeat: fc.constantFrom(0, 10_000),
  resync: fc.constantFrom(0, 60_000),
  idleTimeout: fc.constantFrom(0, 5_000),
  linger: fc.constantFrom(50, 1_000),
  accountForDrops: fc.boolean(),
});
const addresses = fc.constantFrom('a', 'a,b', 'a?AuthKey=s3cret,b,c');

/** A subscription, and what came of it. */
interface Watched {
  readonly what: string;
  readonly single: boolean;
  values: number;
  end: 'complete' | 'error' | undefined;
  subscription: Subscription | undefined;
}

/** A client, its agents, and all that was asked of it. */
class World {
  readonly agents = new Agents();
  readonly client: SerfClient;
  readonly watched: Watched[] = [];
  readonly closings: Promise<void>[] = [];
  #fired = 0;

  constructor(address: string, options: ConnectOptions & { codec?: never }) {
    const { socket, scheduler } = this.agents;
    this.client = connect(address, { ...options, socket, scheduler });
  }

  live(moments: readonly Moment[]): void {
    for (const { after, happening } of moments) {
      if (after > 0) this.agents.run(after);
      this.#happen(happening);
    }
  }

  #happen(happening: Happening): void {
    const { agents, client } = this;
    switch (happening.type) {
      case 'subscribe':
        this.#watch(happening.what, STREAMS[happening.what](client), happening.retries, false);
        break;
      case 'ask':
        this.#watch(happening.what, REQUESTS[happening.what](client), happening.retries, true);
        break;
      case 'fire':
        this.#watch('event', client.event(`e${this.#fired++}`), 0, true);
        break;
      case 'bind': {
        const [from, to] = [this.watched.at(-1), this.watched[happening.to]];
        from?.subscription?.add(() => to?.subscription?.unsubscribe());
        break;
      }
      case 'unsubscribe':
        this.watched[happening.which]?.subscription?.unsubscribe();
        break;
      case 'welcome':
        agents.welcome = happening.welcome;
        break;
      case 'answering':
        agents.answering = happening.answering;
        break;
      case 'answer':
        for (const connection of agents.open) connection.answer(happening.error);
        break;
      case 'records':
        for (const connection of agents.open) connection.records();
        break;
      case 'drop': {
        const dropped = agents.open[happening.which % agents.open.length];
        dropped?.drop(happening.error ? new Error('ECONNRESET') : undefined);
        break;
      }
      case 'close':
      case 'drain':
        this.closings.push(client[happening.type]());
    }
  }

  #watch(what: string, values$: Observable<unknown>, retries: number, single: boolean): void {
    const watched: Watched = { what, single, values: 0, end: undefined, subscription: undefined };
    this.watched.push(watched);
    watched.subscription = values$.pipe(retry(retries)).subscribe({
      next: () => {
        watched.values++;
      },
      error: () => {
        watched.end = 'error';
      },
      complete: () => {
        watched.end = 'complete';
      },
    });
  }

  /** Everything that may never happen. */
  expectSane(): void {
    expect(this.agents.mistakes).toEqual([]);
    expect(new Set(this.agents.fired).size, 'events are fired once').toBe(this.agents.fired.length);
    for (const { what, single, values, end } of this.watched) {
      if (!single) continue;
      expect({ what, values, end }, 'one value, and then the end').toEqual({
        what,
        values: end === 'complete' ? 1 : 0,
        end,
      });
    }
  }

  /** That nothing is left of a client that was closed. */
  expectClosed(): void {
    this.expectSane();
    expect(this.watched.filter(({ subscription }) => !subscription?.closed)).toEqual([]);
    expect(this.agents.open, 'connections').toEqual([]);
    expect(this.agents.scheduler.actions, 'timers').toEqual([]);
  }
}

describe('whatever happens to a client,', () => {
  const unhandled: unknown[] = [];
  const before = config.onUnhandledError;
  beforeEach(() => {
    unhandled.length = 0;
    config.onUnhandledError = (error) => unhandled.push(error);
  });
  afterEach(() => {
    config.onUnhandledError = before;
  });

  test('nothing is left of it once it is closed: no connection, no timer, nobody who waits', async () => {
    await fc.assert(
      fc.asyncProperty(addresses, options, history(true), async (address, options, moments) => {
        const world = new World(address, options);
        world.live(moments);
        world.expectSane();
        world.closings.push(world.client.close());
        // An agent closes at once, a stream is stopped within a second: a grace of a second more, and it is over.
        world.agents.run(200_000);
        world.expectClosed();
        await Promise.all(world.closings);
        expect(unhandled).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test('nothing but one idle connection is left once nobody wants anything', () => {
    fc.assert(
      fc.property(addresses, options, history(false), (address, options, moments) => {
        const world = new World(address, { ...options, heartbeat: 0 });
        world.live(moments);
        // The agents have recovered; everybody goes.
        world.agents.welcome = 'accepts';
        world.agents.answering = true;
        for (const { subscription } of world.watched) subscription?.unsubscribe();
        for (const connection of world.agents.open) connection.answer();
        world.agents.run(200_000);
        world.expectSane();
        expect(world.agents.open.flatMap(({ live }) => [...live.values()])).toEqual([]);
        expect(world.agents.open.length).toBeLessThanOrEqual(1);
        expect(world.agents.scheduler.actions, 'timers').toEqual([]);

        void world.client.close();
        world.agents.run(10_000);
        world.expectClosed();
        expect(unhandled).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});
