import { firstValueFrom, NEVER, Observable, of, Subject, throwError, timer } from 'rxjs';
import { ClosedError, ConnectionLostError, type RemoteError, RequestTimeoutError, SerfError } from 'rxserf';
import { jugglerRpc, RpcError } from 'rxserf/juggler';
import { describe, expect, test } from 'vitest';
import { message, request, response, Scene, told, whole } from './kit.ts';

const code = (value: string) => expect.objectContaining({ code: value });

describe('messages', () => {
  test('come in order, and wait for who asks for them one by one', async () => {
    const scene = new Scene();
    scene.at(1, () => scene.send(...[1, 2, [3]].map(message))).play();

    expect(await firstValueFrom(scene.connection.messages$)).toBe(1);
    expect(await firstValueFrom(scene.connection.messages$)).toBe(2);
    scene.send(message('four'));
    scene.play();
    expect(told(scene.connection.messages$)).toEqual([[3], 'four']);
  });

  test('that came before the close can be read after it', () => {
    const scene = new Scene();
    scene.at(1, () => {
      scene.send(message('last words'));
      scene.peers[0]?.complete();
    });
    scene.play();

    expect(told(scene.connection.messages$)).toEqual(['last words', '|']);
    expect(told(scene.connection.messages$)).toEqual(['|']);
  });

  test.each([
    ['too many', { buffer: 2 }, [1, 2, 3]],
    ['too large', { limits: { frameBytes: 100 } }, ['x'.repeat(60), 'y'.repeat(60)]],
  ])('%s while nobody listens: an error for who comes, and the data goes on', (_, options, messages) => {
    const scene = new Scene(options);
    scene.at(1, () => scene.send(...messages.map(message), whole('data'))).play();

    expect(told(scene.connection.messages$)).toEqual([code('overflow')]);
    expect(scene.connection.remoteData).toBe('data');
  });

  test('with buffer 0 they are for those who listen, and nobody else', () => {
    const scene = new Scene({ buffer: 0 });
    scene.at(1, () => scene.send(message(1))).play();
    const messages = told(scene.connection.messages$);
    scene.send(message(2));
    scene.play();

    expect(messages).toEqual([2]);
  });

  test('sent before the connection is up, they wait; they are not tied to the data', () => {
    const scene = new Scene({ autoflush: 0 });
    scene.connection.send({ hello: 'peer' });
    scene.connection.send(null);
    scene.connection.setLocalData(1);

    expect(scene.play().frames).toEqual([message({ hello: 'peer' }), message(null), whole(1)]);
  });

  test('what is not JSON is refused at the call', () => {
    const { connection } = new Scene().play();

    expect(() => connection.send(undefined)).toThrow(code('invalid-payload'));
    expect(() => connection.send({ when: new Date(0) })).toThrow('the message at /when');
    expect(() => connection.call('add', 1n)).toThrow('the arguments at /0');
  });
});

describe('calls', () => {
  test('ids from 1; each subscription calls; one result, null where there is none', () => {
    const scene = new Scene().play();
    const call$ = scene.connection.call('add', 1, { k: 'v' });
    const results = [told(call$), told(call$)];
    scene.play(10);
    scene.send(response(2, true, null), response(1, true, 3), response(1, true, 4), response(7, true, 0));
    scene.play(20);

    expect(scene.frames).toEqual([request(1, 'add', 1, { k: 'v' }), request(2, 'add', 1, { k: 'v' })]);
    expect(results).toEqual([
      [3, '|'],
      [null, '|'],
    ]);
    expect(told(scene.connection.messages$)).toEqual([]);
  });

  test('a failure is a RemoteError with the peer’s text, cut', () => {
    const scene = new Scene().play();
    const results = [told(scene.connection.call('a')), told(scene.connection.call('b'))];
    scene.play(10);
    scene.send(response(1, false, 'boom'), response(2, false, 'x'.repeat(10_000)));
    scene.play();

    expect(results[0]).toEqual([
      expect.objectContaining({ name: 'RemoteError', code: 'remote-error', message: 'boom', command: 'a' }),
    ]);
    expect(results.flat().map((error) => (error as RemoteError).message.length)).toEqual([4, 1_000]);
  });

  test('10 s without an answer', () => {
    const scene = new Scene().play();
    const results = told(scene.connection.call('slow'));
    scene.play();

    expect(results).toEqual([expect.any(RequestTimeoutError)]);
    expect(scene.scheduler.now()).toBe(10_000);
  });

  test('unsubscribing forgets the call, and tells nobody', () => {
    const scene = new Scene().play();
    scene.connection.call('slow').subscribe().unsubscribe();
    scene.play();
    scene.send(response(1, true, 'late'));

    expect(scene.play().frames).toHaveLength(1);
    expect(scene.scheduler.now()).toBeLessThan(10_000);
  });

  test('a lost connection fails those under way; a closed one too', () => {
    const scene = new Scene().play();
    const results = told(scene.connection.call('slow'));
    scene.peers[0]?.complete();
    scene.play();
    expect(results).toEqual([expect.any(ConnectionLostError)]);
    expect((results[0] as ConnectionLostError).outcome).toBe('unknown');

    const other = new Scene().play();
    const closed = told(other.connection.call('slow'));
    void other.connection.close();
    expect(closed).toEqual([expect.any(ClosedError)]);
  });

  test('beyond limits.calls', () => {
    const scene = new Scene({ limits: { calls: 1 } }).play();
    scene.connection.call('slow').subscribe();

    expect(told(scene.connection.call('slow'))).toEqual([code('overflow')]);
  });
});

describe('actions', () => {
  const actions = {
    add: (a: number, b: number) => a + b,
    later: (ms: number) => timer(ms).pipe(() => of('later')),
    promise: async (value: unknown) => value,
    nothing: () => undefined,
    list: () => [1, 2],
    denied: () => throwError(() => new RpcError(1, 'not you')),
    broken: () => {
      throw new Error('password is hunter2');
    },
    nan: () => Number.NaN,
    cycle: () => {
      const cycle: unknown[] = [];
      cycle.push(cycle);
      return cycle;
    },
  };

  test('answers', async () => {
    const reports: [unknown, string][] = [];
    const scene = new Scene({ actions, onActionError: (error, action) => reports.push([error, action]) });
    scene.play();
    scene.send(
      request(1, 'add', 1, 2),
      request('two', 'nothing'),
      request(3, 'list'),
      request(4, 'denied'),
      request(5, 'broken'),
      request(6, 'nan'),
      request(7, 'cycle'),
      request(8, 'nope'),
      request(9, 'constructor'),
      request(10, '__proto__'),
    );
    scene.play();

    expect(scene.frames).toEqual([
      response(1, true, 3),
      response('two', true, null),
      response(3, true, [1, 2]),
      response(4, false, 'not you'),
      response(5, false, 'the action failed'),
      response(6, false, 'the result is not JSON'),
      response(7, false, 'the result is not JSON'),
      response(8, false, 'invalid action'),
      response(9, false, 'invalid action'),
      response(10, false, 'invalid action'),
    ]);
    expect(reports.map(([error, action]) => [action, (error as Error).message])).toEqual([
      ['broken', 'password is hunter2'],
      ['nan', expect.stringContaining('NaN')],
      ['cycle', expect.stringContaining('cycle')],
    ]);
  });

  test('messages that are no calls still come as messages', () => {
    const scene = new Scene({ actions }).play();
    const messages = told(scene.connection.messages$);
    scene.send(message({ type: 'other' }), message(['rpc']), message(null), request(1, 'add', 1, 1));
    scene.play();

    expect(messages).toEqual([{ type: 'other' }, ['rpc'], null]);
  });

  test('defaultAction gets the name, and the arguments', () => {
    const scene = new Scene({ defaultAction: (...all) => all }).play();
    scene.send(request(1, 'toString', 'a', 2));

    expect(scene.play().frames).toEqual([response(1, true, ['toString', 'a', 2])]);
  });

  test.each<[string, object, object | undefined]>([
    [
      'args that are an object',
      { id: 1, direction: 'request', action: 'add', args: { 0: 1 } },
      response(1, false, 'invalid request'),
    ],
    ['no args', { id: 1, direction: 'request', action: 'add' }, response(1, false, 'invalid request')],
    ['no action', { id: 'x', direction: 'request', args: [] }, response('x', false, 'invalid request')],
    ['a direction of its own', { id: null, direction: 'sideways' }, response(null, false, 'invalid request')],
    ['no id', { direction: 'request', action: 'add', args: [1, 2] }, undefined],
    ['nothing at all', {}, undefined],
    ['an answer to nothing', { id: 9, direction: 'response', success: true, result: 1 }, undefined],
  ])('a malformed call ends itself and nothing else: %s', (_, members, answer) => {
    const scene = new Scene({ actions }).play();
    scene.send(message({ type: 'rpc', ...members }), request(2, 'add', 1, 2));

    expect(scene.play().frames).toEqual([...(answer ? [answer] : []), response(2, true, 3)]);
    expect(told(scene.connection.messages$)).toEqual([]);
  });

  test('run side by side: a slow one holds up nobody', () => {
    const slow = new Subject<string>();
    const scene = new Scene({ actions: { slow: () => slow, fast: () => 'fast' } }).play();
    scene.send(request(1, 'slow'), request(2, 'fast'));
    scene.play(1_000);
    slow.next('slept');
    scene.play(2_000);

    expect(scene.frames).toEqual([response(2, true, 'fast'), response(1, true, 'slept')]);
  });

  test('parallel: false: one after the other, as the Python peer does', () => {
    const slow = new Subject<string>();
    const scene = new Scene({ parallel: false, actions: { slow: () => slow, fast: () => 'fast' } }).play();
    scene.send(request(1, 'slow'), request(2, 'fast'));
    scene.play(1_000);
    expect(scene.frames).toEqual([]);
    slow.next('slept');
    scene.play(2_000);

    expect(scene.frames).toEqual([response(1, true, 'slept'), response(2, true, 'fast')]);
  });

  test('one that takes too long is unsubscribed from', () => {
    let left = false;
    const never = new Observable(() => () => {
      left = true;
    });
    const scene = new Scene({ actionTimeout: 500, actions: { never: () => never } }).play();
    scene.send(request(1, 'never'));

    expect(scene.play().frames).toEqual([response(1, false, 'the action took too long')]);
    expect(left).toBe(true);
  });

  test('too many at a time', () => {
    const limits = { concurrency: 2, waiting: 1 };
    const scene = new Scene({ limits, actions: { never: () => NEVER } }).play();
    scene.send(...[1, 2, 3, 4].map((id) => request(id, 'never')));
    scene.play(100);

    expect(scene.frames).toEqual([response(4, false, 'too many calls')]);
  });

  test('are unsubscribed from when the connection ends', () => {
    let left = 0;
    const never = new Observable(() => () => {
      left++;
    });
    const scene = new Scene({ actions: { never: () => never } }).play();
    scene.send(request(1, 'never'));
    scene.play(10);
    scene.peers[0]?.complete();
    scene.play(20);

    expect(left).toBe(1);
  });

  test('without any, calls are messages; jugglerRpc answers those that wait', () => {
    const scene = new Scene().play();
    scene.send(message('first'), request(1, 'add', 1, 2), message('second'));
    scene.play();
    expect(scene.frames).toEqual([]);

    expect(jugglerRpc(scene.connection, actions)).toBe(scene.connection);
    scene.send(request(2, 'add', 2, 2));
    scene.play();

    expect(scene.frames).toEqual([response(1, true, 3), response(2, true, 4)]);
    expect(told(scene.connection.messages$)).toEqual(['first', 'second']);
    expect(() => jugglerRpc(scene.connection, {})).toThrow(SerfError);
  });
});
