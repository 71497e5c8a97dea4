/** Which call an error came from, and where that was subscribed to. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { firstValueFrom, map, NEVER, type Observable, share } from 'rxjs';
import { ConnectError, connect, type SerfClient, type SerfError } from 'rxserf';
import { serve } from 'rxserf/server';
import { pipe } from 'rxserf/socket';
import { fakeSerf } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import { closing, failureOf } from '../agent/harness/observing.ts';

type Calls = Record<string, (client: SerfClient) => Observable<unknown>>;

const CALLS: Calls = {
  stream: (client) => client.stream('user'),
  monitor: (client) => client.monitor(),
  query: (client) => client.query('load'),
  members: (client) => client.members(),
  'members-filtered': (client) => client.members({ name: 'a.*' }),
  event: (client) => client.event('deploy'),
  'force-leave': (client) => client.forceLeave('n1'),
  'get-coordinate': (client) => client.coordinate('n1'),
};

/** Nobody listens there. */
async function nowhere(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `127.0.0.1:${port}`;
}

const unreachable = async (trace = false) => closing(connect(await nowhere(), { trace }));

describe('every error says which call it ended', () => {
  test('each its own, of calls that end with the same connection', async () => {
    const client = await unreachable();
    const failures = await Promise.all(Object.values(CALLS).map((call) => failureOf(call(client))));

    expect(failures.map(({ command }) => command)).toEqual(Object.keys(CALLS));
    for (const error of failures) {
      expect(error).toBeInstanceOf(ConnectError);
      expect(error).toMatchObject({
        name: 'ConnectError',
        code: 'connect-failed',
        address: expect.any(String),
      });
      expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
      // Short, for who does not handle it.
      expect(error.stack).toBe(`ConnectError: ${error.message}`);
    }
    const status = await firstValueFrom(client.status$);
    expect(status).toMatchObject({ error: { code: 'connect-failed' } });
    expect(status).not.toHaveProperty('error.command');
  });

  test.each(Object.entries(CALLS))('%s of a closed client', async (command, call) => {
    const client = await unreachable();
    await client.close();

    expect(await failureOf(call(client))).toMatchObject({ name: 'ClosedError', command });
  });

  test('of a client that is closed meanwhile', async () => {
    const serf = fakeSerf();
    const asked = new Promise<void>((resolve) => {
      serf.reply('stats', () => {
        resolve();
        return NEVER;
      });
    });
    const client = connect('x:1', {
      socket: () => {
        const [ours, theirs] = pipe();
        serve(serf, theirs).subscribe();
        return ours;
      },
    });
    const failures = [client.stats(), client.query('load')].map(failureOf);
    await asked;
    await client.close();

    expect(await Promise.all(failures)).toMatchObject([
      { name: 'ClosedError', command: 'stats' },
      { name: 'ClosedError', command: 'query' },
    ]);
  });
});

describe('the option trace', () => {
  /** Stands for an application's function; the name is looked for in stacks. */
  function subscribeInApplication(call$: Observable<unknown>): Promise<SerfError> {
    return failureOf(call$.pipe(map(String), share()));
  }

  test.each(Object.entries(CALLS))('%s: says where it was subscribed to', async (command, call) => {
    const error = await subscribeInApplication(call(await unreachable(true)));

    expect(error).toBeInstanceOf(ConnectError);
    expect(error).toMatchObject({ command, cause: { code: 'ECONNREFUSED' } });
    const [first, ...frames] = error.stack?.split('\n') ?? [];
    expect(first).toBe(`ConnectError: ${error.message}`);
    expect(frames.join()).toMatch(/subscribed at .*subscribeInApplication.*call-errors\.test\.ts/);
    expect(frames.length).toBeLessThanOrEqual(10);
    expect(frames.join()).not.toMatch(/rxjs/);
  });

  test('has ten frames of a stack that is deeper', async () => {
    const deep = (depth: number): Promise<SerfError> =>
      depth > 0 ? deep(depth - 1) : subscribeInApplication(client.members());
    const client = await unreachable(true);
    const [, ...frames] = (await deep(20)).stack?.split('\n') ?? [];

    expect(frames).toHaveLength(10);
    expect(frames.at(-1)).toMatch(/subscribed at deep/);
  });

  test('each of several subscribers has its own', async () => {
    const stream$ = (await unreachable(true)).stream('user');
    const function1 = () => failureOf(stream$);
    const function2 = () => failureOf(stream$);
    const [one, two] = await Promise.all([function1(), function2()]);

    expect(one?.stack).toMatch(/function1/);
    expect(one?.stack).not.toMatch(/function2/);
    expect(two?.stack).toMatch(/function2/);
  });

  test('is off by default, and then the stack is short', async () => {
    const client = closing(connect(await nowhere()));
    expect((await subscribeInApplication(client.members())).stack).not.toMatch('subscribed');
  });

  test('is yes or no', () => {
    expect(() => connect('x:1', { trace: 'yes' as never })).toThrow(/trace should be true or false/);
  });
});
