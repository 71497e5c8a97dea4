import fc from 'fast-check';
import { config } from 'rxjs';
import type { ConnectOptions } from 'rxserf';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Agents } from './agents.ts';
import { CUES, type Happening, type Moment, REQUESTS, STREAMS, World } from './world.ts';

const retries = fc.constantFrom(0, 0, 1);
const which = fc.nat(20);
const action = (ends: boolean): fc.Arbitrary<Happening> =>
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
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('welcome'),
        welcome: fc.constantFrom('accepts', 'refuses', 'is silent', 'hangs up'),
        at: fc.constantFrom('a:7373', 'b:7373', 'c:7373'),
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
const happening = (ends: boolean): fc.Arbitrary<Happening> =>
  fc.oneof(
    { weight: 6, arbitrary: action(ends) },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('react'),
        to: fc.constantFrom(...CUES),
        happening: action(ends),
      }),
    },
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
const latency = fc.constantFrom<Agents['latency']>('at once', 1);
const addresses = fc.constantFrom('a', 'a,b', 'a?AuthKey=s3cret,b,c');

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
      fc.asyncProperty(
        addresses,
        latency,
        options,
        history(true),
        async (address, latency, options, moments) => {
          const world = new World(address, options);
          world.agents.latency = latency;
          world.live(moments);
          world.expectSane();
          world.calm();
          world.closings.push(world.client.close());
          // An agent closes at once, a stream is stopped within a second: a grace of a second more, and it is over.
          world.agents.run(200_000);
          world.expectClosed();
          await Promise.all(world.closings);
          expect(unhandled).toEqual([]);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('all goes on with agents that do, and nothing but one idle connection is left once nobody wants anything', () => {
    fc.assert(
      fc.property(addresses, latency, options, history(false), (address, latency, options, moments) => {
        const world = new World(address, { ...options, heartbeat: 0 });
        world.agents.latency = latency;
        world.live(moments);
        // The agents have recovered…
        world.calm();
        world.agents.welcome = 'accepts';
        world.agents.welcomes.clear();
        world.agents.answering = true;
        for (const connection of world.agents.open) connection.answer();
        world.agents.run(200_000);
        world.expectAlive();

        // …and everybody goes.
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
