import { firstValueFrom, Subject } from 'rxjs';
import { filter } from 'rxjs/operators';
import { type ListenOptions, listen, type ServerEvent } from 'rxserf/server';
import { expect, onTestFinished, test } from 'vitest';
import { type RawConnection, rawConnection } from '../agent/harness/raw-connection.ts';
import { FakeSerf } from './support/fake-serf.ts';
import { ok } from './support/wire-peer.ts';

/** Keeps the process from doing anything else. */
function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** A server, and a peer that has connected and said nothing yet. */
async function connected(serf: FakeSerf, options: ListenOptions) {
  const events$ = new Subject<ServerEvent>();
  const seen: string[] = [];
  const first = (type: ServerEvent['type']) =>
    firstValueFrom(events$.pipe(filter((event) => event.type === type)));
  events$.subscribe(({ type }) => seen.push(type));
  const listening = first('listening');
  const server = listen(serf, { port: 0, ...options }).subscribe(events$);
  onTestFinished(() => server.unsubscribe());
  const at = (await listening) as Extract<ServerEvent, { type: 'listening' }>;
  const accepted = first('connected');
  const raw = await rawConnection({ rpc: at });
  onTestFinished(() => raw.close());
  await accepted;
  return { raw, seen };
}

const greet = (raw: RawConnection) => raw.send({ Command: 'handshake', Seq: 0 }, { Version: 1 });

test('handshakeTimeout: a handshake that lay in the socket while the process was busy came in time', async () => {
  const { raw, seen } = await connected(new FakeSerf(), { handshakeTimeout: 100 });
  greet(raw);
  busy(300);
  await raw.waitFor(() => raw.values().length === 1);
  expect(raw.values()).toEqual([ok(0)]);
  expect(seen).not.toContain('disconnected');
});

test('handshakeTimeout: a key likewise, that is the second thing to say', async () => {
  const { raw, seen } = await connected(new FakeSerf(), { handshakeTimeout: 100, authKey: 'k' });
  greet(raw);
  await raw.waitFor(() => raw.values().length === 1);
  busy(300);
  raw.send({ Command: 'auth', Seq: 1 }, { AuthKey: 'k' });
  await raw.waitFor(() => raw.values().length === 2);
  expect(raw.values()).toEqual([ok(0), ok(1)]);
  expect(seen).not.toContain('disconnected');
});

test('idleTimeout: a request likewise', async () => {
  const { raw, seen } = await connected(new FakeSerf(), { idleTimeout: 100 });
  greet(raw);
  await raw.waitFor(() => raw.values().length === 1);
  raw.send({ Command: 'stop', Seq: 1 }, { Stop: 7 });
  busy(300);
  await raw.waitFor(() => raw.values().length === 2);
  expect(seen).not.toContain('disconnected');
});

test('queryGrace: a refusal that came while the process was busy is one', async () => {
  const serf = new FakeSerf();
  const refusal = new Error('query exceeds limit of 1024 bytes');
  // As a client has it: what its socket has read is there a turn later.
  const upstream = new Subject<never>();
  serf.answers.query = () => upstream;
  const { raw } = await connected(serf, { queryGrace: 100 });
  greet(raw);
  await raw.waitFor(() => raw.values().length === 1);
  raw.forget();
  raw.send({ Command: 'query', Seq: 1 }, { Name: 'q' });
  await expect.poll(() => serf.open, { interval: 1 }).toBe(1);
  busy(300);
  setImmediate(() => upstream.error(refusal));
  await raw.waitFor(() => raw.values().length === 1);
  expect(raw.values()).toEqual([{ Error: refusal.message, Seq: 1 }]);
});

test('a peer that says nothing is ended all the same, some turns later', async () => {
  const { raw, seen } = await connected(new FakeSerf(), { handshakeTimeout: 100 });
  busy(300);
  await raw.ended;
  await expect.poll(() => seen).toContain('disconnected');
});
