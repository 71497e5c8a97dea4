import { of, Subject } from 'rxjs';
import { ClosedError } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { frozen } from '../json-patch/documents.ts';
import { data, Scene, told, whole } from './kit.ts';

describe('local data', () => {
  test('nothing is sent at connect; both begin with null', () => {
    const scene = new Scene().play();

    expect(scene.got).toEqual([]);
    expect([scene.connection.localData, scene.connection.remoteData]).toEqual([null, null]);
  });

  test('the window is fixed from the first change: the last value then is sent', () => {
    const scene = new Scene();
    for (let i = 0; i < 16; i++) scene.at(i * 51, () => scene.connection.setLocalData(i));
    scene.play();

    // As hat-juggler does it: 3, 7, 11, 15 after 202, 405, 607, 812 ms.
    expect(scene.got).toEqual([
      [200, whole(3)],
      [404, whole(7)],
      [608, whole(11)],
      [812, whole(15)],
    ]);
  });

  test('what is as before at the end of the window is not sent', () => {
    const scene = new Scene()
      .at(0, (scene) => scene.connection.setLocalData(5))
      .at(300, (scene) => scene.connection.setLocalData(6))
      .at(350, (scene) => scene.connection.setLocalData(5))
      .play();

    expect(scene.got).toEqual([[200, whole(5)]]);
  });

  test('autoflush 0: each value is a frame, in order', () => {
    const scene = new Scene({ autoflush: 0 })
      .at(1, (scene) => {
        for (const value of [5, 6, 5, 5]) scene.connection.setLocalData(value);
      })
      .play();

    expect(scene.got).toEqual([5, 6, 5].map((value) => [1, whole(value)]));
  });

  test("'manual': nothing without a flush", () => {
    const scene = new Scene({ autoflush: 'manual' })
      .at(1, (scene) => scene.connection.setLocalData(9))
      .at(700, (scene) => scene.connection.setLocalData(10))
      .at(800, (scene) => scene.connection.flush().subscribe())
      .at(900, (scene) => scene.connection.flush().subscribe())
      .play();

    expect(scene.got).toEqual([[800, whole(10)]]);
  });

  test('flush sends at once all that is pending, and the window is over', () => {
    const done: unknown[] = [];
    const scene = new Scene()
      .at(10, (scene) => scene.connection.setLocalData({ a: 1 }))
      .at(20, (scene) => {
        const flush$ = scene.connection.flush();
        scene.connection.setLocalData({ a: 2 });
        flush$.subscribe({ next: (value) => done.push(value), complete: () => done.push('|') });
        expect(done).toEqual([undefined, '|']);
      })
      .play();

    expect(scene.got).toEqual([[20, whole({ a: 2 })]]);
  });

  test('flush without a change completes, and sends nothing', () => {
    const scene = new Scene().play();

    expect(told(scene.connection.flush())).toEqual([undefined, '|']);
    expect(scene.play().got).toEqual([]);
  });

  test('flush before the connection is up waits for it', () => {
    const scene = new Scene({ reconnect: { random: () => 1 } });
    const flushed: unknown[] = [];
    scene.at(10, (scene) => scene.peers[0]?.complete());
    scene.at(20, () => {
      scene.connection.setLocalData('later');
      scene.connection.flush().subscribe({ complete: () => flushed.push(scene.scheduler.now()) });
    });
    scene.play();

    expect(flushed).toEqual([110]);
    expect(scene.got).toEqual([[110, whole('later')]]);
  });

  test('what is sent is the difference to what was sent; names are escaped; null replaces', () => {
    const long = { text: 'x'.repeat(200) };
    const scene = new Scene({ autoflush: 0 });
    scene.at(0, () => {
      for (const value of [long, { ...long, b: null }, { ...long, 'c/d~e': [] }, null, false, []])
        scene.connection.setLocalData(frozen(value));
    });

    expect(scene.play().frames).toEqual([
      whole(long),
      data({ op: 'add', path: '/b', value: null }),
      data({ op: 'add', path: '/c~1d~0e', value: [] }, { op: 'remove', path: '/b' }),
      whole(null),
      whole(false),
      whole([]),
    ]);
  });

  test('a change of 10,001 members is one replace: no peer takes so many operations', () => {
    const members = (value: number) =>
      Object.fromEntries(
        Array.from({ length: 10_001 }, (_, i) => [`m${i}`, { value, text: 'x'.repeat(100) }]),
      );
    const scene = new Scene({ autoflush: 0 });
    scene.at(0, () => {
      scene.connection.setLocalData(members(1));
      scene.connection.setLocalData(members(2));
    });

    expect(scene.play().frames.map(({ payload }) => (payload as object[]).length)).toEqual([1, 1]);
  });

  test.each<[string, unknown, string]>([
    ['undefined', undefined, 'local data: undefined is not JSON'],
    ['undefined within', { a: [undefined] }, 'local data at /a/0: undefined is not JSON'],
    ['NaN', { load: Number.NaN }, 'local data at /load: NaN is not JSON'],
    ['a big integer', [1n], 'local data at /0: a bigint is not JSON'],
    ['a function', { f: () => 1 }, 'local data at /f: a function is not JSON'],
    ['a date', { 'a/b': new Date(0) }, 'local data at /a~1b: an instance of Date is not JSON'],
    ['a Map', new Map(), 'local data: an instance of Map is not JSON'],
    ['a hole', new Array(1), 'local data at /0: undefined is not JSON'],
  ])('%s is refused at the call, and what was there stays', (_, value, text) => {
    const scene = new Scene({ autoflush: 0 }).play();
    scene.connection.setLocalData({ a: 1 });

    expect(() => scene.connection.setLocalData(value)).toThrow(
      expect.objectContaining({ name: 'InvalidArgumentError', code: 'invalid-payload', message: text }),
    );
    expect(scene.connection.localData).toEqual({ a: 1 });
  });

  test('a cycle, a value that is too deep, and one that is too large', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const deep = JSON.parse(`${'['.repeat(200)}${']'.repeat(200)}`);
    const { connection } = new Scene({ limits: { size: 1_000 } }).play();

    expect(() => connection.setLocalData(cycle)).toThrow(
      expect.objectContaining({ code: 'invalid-payload' }),
    );
    expect(() => connection.setLocalData(deep)).toThrow(expect.objectContaining({ code: 'invalid-payload' }));
    expect(() => connection.setLocalData('x'.repeat(1_000))).toThrow(
      expect.objectContaining({ code: 'payload-too-large', limit: 1_000 }),
    );
  });

  test('localData$ sets what it is given, from several sources', () => {
    const scene = new Scene({ autoflush: 0 }).play();
    const [one, other] = [new Subject<unknown>(), new Subject<unknown>()];
    one.subscribe(scene.connection.localData$);
    other.subscribe(scene.connection.localData$);
    one.next(1);
    one.complete();
    other.next(2);
    of(3).subscribe(scene.connection.localData$);
    other.next(4);
    scene.play();

    expect(scene.frames).toEqual([1, 2, 3, 4].map(whole));
  });

  test('localData$ leaves its sources when the connection ends', () => {
    const scene = new Scene().play();
    const source = new Subject<unknown>();
    source.subscribe(scene.connection.localData$);
    expect(source.observed).toBe(true);
    scene.peers[0]?.complete();
    scene.play();

    expect(source.observed).toBe(false);
    source.next('late');
    source.subscribe(scene.connection.localData$);
    expect(source.observed).toBe(false);
  });

  test('after the end everything is refused', () => {
    const scene = new Scene().play();
    void scene.connection.close();
    const { connection } = scene;

    expect(() => connection.setLocalData(1)).toThrow(ClosedError);
    expect(() => connection.send(1)).toThrow(ClosedError);
    expect(told(connection.flush())).toEqual([expect.any(ClosedError)]);
    expect(told(connection.call('add'))).toEqual([expect.any(ClosedError)]);
  });

  test('close sends what was set; close({ flush: false }) does not', () => {
    for (const [flush, frames] of [
      [true, [whole('last')]],
      [false, []],
    ] as const) {
      const scene = new Scene().play();
      scene.connection.setLocalData('last');
      void scene.connection.close({ flush });

      expect(scene.play().frames).toEqual(frames);
      expect(scene.ends).toHaveLength(1);
    }
  });

  test('what is set and closed before the connection is up is sent all the same', () => {
    const scene = new Scene();
    scene.connection.setLocalData('early');
    void scene.connection.close();

    expect(scene.play().frames).toEqual([whole('early')]);
    expect(scene.ends).toHaveLength(1);
  });
});

describe('remote data', () => {
  test('the present value first, then one for each frame', () => {
    const scene = new Scene();
    const values = told(scene.connection.remoteData$);
    const changes = told(scene.connection.changes$);
    scene.at(1, (scene) => scene.send(whole({ a: 1 }), data(), data({ op: 'add', path: '/b', value: 2 })));
    scene.play();

    expect(values).toEqual([null, { a: 1 }, { a: 1 }, { a: 1, b: 2 }]);
    expect(changes).toEqual([
      { value: { a: 1 }, patch: [{ op: 'replace', path: '', value: { a: 1 } }] },
      { value: { a: 1 }, patch: [] },
      { value: { a: 1, b: 2 }, patch: [{ op: 'add', path: '/b', value: 2 }] },
    ]);
    expect(told(scene.connection.remoteData$)).toEqual([{ a: 1, b: 2 }]);
  });

  test('what has not changed is the same object in every value', () => {
    const scene = new Scene();
    const values = told(scene.connection.remoteData$) as { web: { load: number }; db: object }[];
    scene.at(1, () =>
      scene.send(
        whole({ web: { load: 1 }, db: { tags: ['a'] } }),
        data({ op: 'replace', path: '/web/load', value: 2 }),
      ),
    );
    scene.play();

    expect(values[2]?.web).toEqual({ load: 2 });
    expect(values[2]?.db).toBe(values[1]?.db);
  });

  test('all six operations, as the old JavaScript client writes them (a test before each change)', () => {
    const scene = new Scene();
    scene.at(1, () =>
      scene.send(
        data({ op: 'test', path: '', value: null }, { op: 'replace', path: '', value: { list: [1, 2] } }),
        data({ op: 'move', from: '/list/0', path: '/list/1' }, { op: 'copy', from: '/list', path: '/copy' }),
        data({ op: 'test', path: '/list/0', value: 2, context: 1 }, { op: 'remove', path: '/list/0' }),
      ),
    );

    expect(scene.play().connection.remoteData).toEqual({ list: [1], copy: [2, 1] });
  });

  test('completes when the peer closes, and a late subscriber gets the last value', () => {
    const scene = new Scene();
    const values = told(scene.connection.remoteData$);
    scene.at(1, () => {
      scene.send(whole(1));
      scene.peers[0]?.complete();
    });
    scene.play();

    expect(values).toEqual([null, 1, '|']);
    expect(told(scene.connection.remoteData$)).toEqual([1, '|']);
    expect(told(scene.connection.closed$)).toEqual([undefined, '|']);
    expect(told(scene.connection.status$)).toEqual([{ state: 'closed' }, '|']);
  });
});
