import { concat, EMPTY, finalize, map, NEVER, Observable, of, range, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, test } from 'vitest';
import { BoundedHandlers, handlerOf } from '../../src/rpc/bounded-handlers.ts';
import { Deadlines } from '../../src/rpc/deadlines.ts';
import { RpcError } from '../../src/rpc/rpc-error.ts';

/** Handlers in virtual time, and what became of their calls. */
function world(
  options: { concurrency?: number; waiting?: number; waitingBytes?: number; timeout?: number } = {},
) {
  const scheduler = new TestScheduler(() => true);
  const state = { full: false };
  const log: string[] = [];
  const handlers = new BoundedHandlers({
    concurrency: 2,
    waiting: 10,
    waitingBytes: 100,
    timeout: 0,
    ...options,
    full: () => state.full,
    deadlines: new Deadlines(scheduler),
    scheduler,
  });
  const run = (name: string, invoke: () => unknown, size = 1) =>
    handlers.run({
      size,
      invoke: () => {
        log.push(`${name} begins`);
        return invoke();
      },
      done: (value) => log.push(`${name} = ${JSON.stringify(value)} @${scheduler.now()}`),
      failed: (why, cause) =>
        log.push(
          `${name}: ${why instanceof RpcError ? `rpc ${why.code}` : why}${cause ? ` (${cause})` : ''}`,
        ),
    });
  const story = (act: (flush: () => void) => void) => scheduler.run(({ flush }) => act(flush));
  return { handlers, run, log, story, state, scheduler };
}

describe('what a handler gives', () => {
  test.each([
    ['a value', () => 7, '7'],
    ['a text, which is not taken apart', () => 'abc', '"abc"'],
    ['a list, which is not taken apart', () => [1, 2], '[1,2]'],
    ['nothing', () => undefined, 'undefined'],
    ['null', () => null, 'null'],
    ['the first value of an Observable', () => of(1, 2), '1'],
    ['the first of endlessly many', () => range(0, Number.POSITIVE_INFINITY), '0'],
    ['an Observable without one', () => EMPTY, 'undefined'],
  ])('%s', (_, handler, value) => {
    const { run, log } = world();
    run('a', handler);
    expect(log).toEqual(['a begins', `a = ${value} @0`]);
  });

  test('the value of a Promise', async () => {
    const { run, log } = world();
    run('a', () => Promise.resolve(5));
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(['a begins', 'a = 5 @0']);
  });

  const boom = new Error('secret');
  test.each([
    [
      'throws',
      () => {
        throw boom;
      },
    ],
    ['errors', () => throwError(() => boom)],
    [
      'has a `then` that throws',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a hostile one
        get then() {
          throw boom;
        },
      }),
    ],
    [
      'has a `then` that fails',
      () => ({
        // biome-ignore lint/suspicious/noThenProperty: a hostile one
        then: () => {
          throw boom;
        },
      }),
    ],
    ['is like an Observable, and none', () => ({ lift: () => {}, subscribe: () => {} })],
  ])('one that %s has failed, and the next one runs', (_, handler) => {
    const { run, log, handlers } = world({ concurrency: 1 });
    run('a', handler);
    run('b', () => 1);
    expect(log[1]).toMatch(/^a: failed \(.*Error: /);
    expect(log.slice(2)).toEqual(['b begins', 'b = 1 @0']);
    expect(handlers.size).toBe(0);
  });

  test('an RpcError is for the peer, also a rejected one', async () => {
    const { run, log } = world();
    run('a', () => {
      throw new RpcError(7, 'no');
    });
    run('b', () => Promise.reject(new RpcError(8, 'no')));
    run('c', () => Promise.reject(undefined));
    await new Promise((resolve) => setImmediate(resolve));
    expect(log.filter((line) => !line.includes('begins'))).toEqual(['a: rpc 7', 'b: rpc 8', 'c: failed']);
  });
});

describe('bounds', () => {
  test('so many at a time, the others in their order', () => {
    const { run, log, story } = world({ concurrency: 2 });
    story(() => {
      run('a', () => concat(timer(10), of(1)));
      run('b', () => timer(5));
      run('c', () => 'c');
      run('d', () => timer(1));
      expect(log).toEqual(['a begins', 'b begins']);
    });
    expect(log).toEqual([
      'a begins',
      'b begins',
      'b = 0 @5',
      'c begins',
      'c = "c" @5',
      'd begins',
      'd = 0 @6',
      'a = 0 @10',
    ]);
  });

  test('one that waits keeps its place before one that comes later', () => {
    const { run, log, state, story } = world();
    story((flush) => {
      state.full = true;
      run('a', () => 1);
      state.full = false;
      run('b', () => 2);
      flush();
    });
    expect(log).toEqual(['a begins', 'a = 1 @10', 'b begins', 'b = 2 @10']);
  });

  test('none begins while there is no room for its answer', () => {
    const { run, log, state, story, scheduler } = world();
    story(() => {
      state.full = true;
      run('a', () => 1);
      scheduler.schedule(() => {
        state.full = false;
      }, 35);
    });
    expect(log).toEqual(['a begins', 'a = 1 @40']);
  });

  test('so many wait, and so many bytes', () => {
    const { run, log, story } = world({ concurrency: 1, waiting: 2, waitingBytes: 10 });
    story(() => {
      run('a', () => timer(1));
      run('b', () => 1, 4);
      run('too large', () => 1, 7);
      run('c', () => 1, 6);
      run('too many', () => 1, 0);
      expect(log).toEqual(['a begins', 'too large: busy', 'too many: busy']);
    });
    expect(log.slice(3)).toEqual(['a = 0 @1', 'b begins', 'b = 1 @1', 'c begins', 'c = 1 @1']);
  });

  test('those that have had their turn leave room to others', () => {
    const { run, log, story, scheduler } = world({ concurrency: 1, waitingBytes: 10 });
    story(() => {
      for (let n = 0; n < 5; n++)
        scheduler.schedule(() => {
          run('a', () => timer(1));
          run('b', () => 1, 10);
        }, n * 10);
    });
    expect(log.filter((line) => line.startsWith('b begins'))).toHaveLength(5);
  });

  test('one that is over has no deadline any more', () => {
    const { run, log, story, scheduler } = world({ timeout: 60_000 });
    story(() => run('a', () => timer(1)));
    expect([log, scheduler.now()]).toEqual([['a begins', 'a = 0 @1'], 1]);
  });

  test('thousands that are over at once need no deep stack, and leave nothing', () => {
    const { run, log, story, handlers } = world({ concurrency: 1, waiting: 100_000, waitingBytes: 1e9 });
    story(() => {
      run('first', () => timer(1));
      for (let n = 0; n < 50_000; n++) run('x', () => n);
    });
    expect(log).toHaveLength(100_002);
    expect(handlers.size).toBe(0);
  });

  test('a handler that calls another is not overtaken, nor blocked', () => {
    const { run, log } = world({ concurrency: 1 });
    run('outer', () => {
      run('inner', () => 1);
      return 2;
    });
    expect(log).toEqual(['outer begins', 'outer = 2 @0', 'inner begins', 'inner = 1 @0']);
  });
});

describe('time', () => {
  test('one that takes too long is unsubscribed from, and the next one runs', () => {
    const { run, log, story } = world({ concurrency: 1, timeout: 10 });
    story(() => {
      run('a', () => NEVER.pipe(finalize(() => log.push('a unsubscribed'))));
      run('b', () => timer(9));
    });
    expect(log).toEqual(['a begins', 'a unsubscribed', 'a: timed-out', 'b begins', 'b = 0 @19']);
  });

  test('a late answer is nobody’s', async () => {
    const { run, log, story } = world({ timeout: 10 });
    let resolve: (value: number) => void = () => {};
    story(() =>
      run(
        'a',
        () =>
          new Promise((done) => {
            resolve = done;
          }),
      ),
    );
    resolve(1);
    await new Promise((done) => setImmediate(done));
    expect(log).toEqual(['a begins', 'a: timed-out']);
  });

  test('what its unsubscription throws stays here', () => {
    const { run, log, story } = world({ timeout: 10 });
    story(() =>
      run(
        'a',
        () =>
          new Observable(() => () => {
            throw new Error('mine');
          }),
      ),
    );
    expect(log).toEqual(['a begins', 'a: timed-out']);
  });
});

describe('close', () => {
  test('stops those that run, forgets those that wait, takes no more, leaves no timer', () => {
    const { run, log, story, handlers, scheduler, state } = world({ concurrency: 1, timeout: 10 });
    story(() => {
      run('a', () => NEVER.pipe(finalize(() => log.push('a unsubscribed'))));
      run('b', () => 1);
      handlers.close();
      run('c', () => 1);
      state.full = false;
    });
    expect(log).toEqual(['a begins', 'a unsubscribed']);
    expect(scheduler.now()).toBe(0);
  });

  test('by a handler: it is told to nobody', () => {
    const { run, log, handlers } = world();
    run('a', () => {
      handlers.close();
      return 1;
    });
    run('b', () => 1);
    expect(log).toEqual(['a begins']);
  });

  test('by a handler whose Promise is rejected: nobody is told, and the process goes on', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    const { run, log, handlers } = world();
    run('a', async () => {
      handlers.close();
      throw new Error('too late');
    });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(log).toEqual(['a begins']);
    expect(unhandled).toEqual([]);
  });

  test('by a handler that gives an Observable: that is not subscribed to', () => {
    const { run, log, handlers } = world();
    run('a', () => {
      handlers.close();
      return new Observable(() => void log.push('subscribed'));
    });
    expect(log).toEqual(['a begins']);
  });

  test('while an Observable is being subscribed to', () => {
    const { run, log, handlers } = world();
    run(
      'a',
      () =>
        new Observable(() => {
          handlers.close();
          return () => log.push('a unsubscribed');
        }),
    );
    expect(log).toEqual(['a begins', 'a unsubscribed']);
  });
});

describe('a call that is over when its handler has only begun', () => {
  test.each([
    ['with a value', () => 1],
    ['with what never ends', () => NEVER],
    [
      'and has thrown',
      () => {
        throw new Error('no');
      },
    ],
  ])('%s: it is told nothing, and the next one runs', (_, handler) => {
    const { handlers, run, log } = world({ concurrency: 1 });
    const call = {
      size: 1,
      isOver: false,
      invoke: () => {
        call.isOver = true;
        return handler();
      },
      done: () => log.push('done'),
      failed: () => log.push('failed'),
    };
    handlers.run(call);
    run('next', () => 2);
    expect(log.filter((line) => line.startsWith('next'))).toEqual(['next begins', 'next = 2 @0']);
    expect(log).not.toContain('failed');
    expect(handlers.size).toBe(0);
  });
});

describe('handlerOf', () => {
  const table = { sum: () => 1, text: 'no function', ['__proto__']: () => 2 } as unknown as Record<
    string,
    () => unknown
  >;

  test('own functions only', () => {
    expect(handlerOf(table, 'sum')).toBe(table['sum']);
    for (const name of ['constructor', 'toString', 'hasOwnProperty', 'text', '', 'nope'])
      expect(handlerOf(table, name)).toBeUndefined();
  });

  test('a table without a prototype, and one that has an own __proto__', () => {
    const bare = Object.assign(Object.create(null), { a: () => 1 });
    expect(handlerOf(bare, 'a')).toBe(bare.a);
    expect(handlerOf(bare, '__proto__')).toBeUndefined();
    expect(handlerOf(table, '__proto__')).toEqual(expect.any(Function));
  });
});

describe('where there is no room for answers', () => {
  const later = (value: string, delay: number) => () => timer(delay).pipe(map(() => value));

  test('those of handlers that run are held, in their order, and none is begun', () => {
    const { run, log, story, state, handlers, scheduler } = world({ timeout: 100 });
    story((flush) => {
      run('a', later('A', 10));
      run('b', later('B', 20));
      run('c', later('C', 10));
      scheduler.schedule(() => {
        state.full = true;
      }, 5);
      scheduler.schedule(() => {
        // Done within its time, however long it is held.
        expect(log).toEqual(['a begins', 'b begins']);
        expect(handlers.size).toBe(3);
        state.full = false;
      }, 205);
      flush();
      expect(log).toEqual([
        'a begins',
        'b begins',
        'a = "A" @210',
        'b = "B" @210',
        'c begins',
        'c = "C" @220',
      ]);
      expect(handlers.size).toBe(0);
    });
  });

  test('one that is cancelled or closed meanwhile is not handed over', () => {
    const { log, story, state, handlers, scheduler } = world();
    story((flush) => {
      const call = (name: string) => ({
        size: 1,
        invoke: later(name, 10),
        done: (value: unknown) => log.push(`${value}`),
        failed: () => log.push(`${name} failed`),
      });
      const [a, b] = [call('a'), call('b')];
      handlers.run(a);
      handlers.run(b);
      scheduler.schedule(() => {
        state.full = true;
      }, 5);
      scheduler.schedule(() => handlers.cancel(a), 15);
      scheduler.schedule(() => {
        state.full = false;
      }, 25);
      flush();
      expect(log).toEqual(['b']);
      expect(handlers.size).toBe(0);
      handlers.run(call('c'));
      scheduler.schedule(() => {
        state.full = true;
      }, 5);
      scheduler.schedule(() => handlers.close(), 15);
      state.full = false;
      flush();
      expect(log).toEqual(['b']);
    });
  });
});
