import { finalize, NEVER, type Observable, of, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { ClosedError, ConnectionLostError, InvalidArgumentError, RemoteError } from 'rxserf';
import {
  type JsonRpcOptions,
  type JsonRpcSession,
  type JsonRpcStatus,
  jsonRpc,
  newline,
  RpcError,
  replyAndDisconnect,
} from 'rxserf/jsonrpc';
import { pipe, socketFrom } from 'rxserf/socket';
import { describe, expect, test, vi } from 'vitest';

const encoder = new TextEncoder();

/** A session in virtual time, and a peer that is lines. */
function world(options: JsonRpcOptions = {}) {
  const scheduler = new TestScheduler(() => true);
  const [ours, peer] = pipe(scheduler);
  const session = jsonRpc(ours, { scheduler, ...options });
  const sent: string[] = [];
  const log: string[] = [];
  const decoder = new TextDecoder();
  let end = '';
  const peerEnds = peer.subscribe({
    next: (bytes) => sent.push(...decoder.decode(bytes).trimEnd().split('\n')),
    complete: () => {
      end = 'closed';
    },
  });
  const says = (...messages: (object | string)[]) =>
    peer.next(
      encoder.encode(
        messages.map((each) => `${typeof each === 'string' ? each : JSON.stringify(each)}\n`).join(''),
      ),
    );
  const watch = (name: string, source$: Observable<unknown>) =>
    source$.subscribe({
      next: (value) => log.push(`${name}: ${JSON.stringify(value)}`),
      error: (error) =>
        log.push(
          `${name}: ${error.code}${error.outcome ? ` ${error.outcome}` : ''}${error.rpcCode ? ` ${error.rpcCode}` : ''} @${scheduler.now()}`,
        ),
      complete: () => log.push(`${name}: |`),
    });
  const story = (act: (flush: () => void) => void) => scheduler.run(({ flush }) => act(flush));
  const at = (time: number, act: () => void) => scheduler.schedule(act, time);
  return { session, sent, log, says, watch, story, at, peer, peerEnds, scheduler, end: () => end };
}

const v2 = (message: object) => ({ jsonrpc: '2.0', ...message });

describe('requests', () => {
  test('are sent per subscription, with ids from 0', () => {
    const { session, sent, story } = world({ timeout: 0 });
    story((flush) => {
      const sum$ = session.request('sum', [1, 2]);
      flush();
      expect(sent).toEqual([]);
      sum$.subscribe();
      sum$.subscribe();
      session.request('count').subscribe();
      session.request('count', []).subscribe();
      session.request('count', {}).subscribe();
    });
    expect(sent).toEqual([
      '{"jsonrpc":"2.0","method":"sum","id":0,"params":[1,2]}',
      '{"jsonrpc":"2.0","method":"sum","id":1,"params":[1,2]}',
      '{"jsonrpc":"2.0","method":"count","id":2}',
      '{"jsonrpc":"2.0","method":"count","id":3}',
      '{"jsonrpc":"2.0","method":"count","id":4,"params":{}}',
    ]);
  });

  test('answers in any order, errors, and what is no answer', () => {
    const { session, log, says, watch, story, at } = world();
    watch('event', session.events$);
    story(() => {
      for (const name of ['a', 'b', 'c', 'd']) watch(name, session.request(name));
      at(1, () =>
        says(v2({ id: 1, result: null }), v2({ id: 0, error: { code: 7, message: 'no', data: [1] } })),
      );
      at(2, () =>
        says(v2({ id: 2 }), v2({ id: 3, error: 'x' }), v2({ id: '3', result: 1 }), v2({ id: 1, result: 1 })),
      );
    });
    expect(log).toEqual(
      [
        'b: null',
        'b: |',
        'a: remote-error 7 @1',
        'c: unexpected-shape @2',
        'd: unexpected-shape @2',
        'event: {"type":"unexpected-response","id":"3"}',
        'event: {"type":"unexpected-response","id":1}',
        'event: |',
      ].slice(0, -1),
    );
  });

  test('a RemoteError has all that the peer said', () => {
    const { session, says, story, at } = world();
    let error: unknown;
    story(() => {
      session.request('sum').subscribe({
        error: (e) => {
          error = e;
        },
      });
      at(1, () => says(v2({ id: 0, error: { code: 7, message: 'no', data: { a: 1 } } })));
    });
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ message: 'no', rpcCode: 7, data: { a: 1 }, command: 'sum' });
  });

  test('time out, and are forgotten: a late answer is nobody’s', () => {
    const { session, log, says, watch, story, at } = world({ timeout: 100 });
    watch('event', session.events$);
    story(() => {
      watch('a', session.request('a'));
      watch('b', session.request('b', [], { timeout: 50 }));
      watch('c', session.request('c', [], { timeout: 0 })).unsubscribe();
      at(150, () => says(v2({ id: 0, result: 1 }), v2({ id: 2, result: 1 })));
    });
    expect(log).toEqual([
      'b: request-timeout @50',
      'a: request-timeout @100',
      'event: {"type":"unexpected-response","id":0}',
      'event: {"type":"unexpected-response","id":2}',
    ]);
  });

  test('when the peer closes, all end within the turn, and later ones at once', () => {
    const { session, log, watch, story, peerEnds, at, sent } = world();
    story(() => {
      watch('status', session.status$);
      watch('a', session.request('a'));
      watch(
        'batch',
        session.batch((b) => [b.request('x'), b.notify('y')]),
      );
      at(10, () => peerEnds.unsubscribe());
      at(20, () => {
        watch('late', session.request('late'));
        watch('late note', session.notify('late'));
        watch(
          'late batch',
          session.batch((b) => [b.notify('x')]),
        );
      });
    });
    expect(log).toEqual([
      'status: {"state":"connected"}',
      'a: connection-lost unknown @10',
      'batch: connection-lost unknown @10',
      'status: {"state":"closed"}',
      'status: |',
      'late: connection-lost not-sent @20',
      'late note: connection-lost not-sent @20',
      'late batch: connection-lost not-sent @20',
    ]);
    expect(sent).toHaveLength(2);
  });

  test('a connection that cannot be had', () => {
    const socket = socketFrom(
      (incoming) => {
        queueMicrotask(() => incoming.error(new Error('no route')));
        return { write() {}, end() {}, destroy() {} };
      },
      { tellsOpened: true },
    );
    const session = jsonRpc(socket);
    return new Promise<void>((resolve) => {
      session.request('a').subscribe({
        error: (error) => {
          expect(error).toMatchObject({ code: 'connect-failed', cause: { message: 'no route' } });
          resolve();
        },
      });
    });
  });

  test('close: calls that wait get a ClosedError, what was sent goes out', async () => {
    const { session, log, watch, story, sent, end } = world({ handlers: { never: () => NEVER } });
    let closed: Promise<void> | undefined;
    story(() => {
      watch('a', session.request('a'));
      watch('notifications', session.notifications$);
      session.notify('bye').subscribe();
      closed = session.close();
      watch('b', session.request('b'));
    });
    await closed;
    expect(log).toEqual(['a: closed @0', 'b: closed @0', 'notifications: |']);
    expect(sent.at(-1)).toBe('{"jsonrpc":"2.0","method":"bye"}');
    expect(end()).toBe('closed');
    expect(new ClosedError().code).toBe('closed');
    expect(ConnectionLostError).toBeDefined();
  });

  test('closing one that was never opened opens nothing', async () => {
    let opened = false;
    const session = jsonRpc(
      socketFrom(() => {
        opened = true;
        return { write() {}, end() {}, destroy() {} };
      }),
    );
    await session.close();
    await session[Symbol.asyncDispose]();
    expect(opened).toBe(false);
  });

  test.each<[string, (session: JsonRpcSession) => unknown]>([
    ['a method that is no text', (s) => s.request(5 as unknown as string)],
    ['params that are neither', (s) => s.request('a', 5 as unknown as [])],
    ['params without JSON', (s) => s.request('a', [1n])],
    [
      'a circle',
      (s) => {
        const a: unknown[] = [];
        a.push(a);
        return s.notify('a', a);
      },
    ],
    ['a batch of nothing', (s) => s.batch(() => [])],
    ['a batch of others’ members', (s) => s.batch(() => [{ type: 'request', method: 'a' }])],
    ['a time that is none', (s) => s.request('a', [], { timeout: -1 })],
  ])('misuse is told at the call: %s', (_, act) => {
    expect(() => act(world().session)).toThrow(InvalidArgumentError);
  });

  test('1.0 has no arguments by name and no batches', () => {
    const { session } = world({ protocol: 'v1' });
    expect(() => session.request('a', { b: 1 })).toThrow(/1\.0/);
    expect(() => session.batch((b) => [b.request('a')])).toThrow(/1\.0/);
  });

  test('auto: 2.0 until the peer has spoken', () => {
    const { session, sent, says, story, log, watch, at } = world({ protocol: 'auto' });
    watch('event', session.events$);
    story(() => {
      watch('a', session.request('a'));
      at(1, () => says({ result: 1, error: null, id: 0 }));
      at(2, () => {
        watch('b', session.request('b', [1]));
        watch('named', session.request('named', { a: 1 }));
        watch(
          'batch',
          session.batch((b) => [b.request('x')]),
        );
      });
    });
    expect(sent).toEqual(['{"jsonrpc":"2.0","method":"a","id":0}', '{"method":"b","params":[1],"id":1}']);
    expect(log).toEqual([
      'event: {"type":"protocol","protocol":"v1"}',
      'a: 1',
      'a: |',
      'named: invalid-argument @2',
      'batch: invalid-argument @2',
      'b: request-timeout @30002',
    ]);
  });

  test('too many, and a peer that does not read', () => {
    const { session, log, watch, story } = world({ limits: { pending: 2, outbound: 100 } });
    story(() => {
      watch('a', session.request('a'));
      watch('b', session.request('b'));
      watch('c', session.request('c'));
      watch(
        'batch',
        session.batch((b) => [b.request('x'), b.request('y')]),
      );
      watch('large', session.notify('large', ['x'.repeat(60)]));
      watch('one more', session.notify('one more'));
    });
    expect(log.filter((line) => line.includes('overflow'))).toEqual([
      'c: overflow @0',
      'batch: overflow @0',
      'one more: overflow @0',
    ]);
  });
});

describe('batches', () => {
  test('outcomes are in the order of the members', () => {
    const { session, sent, log, says, watch, story, at } = world();
    story(() => {
      watch(
        'batch',
        session.batch((b) => [
          b.request('sum', [1]),
          b.notify('note'),
          b.request('fail', [7, 'bad']),
          b.request('sub', { a: 5 }),
        ]),
      );
      at(1, () =>
        says([
          v2({ id: 2, result: 4 }),
          v2({ id: 1, error: { code: 7, message: 'bad' } }),
          v2({ id: 0, result: 1 }),
        ]),
      );
    });
    // As aiorpcX sends it.
    expect(sent).toEqual([
      '[{"jsonrpc":"2.0","method":"sum","id":0,"params":[1]}, {"jsonrpc":"2.0","method":"note"}, {"jsonrpc":"2.0","method":"fail","id":1,"params":[7,"bad"]}, {"jsonrpc":"2.0","method":"sub","id":2,"params":{"a":5}}]',
    ]);
    expect(log).toEqual([
      expect.stringMatching(/^batch: \[\{"value":1\},\{\},\{"error":\{.*"rpcCode":7.*\}\},\{"value":4\}\]$/),
      'batch: |',
    ]);
  });

  test('an answer that leaves one out, single answers, and time', () => {
    const { session, log, says, story, watch, at } = world({ timeout: 100 });
    const outcomes = (
      name: string,
      source$: Observable<readonly { value?: unknown; error?: Error | undefined }[]>,
    ) =>
      source$.subscribe((all) =>
        log.push(
          `${name}: ${all.map(({ value, error }) => (error as { code?: string } | undefined)?.code ?? value).join(' ')}`,
        ),
      );
    story(() => {
      outcomes(
        'left out',
        session.batch((b) => [b.request('a'), b.request('b')]),
      );
      outcomes(
        'single',
        session.batch((b) => [b.request('a'), b.request('b')]),
      );
      outcomes(
        'late',
        session.batch((b) => [b.request('a'), b.request('b')]),
      );
      watch(
        'forgotten',
        session.batch((b) => [b.request('a')]),
      ).unsubscribe();
      outcomes(
        'notes',
        session.batch((b) => [b.notify('a')]),
      );
      at(1, () =>
        says(
          [v2({ id: 1, result: 1 }), v2({ id: 99, result: 1 })],
          v2({ id: 3, result: 'x' }),
          v2({ id: 2, result: 'y' }),
          v2({ id: 4, result: 1 }),
        ),
      );
    });
    expect(log).toEqual([
      'notes: ',
      'left out: unexpected-shape 1',
      'single: y x',
      'late: 1 request-timeout',
    ]);
  });
});

test.each([
  ['v1', { result: 1, error: { code: 1, message: 'x' } }],
  ['v1', { result: 1 }],
  ['loose', { result: 1, error: 'x' }],
  ['loose', {}],
  ['v2', { jsonrpc: '2.0', result: 1, error: { code: 1, message: 'x' } }],
  ['v2', { jsonrpc: '2.0', error: { code: 1 } }],
  ['v2', { jsonrpc: '2.0', error: { code: 1, message: 2 } }],
  ['v2', { jsonrpc: '2.0', error: { code: 1.5, message: 'x' } }],
  ['v2', { jsonrpc: '2.0', error: 'x' }],
] as const)('%s: %j is no answer', (protocol, answer) => {
  const { session, log, says, watch, story } = world({ protocol });
  watch('a', session.request('a'));
  story(() => says({ ...answer, id: 0 }));
  expect(log).toEqual([expect.stringMatching(/^a: unexpected-shape/)]);
});

test('a batch that nobody waits for, or that cannot be sent, takes no room', () => {
  const lines = newline();
  const { session, sent, log, watch, story } = world({
    limits: { pending: 2 },
    timeout: 0,
    framer: {
      ...lines,
      encode: (message) => {
        if (message.includes('bad')) throw new Error('it does not fit');
        return lines.encode(message);
      },
    },
  });
  story(() => {
    const two$ = (name: string) => session.batch((b) => [b.request(name), b.request(name)]);
    for (let n = 0; n < 3; n++) two$('good').subscribe().unsubscribe();
    // Already where its error is told: it may be tried again there.
    two$('bad').subscribe({
      error: (error) => {
        log.push(error.message);
        watch('last', two$('last'));
      },
    });
  });
  expect(log).toEqual(['it does not fit']);
  expect(sent.at(-1)).toMatch(/last/);
});

describe('what the peer asks', () => {
  test('handlers: values, Promises, Observables, errors', async () => {
    const { session, sent, says, story, watch, log, scheduler } = world({
      processingTimeout: 0,
      handlers: {
        value: () => 1,
        nothing: () => undefined,
        later: () => of(2, 3),
        promised: () => Promise.resolve(4),
        refused: () => {
          throw new RpcError(7, 'no', { a: 1 });
        },
        broken: () => {
          throw new Error('the password is s3cret');
        },
        bigint: () => 1n,
        circle: () => {
          throw new RpcError(1, 'x', 1n);
        },
      },
    });
    watch('event', session.events$);
    watch('status', session.status$);
    const methods = [
      'value',
      'nothing',
      'later',
      'promised',
      'refused',
      'broken',
      'bigint',
      'circle',
      'toString',
      '__proto__',
      'constructor',
    ];
    story(() => says(...methods.map((method, id) => v2({ id, method }))));
    await new Promise((resolve) => setImmediate(resolve));
    scheduler.flush();
    expect(
      sent
        .map((line) => JSON.parse(line))
        .map(({ id, result, error }) => [methods[id], result, error?.code, error?.message, error?.data]),
    ).toEqual([
      ['value', 1, undefined, undefined, undefined],
      ['nothing', null, undefined, undefined, undefined],
      ['later', 2, undefined, undefined, undefined],
      ['refused', undefined, 7, 'no', { a: 1 }],
      ['broken', undefined, -32603, 'internal server error', undefined],
      ['bigint', undefined, -32603, 'internal server error', undefined],
      ['circle', undefined, -32603, 'internal server error', undefined],
      ['toString', undefined, -32601, 'unknown method "toString"', undefined],
      ['__proto__', undefined, -32601, 'unknown method "__proto__"', undefined],
      ['constructor', undefined, -32601, 'unknown method "constructor"', undefined],
      ['promised', 4, undefined, undefined, undefined],
    ]);
    expect(sent.join()).not.toMatch(/s3cret/);
    expect(log.filter((line) => line.includes('handler-failed'))).toHaveLength(3);
  });

  test('requests$ and notifications$, for what has no handler', () => {
    const { session, sent, says, story, watch, log } = world({
      processingTimeout: 100,
      handlers: { mine: () => 1 },
    });
    watch('note', session.notifications$);
    session.requests$.subscribe(({ method, params, respond, refuse }) => {
      if (method === 'sum') respond((params as number[]).reduce((a, b) => a + b, 0));
      else if (method === 'no') refuse(new RpcError(3, 'no'));
      respond('too late');
    });
    story(() => {
      says(
        v2({ id: 1, method: 'sum', params: [1, 2] }),
        v2({ id: 2, method: 'no' }),
        v2({ id: 3, method: 'mine' }),
      );
      says(v2({ method: 'news', params: { a: 1 } }), v2({ method: 'mine' }));
    });
    expect(sent).toEqual([
      '{"jsonrpc":"2.0","result":3,"id":1}',
      '{"jsonrpc":"2.0","error":{"code":3,"message":"no"},"id":2}',
      '{"jsonrpc":"2.0","result":1,"id":3}',
    ]);
    expect(log).toEqual(['note: {"method":"news","params":{"a":1}}']);
  });

  test('concurrency, time, and what may wait', () => {
    const ended: string[] = [];
    const { session, sent, says, story, watch, log } = world({
      concurrency: 1,
      processingTimeout: 100,
      limits: { waiting: 2 },
      handlers: { slow: (ms: number) => timer(ms).pipe(finalize(() => ended.push(`${ms}`))), quick: () => 1 },
    });
    watch('event', session.events$);
    session.status$.subscribe();
    story(() =>
      says(
        v2({ id: 1, method: 'slow', params: [500] }),
        v2({ id: 2, method: 'slow', params: [50] }),
        v2({ id: 3, method: 'quick' }),
        v2({ id: 4, method: 'quick' }),
        v2({ method: 'quick' }),
      ),
    );
    expect(
      sent.map((line) => JSON.parse(line)).map(({ id, result, error }) => [id, result ?? error.code]),
    ).toEqual([
      [4, -102],
      [1, -102],
      [2, 0],
      [3, 1],
    ]);
    expect(ended).toEqual(['500', '50']);
    expect(log).toEqual([
      'event: {"type":"refused","method":"quick","reason":"busy"}',
      'event: {"type":"refused","method":"quick","reason":"busy"}',
      'event: {"type":"refused","method":"slow","reason":"timed-out"}',
    ]);
  });

  test('our answers are read while handlers wait for them', () => {
    const { session, sent, says, story, at } = world({
      concurrency: 1,
      handlers: { ask: (method: string): Observable<unknown> => session.request(method) },
    }) as ReturnType<typeof world>;
    session.status$.subscribe();
    story(() => {
      says(v2({ id: 'x', method: 'ask', params: ['echo'] }));
      at(1, () => says(v2({ id: 0, result: 'back' })));
    });
    expect(sent).toEqual([
      '{"jsonrpc":"2.0","method":"echo","id":0}',
      '{"jsonrpc":"2.0","result":"back","id":"x"}',
    ]);
  });

  test('when the connection ends, handlers are unsubscribed from', () => {
    const ended: string[] = [];
    const { session, says, story, at, peer } = world({
      handlers: { never: () => NEVER.pipe(finalize(() => ended.push('never'))) },
    });
    session.status$.subscribe();
    story(() => {
      says(v2({ id: 1, method: 'never' }));
      at(10, () => void session.close());
    });
    expect(ended).toEqual(['never']);
    peer.complete();
  });

  test('what it asked for before it closed its half is answered, for 10 s', () => {
    const ended: string[] = [];
    const { session, says, story, peer, sent, scheduler } = world({
      handlers: {
        slow: () => timer(500),
        never: () => NEVER.pipe(finalize(() => ended.push(`never @${scheduler.now()}`))),
      },
    });
    peer.allowHalfOpen = true;
    session.status$.subscribe();
    story(() => {
      says(v2({ id: 1, method: 'slow' }), v2({ id: 2, method: 'never' }));
      peer.complete();
    });
    expect(sent).toEqual(['{"jsonrpc":"2.0","result":0,"id":1}']);
    expect(ended).toEqual(['never @10000']);
  });

  test('answers larger than may be, alone and in a batch', () => {
    const { session, sent, says, story } = world({
      limits: { response: 100 },
      handlers: { big: (n: number) => 'x'.repeat(n) },
    });
    session.status$.subscribe();
    story(() =>
      says(v2({ id: 1, method: 'big', params: [200] }), [
        v2({ id: 2, method: 'big', params: [40] }),
        v2({ id: 3, method: 'big', params: [40] }),
      ]),
    );
    expect(sent[0]).toBe(
      '{"jsonrpc":"2.0","error":{"code":-32600,"message":"response too large (over 100 bytes)"},"id":1}',
    );
    expect(JSON.parse(sent[1] as string)).toMatchObject([
      { id: 2, result: 'x'.repeat(40) },
      { id: 3, error: { code: -32600 } },
    ]);
  });

  test('idleTimeout: a connection on which nothing is said is ended', () => {
    const { session, log, watch, story, says, at, scheduler, end } = world({
      idleTimeout: 1_000,
      timeout: 0,
      handlers: { a: () => 1, slow: () => timer(5_000) },
    });
    watch('status', session.status$);
    let ended = 0;
    session.status$.subscribe({
      complete: () => {
        ended = scheduler.now();
      },
    });
    story(() => {
      at(900, () => says(v2({ method: 'a' })));
      // A handler at work, a call of ours, and what is only sent.
      at(1_800, () => says(v2({ id: 1, method: 'slow' })));
      at(7_700, () => session.request('b').subscribe());
      at(12_000, () => says(v2({ id: 0, result: 1 })));
      at(12_900, () => session.notify('c').subscribe());
    });
    expect(ended).toBe(13_900);
    expect(end()).toBe('closed');
    expect(log.slice(-2).join()).toMatch(/closed.*status: \|/);
  });

  test('idleTimeout: 0 is for ever, and it leaves no timer behind', () => {
    const { session, story, scheduler, end } = world({ idleTimeout: 0 });
    session.status$.subscribe();
    story(() => {});
    expect([end(), scheduler.now()]).toEqual(['', 0]);
    const other = world({ idleTimeout: 60_000 });
    other.session.status$.subscribe();
    // Nor does the deadline of a call.
    other.session.request('a', [], { timeout: 90_000 }).subscribe({ error: () => {} });
    other.story(() => other.at(10, () => other.peer.complete()));
    expect(other.scheduler.now()).toBeLessThan(20_000);
  });

  test('close: a peer that does not close its half has a second, whatever idleTimeout says', () => {
    const scheduler = new TestScheduler(() => true);
    const [ours, peer] = pipe(scheduler);
    peer.allowHalfOpen = true;
    peer.subscribe();
    const session = jsonRpc(ours, { scheduler, idleTimeout: 700 });
    const states: JsonRpcStatus[] = [];
    let ended = 0;
    session.status$.subscribe({
      next: (status) => states.push(status),
      complete: () => {
        ended = scheduler.now();
      },
    });
    scheduler.run(() => {
      scheduler.schedule(() => void session.close(), 500);
    });
    expect(ended).toBe(1_500);
    expect(states.at(-1)).toEqual({ state: 'closed' });
  });

  test('a last word within a batch: all of it is answered, then the end', () => {
    const { session, sent, says, story, end } = world({
      handlers: { a: () => 1, bye: () => replyAndDisconnect('bye') },
    });
    session.status$.subscribe();
    story(() => says([v2({ id: 1, method: 'bye' }), v2({ id: 2, method: 'a' })]));
    expect(sent.map((line) => JSON.parse(line))).toEqual([
      [v2({ id: 1, result: 'bye' }), v2({ id: 2, result: 1 })],
    ]);
    expect(end()).toBe('closed');
  });

  test('ids of any size come back as they were written', () => {
    const { session, sent, says, story } = world({ handlers: { a: () => 1 } });
    session.status$.subscribe();
    story(() =>
      says(
        '{"jsonrpc":"2.0","id":12345678901234567890,"method":"a","params":{"id":9.5e400}}',
        '[{"jsonrpc":"2.0","id":1e400,"method":"a"},{"jsonrpc":"2.0","id":99999999999999999999,"method":"b"}]',
      ),
    );
    expect(sent).toEqual([
      '{"jsonrpc":"2.0","result":1,"id":12345678901234567890}',
      '[{"jsonrpc":"2.0","result":1,"id":1e400}, {"jsonrpc":"2.0","error":{"code":-32601,"message":"unknown method \\"b\\""},"id":99999999999999999999}]',
    ]);
  });

  test('a batch is not read again for each id: a megabyte of them took minutes', () => {
    const { session, sent, says, story } = world({ handlers: { a: () => 1 } });
    session.status$.subscribe();
    const parse = vi.spyOn(JSON, 'parse');
    const ids = Array.from({ length: 500 }, (_, index) => `${index}.50`);
    story(() => says(`[${ids.map((id) => `{"jsonrpc":"2.0","id":${id},"method":"a"}`).join(',')}]`));
    expect(parse.mock.calls.length).toBeLessThanOrEqual(2);
    parse.mockRestore();
    expect(sent).toEqual([`[${ids.map((id) => `{"jsonrpc":"2.0","result":1,"id":${id}}`).join(', ')}]`]);
  });

  test('a batch with a request in it is a message: what is wrong with its others is not "in a row"', () => {
    const { session, sent, says, story, end } = world({
      handlers: { a: () => 1 },
      limits: { malformed: 3 },
    });
    session.status$.subscribe();
    const batch = [v2({ id: 1, method: 'a' }), 1];
    story(() => says(...Array.from({ length: 10 }, () => batch)));
    expect(sent).toHaveLength(10);
    expect(end()).toBe('');
    story(() => says(...Array.from({ length: 10 }, () => [1])));
    expect(sent).toHaveLength(14);
    expect(end()).toBe('closed');
  });
});
