// @vitest-environment happy-dom
import './testbed.ts';
import { ErrorHandler, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import {
  EMPTY,
  ignoreElements,
  map,
  merge,
  NEVER,
  type Observable,
  of,
  Subject,
  throwError,
  timer,
} from 'rxjs';
import { AgentError, type AnySerf, ClosedError, SerfError } from 'rxserf';
import { type Live, live } from 'rxserf/angular';
import { member } from 'rxserf/testing';
import { describe, expect, test, vi } from 'vitest';
import { inContext, injector, provide, shown } from './kit.ts';

const refused = new AgentError('agent-error', 'refused');

/** `live` of the Subject that each parameter stands for. */
function followed(params: () => string | undefined, sources: Readonly<Record<string, Observable<string>>>) {
  return inContext(() => live({ params, stream: (_serf, name) => sources[name] ?? NEVER, initial: 'none' }));
}

/** A source that needs a connection, as one of a cluster does. */
function connected<T>(serf: Pick<AnySerf, 'stream'>, source: Observable<T>): Observable<T> {
  return merge(source, serf.stream('user').pipe(ignoreElements()));
}

describe('without parameters', () => {
  test('subscribes at once, and follows', () => {
    provide();
    const source = new Subject<string>();
    const value = inContext(() => live({ stream: () => source, initial: 'none' }));

    expect(shown(value)).toBe('loading none');
    source.next('a');
    expect(shown(value)).toBe('live a');
    source.next('b');
    expect(shown(value)).toBe('live b');
  });

  test('a value within subscribe', () => {
    provide();

    expect(shown(inContext(() => live({ stream: () => of(1), initial: 0 })))).toBe('live 1');
  });

  test('a stream that completes without a value is no error', () => {
    provide();

    expect(shown(inContext(() => live({ stream: () => EMPTY, initial: 0 })))).toBe('live 0');
  });

  test('a value that was read once is live when its stream is over', () => {
    const fake = provide();
    fake.reply('members', [member('n1')]);
    const members = inContext(() =>
      live({ stream: (serf) => serf.members().pipe(map(({ length }) => length)), initial: 0 }),
    );

    expect(shown(members)).toBe('live 1');
    fake.lose();
    expect(shown(members)).toBe('stale 1');
  });
});

describe('parameters', () => {
  test('the last value stays until the next one is there', () => {
    provide();
    const name = signal<string | undefined>('a');
    const sources = { a: new Subject<string>(), b: new Subject<string>() };
    const value = followed(name, sources);
    expect(shown(value)).toBe('idle none');
    TestBed.tick();
    expect(shown(value)).toBe('loading none');
    sources.a.next('a1');
    expect(shown(value)).toBe('live a1');

    name.set('b');
    TestBed.tick();
    expect(shown(value)).toBe('stale a1');
    expect(sources.a.observed).toBe(false);
    sources.b.next('b1');
    expect(shown(value)).toBe('live b1');

    name.set(undefined);
    TestBed.tick();
    expect(shown(value)).toBe('idle b1');
    expect(sources.b.observed).toBe(false);
    value.retry();
    expect(shown(value)).toBe('idle b1');

    name.set('a');
    TestBed.tick();
    expect(shown(value)).toBe('stale b1');
  });

  test('of parameters that change more than once between two checks, only the last counts', () => {
    provide();
    const name = signal('a');
    const asked: string[] = [];
    inContext(() =>
      live({
        params: name,
        stream: (_serf, asking) => {
          asked.push(asking);
          return NEVER;
        },
        initial: 0,
      }),
    );
    TestBed.tick();
    for (let i = 0; i < 1_000; i++) name.set(`b${i}`);
    name.set('a');
    TestBed.tick();
    expect(asked).toEqual(['a']);
    name.set('b');
    TestBed.tick();
    expect(asked).toEqual(['a', 'b']);
  });

  test('signals that the stream reads are no dependencies', () => {
    provide();
    const other = signal(1);
    const stream = vi.fn(() => of(other()));
    const value = inContext(() => live({ params: () => 'a', stream, initial: 0 }));
    TestBed.tick();
    other.set(2);
    TestBed.tick();

    expect(stream).toHaveBeenCalledTimes(1);
    expect(value.value()).toBe(1);
  });

  test('those that are empty, but not undefined, are asked for', () => {
    provide();
    const values = ['', 0, false, null].map((param) => {
      const value = inContext(() => live({ params: () => param, stream: () => of(1), initial: 0 }));
      TestBed.tick();
      return shown(value);
    });

    expect(values).toEqual(Array(4).fill('live 1'));
  });
});

describe('errors', () => {
  test('keep the last value; other parameters go on', () => {
    provide();
    const name = signal('a');
    const sources = { a: new Subject<string>(), b: new Subject<string>() };
    const value = followed(name, sources);
    TestBed.tick();
    sources.a.next('a1');
    sources.a.error(refused);

    expect(shown(value)).toBe('error a1 (agent-error)');
    expect(value.error()).toBe(refused);
    name.set('b');
    TestBed.tick();
    expect(shown(value)).toBe('stale a1');
    sources.b.next('b1');
    expect(shown(value)).toBe('live b1');
  });

  test('retry asks again, once each', () => {
    provide();
    const stream = vi.fn((): Observable<number> => throwError(() => refused));
    const value = inContext(() => live({ stream, initial: 0 }));
    expect(shown(value)).toBe('error 0 (agent-error)');
    value.retry();
    expect(shown(value)).toBe('error 0 (agent-error)');
    expect(stream).toHaveBeenCalledTimes(2);

    stream.mockReturnValue(of(1));
    value.retry();
    expect(shown(value)).toBe('live 1');
  });

  test('retry with parameters uses the newest ones', () => {
    provide();
    const name = signal('a');
    const sources = { a: throwError(() => refused), b: of('b1') };
    const value = followed(name, sources);
    TestBed.tick();
    name.set('b');
    value.retry();

    expect(shown(value)).toBe('live b1');
  });

  test('what is thrown by the functions given is one, and the ErrorHandler hears of it', () => {
    const handleError = vi.fn();
    provide({ provide: ErrorHandler, useValue: { handleError } });
    const mistake = new TypeError('no such thing');
    const throwing = (): never => {
      throw mistake;
    };
    const values: Live<number>[] = [
      inContext(() => live({ stream: throwing, initial: 0 })),
      inContext(() => live({ params: throwing, stream: () => of(1), initial: 0 })),
      inContext(() => live({ stream: () => of(1).pipe(map(throwing)), initial: 0 })),
    ];
    TestBed.tick();

    expect(values.map(shown)).toEqual(Array(3).fill('error 0 (unexpected)'));
    expect(values.map(({ error }) => error()?.cause)).toEqual([mistake, mistake, mistake]);
    expect(handleError.mock.calls).toEqual([[mistake], [mistake], [mistake]]);
  });

  test('of the cluster are no news for the ErrorHandler', () => {
    const handleError = vi.fn();
    provide({ provide: ErrorHandler, useValue: { handleError } });
    inContext(() => live({ stream: () => throwError(() => refused), initial: 0 }));

    expect(handleError).not.toHaveBeenCalled();
  });

  test('a parameter that throws may be mended', () => {
    provide();
    const name = signal<string | Error>(new SerfError('invalid-argument', 'no'));
    const params = () => {
      const value = name();
      if (typeof value !== 'string') throw value;
      return value;
    };
    const value = followed(params, { a: of('a1') });
    TestBed.tick();
    expect(shown(value)).toBe('error none (invalid-argument)');
    name.set('a');
    TestBed.tick();
    expect(shown(value)).toBe('live a1');
  });

  test('a storm of them ends nothing and loops nowhere', () => {
    provide();
    const name = signal(0);
    const stream = vi.fn(() => throwError(() => refused));
    const value = inContext(() => live({ params: name, stream, initial: 0 }));
    for (let i = 0; i < 500; i++) {
      name.set(i);
      TestBed.tick();
      value.retry();
    }

    expect(stream).toHaveBeenCalledTimes(1_000);
    expect(shown(value)).toBe('error 0 (agent-error)');
  });
});

describe('the connection', () => {
  test('is lost: stale from that moment, whatever comes meanwhile, until it is there again', () => {
    const fake = provide();
    const source = new Subject<number>();
    const value = inContext(() => live({ stream: (serf) => connected(serf, source), initial: 0 }));
    source.next(1);
    fake.lose();
    expect(shown(value)).toBe('stale 1');
    source.next(2);
    expect(shown(value)).toBe('stale 2');
    fake.reconnect();
    expect(shown(value)).toBe('live 2');
  });

  test('is there again: what was read once, and is over, stays stale until it is asked for again', () => {
    const fake = provide();
    fake.stream('user').subscribe();
    fake.reply('members', [member('n1')]);
    const members = inContext(() =>
      live({ stream: (serf) => serf.members().pipe(map(({ length }) => length)), initial: 0 }),
    );
    fake.lose();
    fake.reconnect();
    expect(shown(members)).toBe('stale 1');
    members.retry();
    expect(shown(members)).toBe('live 1');
  });

  test('is lost before there was a value: still loading', () => {
    const fake = provide();
    const source = new Subject<number>();
    const value = inContext(() => live({ stream: (serf) => connected(serf, source), initial: 0 }));
    fake.lose();
    expect(shown(value)).toBe('loading 0');
    fake.reconnect();
    expect(shown(value)).toBe('loading 0');
  });

  test('is given up: error', () => {
    const fake = provide();
    const members = inContext(() => live({ stream: (serf) => serf.stream('user'), initial: undefined }));
    fake.lose();
    fake.giveUp();

    expect(shown(members)).toBe('error undefined (connect-failed)');
  });

  test('is lost while parameters are new: stale until there are both', () => {
    const fake = provide();
    const name = signal('a');
    const sources = { a: new Subject<string>(), b: new Subject<string>() };
    const value = followed(name, sources);
    TestBed.tick();
    sources.a.next('a1');
    fake.lose();
    name.set('b');
    TestBed.tick();
    expect(shown(value)).toBe('stale a1');
    fake.reconnect();
    expect(shown(value)).toBe('stale a1');
    sources.b.next('b1');
    expect(shown(value)).toBe('live b1');
  });

  test('closed: error, and retry does not loop', async () => {
    const fake = provide();
    const value = inContext(() => live({ stream: (serf) => serf.stream('user'), initial: undefined }));
    await fake.close();
    expect(shown(value)).toBe('error undefined (closed)');
    expect(value.error()).toBeInstanceOf(ClosedError);
    value.retry();
    expect(shown(value)).toBe('error undefined (closed)');
  });
});

describe('since', () => {
  test('is when the status changed, not the value', () => {
    vi.useFakeTimers({ now: 1_000 });
    try {
      const fake = provide();
      const value = inContext(() => live({ stream: (serf) => connected(serf, timer(10, 10)), initial: -1 }));
      expect([value.status(), value.since()]).toEqual(['loading', 1_000]);
      vi.advanceTimersByTime(30);
      expect([value.status(), value.since()]).toEqual(['live', 1_010]);
      fake.lose();
      vi.advanceTimersByTime(30);
      expect([value.status(), value.since()]).toEqual(['stale', 1_030]);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('the injector', () => {
  test('destroyed in the middle of a request: nothing is left, nothing happens any more', () => {
    const fake = provide();
    const answer = new Subject<undefined>();
    fake.reply('stats', answer.pipe(map(() => ({}))));
    const value = inContext(() => live({ stream: (serf) => serf.stats(), initial: undefined }));
    expect(() => fake.verify()).toThrow('stats');
    TestBed.resetTestingModule();

    fake.verify();
    expect(answer.observed).toBe(false);
    value.retry();
    fake.verify();
    expect(() => [value.value(), value.error(), value.since()]).not.toThrow();
  });

  test('destroyed within a value', () => {
    provide();
    const source = new Subject<number>();
    const value = inContext(() => live({ stream: () => source, initial: 0 }));
    source.subscribe(() => TestBed.resetTestingModule());
    source.next(1);
    source.next(2);

    expect(value.value()).toBe(1);
    expect(source.observed).toBe(true); // by the test alone
  });

  test('NG0203 without one, by the name of the function', () => {
    expect(() => live({ stream: () => of(1), initial: 0 })).toThrow(/NG0203.*live\(\)/s);
  });

  test('one that is given will do', () => {
    provide();
    const given = injector();
    expect(shown(live({ stream: () => of(1), initial: 0, injector: given }))).toBe('live 1');
  });
});
