import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { filter, firstValueFrom } from 'rxjs';
import { test as base, expect, onTestFinished } from 'vitest';
import { running } from './server.ts';

/** The JavaScript client by the authors of the protocol, as npm has it. */
const peer = new URL('peer/node_modules/@hat-open/juggler/index.js', import.meta.url);
const there = existsSync(fileURLToPath(peer));
if (!there) {
  const how = 'npm ci --prefix test/juggler/peer installs it, and npm test does';
  if (process.env['CI'] === 'true') throw new Error(`@hat-open/juggler is not there: ${how}`);
  console.warn(`The tests against @hat-open/juggler are SKIPPED: ${how}.`);
}
const test = base.skipIf(!there);

interface PeerConnection extends EventTarget {
  readonly remoteData: unknown;
  readonly localData: unknown;
  readonly readyState: number;
  setLocalData(value: unknown): void;
  send(message: unknown): void;
  close(): void;
}

interface PeerApplication extends EventTarget {
  readonly rpc: Record<string, (...args: unknown[]) => Promise<unknown>>;
}

interface Peer {
  readonly Connection: new (address: string, syncDelay: number) => PeerConnection;
  readonly Application: new (...args: unknown[]) => PeerApplication;
}

async function loaded(): Promise<Peer> {
  // What it draws with looks for a page as it is loaded; nothing is drawn here.
  const page = globalThis as { window?: unknown; document?: unknown };
  page.window ??= globalThis;
  page.document ??= { querySelector: () => ({}) };
  return import(peer.href);
}

/** The next event of a type, as its detail. */
function next(target: EventTarget, type: string): Promise<unknown> {
  return new Promise((resolve) => {
    target.addEventListener(type, (event) => resolve((event as CustomEvent).detail), { once: true });
  });
}

/** A connection of the peer's, both ends of it. */
async function connected(options = {}) {
  const { Connection } = await loaded();
  const server = await running({ autoflush: 0, ...options });
  const theirs = new Connection(`ws://127.0.0.1:${server.port}/ws`, 5);
  onTestFinished(() => theirs.close());
  await next(theirs, 'open');
  return { theirs, ours: await server.connection(), server };
}

/** Documents that differ in every way that its diff and its patch have to take. */
const DOCUMENTS: readonly unknown[] = [
  { a: 1, list: [1, 2, 3], 'c/d~e': { x: [] } },
  { a: 1, list: [1, 3], 'c/d~e': { x: [null] } },
  { a: 1, list: [0, 1, 3, 4], b: 'ščž', 'c/d~e': {} },
  [{ id: 1, tags: ['a'] }, { id: 2 }],
  [{ id: 2 }, { id: 1, tags: ['a', 'b'] }, { id: 3 }],
  'text',
  0,
  false,
  [],
  {},
  null,
];

test('data of theirs, as ours sees it', async () => {
  const { theirs, ours } = await connected();
  for (const document of DOCUMENTS.slice(0, -1)) {
    theirs.setLocalData(document);

    await firstValueFrom(ours.remoteData$.pipe(filter((data) => isDeepStrictEqual(data, document))));
  }
});

test('data of ours, as theirs sees it', async () => {
  const { theirs, ours } = await connected();
  for (const document of DOCUMENTS) {
    const change = next(theirs, 'change');
    ours.setLocalData(document);

    expect(await change).toEqual(document);
    expect(theirs.remoteData).toEqual(document);
  }
});

test('messages both ways', async () => {
  const { theirs, ours } = await connected();
  theirs.send({ hello: 'server' });
  expect(await firstValueFrom(ours.messages$)).toEqual({ hello: 'server' });
  const message = next(theirs, 'message');
  ours.send([1, 'čšž', null]);

  expect(await message).toEqual([1, 'čšž', null]);
});

test('calls both ways, and an application that reconnects', async () => {
  const { Application } = await loaded();
  const server = await running({
    actions: {
      add: (a: number, b: number) => a + b,
      fail: () => {
        throw new Error('ours');
      },
    },
  });
  const callbacks = {
    echo: (value: unknown) => value,
    fail: () => {
      throw new Error('boom');
    },
  };
  const application = new Application(
    null,
    null,
    callbacks,
    undefined,
    `ws://127.0.0.1:${server.port}/ws`,
    5,
    5,
  );
  await next(application, 'connected');
  const connection = await server.connection();

  expect(await application.rpc['add']?.(1, 2)).toBe(3);
  await expect(application.rpc['fail']?.()).rejects.toBe('the action failed');
  await expect(application.rpc['nope']?.()).rejects.toBe('invalid action');
  expect(await firstValueFrom(connection.call('echo', { k: 'v' }))).toEqual({ k: 'v' });
  await expect(firstValueFrom(connection.call('fail'))).rejects.toMatchObject({
    code: 'remote-error',
    message: 'Error: boom',
  });

  await connection.close();
  await next(application, 'connected');
  const again = await server.connection();
  expect(await firstValueFrom(again.call('echo', 'again'))).toBe('again');
});

test('the end, from either side', async () => {
  const one = await connected();
  one.theirs.close();
  expect(await one.server.next('disconnected')).not.toHaveProperty('error');

  const other = await connected();
  const closed = next(other.theirs, 'close');
  await other.ours.close();
  await closed;
  expect(other.theirs.readyState).toBe(3);
});
