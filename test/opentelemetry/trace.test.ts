import { existsSync } from 'node:fs';
import { context, type MeterProvider, type TracerProvider, trace } from '@opentelemetry/api';
import { firstValueFrom, lastValueFrom, type Observable, toArray } from 'rxjs';
import { type AnySerf, connect, type QueryReply } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { openTelemetry } from 'rxserf/opentelemetry';
import { listen } from 'rxserf/server';
import { expect, onTestFinished, test, vi } from 'vitest';
import { blockOf, write } from '../recipes/pages.ts';
import { startCollector } from './collector.ts';

// What an operator sees: the real SDK exports to a collector of the test's own, over HTTP.

const there = existsSync(new URL('sdk/node_modules/@opentelemetry/sdk-trace', import.meta.url));
if (!there) {
  const how = 'npm ci --prefix test/opentelemetry/sdk installs it, and npm test does';
  if (process.env['CI'] === 'true') throw new Error(`OpenTelemetry's SDK is not there: ${how}`);
  console.warn(`\n!!! SKIPPED the tests with OpenTelemetry's SDK: ${how}.\n`);
}
const testThere = test.skipIf(!there);

interface Sdk {
  readonly tracerProvider: TracerProvider;
  readonly meterProvider: MeterProvider;
  flush(): Promise<unknown>;
  stop(): Promise<void>;
}

interface Recipe {
  ask<T, R>(serf: AnySerf, name: string, body: T): Observable<QueryReply<R | undefined>>;
  answer<T, R>(serf: AnySerf, name: string, work: (body: T) => R): Observable<void>;
}

async function startSdk(url: string): Promise<Sdk> {
  const { startSdk: start } = await import(new URL('sdk/index.js', import.meta.url).href);
  const sdk = start(url) as Sdk;
  onTestFinished(() => sdk.stop());
  return sdk;
}

/** Agents of a cluster in memory, over TCP. */
async function agents(...names: string[]): Promise<string[]> {
  const cluster = new EmbeddedCluster({ nodes: names, seed: 1 });
  onTestFinished(() => cluster.close());
  return Promise.all(
    names.map(async (name) => {
      let address: string | undefined;
      const served = listen(cluster.node(name), { port: 0 }).subscribe((event) => {
        if (event.type === 'listening') address = event.address;
      });
      onTestFinished(() => served.unsubscribe());
      return vi.waitUntil(() => address, { interval: 2, timeout: 10_000 });
    }),
  );
}

function clientOf(address: string | undefined, sdk: Sdk) {
  const client = connect(address, { instrument: openTelemetry(sdk) });
  onTestFinished(() => client.close());
  return client;
}

testThere(
  'the trace of a query is seen whole: who asked, the question, each reply, and the answer at another node',
  { timeout: 60_000 },
  async () => {
    const collector = await startCollector();
    const sdk = await startSdk(collector.url);
    const [here, there] = await agents('n1', 'n2');
    const file = write(
      'observability.ts',
      blockOf('observability', 'ts', 'A trace over several nodes', '###'),
    );
    const { ask, answer } = (await import(file)) as Recipe;
    const asking = clientOf(here, sdk);
    const answering = clientOf(there, sdk);
    const subscription = answer<{ of: string }, { load: number }>(answering, 'load', ({ of }) => ({
      load: of.length,
    })).subscribe();
    onTestFinished(() => subscription.unsubscribe());
    await firstValueFrom(answering.members());

    const tracer = sdk.tracerProvider.getTracer('app');
    const replies = await tracer.startActiveSpan('balance', async (span) => {
      const all = await lastValueFrom(ask(asking, 'load', { of: 'cpu' }).pipe(toArray()));
      span.end();
      return all;
    });
    expect(replies).toContainEqual({ type: 'response', from: 'n2', payload: { load: 3 } });
    await sdk.flush();

    const root = collector.spans.find(({ name }) => name === 'balance');
    const whole = collector.spans.filter(({ traceId }) => traceId === root?.traceId);
    expect(whole.map(({ name }) => name).sort()).toEqual(['Serf/query', 'Serf/respond', 'balance']);
    const query = whole.find(({ name }) => name === 'Serf/query');
    expect(query).toMatchObject({
      kind: 3,
      parentSpanId: root?.spanId,
      attributes: {
        'rpc.system.name': 'serf',
        'rpc.method': 'Serf/query',
        'rpc.status_code': 'OK',
        'serf.query.name': 'load',
        'server.address': '127.0.0.1',
        'server.port': Number(here?.split(':')[1]),
      },
    });
    expect(query?.events.map(({ name, attributes }) => [name, attributes['serf.node']]).sort()).toEqual([
      ['ack', 'n1'],
      ['ack', 'n2'],
      ['response', 'n2'],
    ]);
    expect(whole.find(({ name }) => name === 'Serf/respond')).toMatchObject({
      parentSpanId: root?.spanId,
      attributes: { 'rpc.status_code': 'OK', 'server.port': Number(there?.split(':')[1]) },
    });
  },
);

testThere(
  'requests are a histogram, events are counted, what fails says why, and no payload is anywhere',
  { timeout: 60_000 },
  async () => {
    const collector = await startCollector();
    const sdk = await startSdk(collector.url);
    const [here] = await agents('n1', 'n2');
    const client = clientOf(here, sdk);
    const seen = firstValueFrom(client.stream('user:deploy'));
    await firstValueFrom(client.members());
    await firstValueFrom(client.event('deploy', Buffer.from('SECRET')));
    await seen;
    await expect(firstValueFrom(client.respond(99, Buffer.from('SECRET')))).rejects.toThrow();
    await expect(firstValueFrom(client.event('big', Buffer.alloc(5_000)))).rejects.toThrow();
    await client.close();
    await sdk.flush();

    const names = collector.spans.map(({ name }) => name).sort();
    expect(names).toEqual(['Serf/members', 'Serf/respond', 'send big', 'send deploy']);
    expect(collector.spans.find(({ name }) => name === 'Serf/respond')).toMatchObject({
      attributes: { 'rpc.status_code': 'unknown-query', 'error.type': 'unknown-query' },
      status: { code: 2 },
    });
    expect(collector.spans.find(({ name }) => name === 'send deploy')).toMatchObject({
      kind: 4,
      attributes: {
        'messaging.system.name': 'serf',
        'messaging.operation.type': 'send',
        'messaging.destination.name': 'deploy',
      },
    });
    const points = (name: string) =>
      collector.metrics
        .get(name)
        ?.map(({ attributes, asInt, asDouble, count }) => [Number(asInt ?? asDouble ?? count), attributes]);
    expect(points('rpc.client.call.duration')).toEqual(
      expect.arrayContaining([
        [1, expect.objectContaining({ 'rpc.method': 'Serf/members', 'rpc.status_code': 'OK' })],
        [1, expect.objectContaining({ 'rpc.method': 'Serf/respond', 'error.type': 'unknown-query' })],
      ]),
    );
    expect(points('messaging.client.sent.messages')).toHaveLength(2);
    expect(points('messaging.client.consumed.messages')).toEqual([
      [1, expect.objectContaining({ 'messaging.destination.name': 'user:deploy' })],
    ]);
    // Connected, and gone.
    expect(points('rxserf.client.connected')).toEqual([
      [0, expect.objectContaining({ 'server.address': '127.0.0.1' })],
    ]);
    expect(JSON.stringify([collector.spans, [...collector.metrics]])).not.toContain('SECRET');
  },
);

test('without an SDK nothing is made, and nothing is in the way', async () => {
  const [here] = await agents('n1');
  const client = connect(here, { instrument: openTelemetry() });
  onTestFinished(() => client.close());

  expect(await firstValueFrom(client.members())).toHaveLength(1);
  expect(trace.getSpan(context.active())).toBeUndefined();
});
