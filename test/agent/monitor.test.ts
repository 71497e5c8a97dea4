import {
  BehaviorSubject,
  concatMap,
  filter,
  firstValueFrom,
  lastValueFrom,
  type Observable,
  range,
  switchMap,
  takeWhile,
  toArray,
} from 'rxjs';
import { connect, type LogLevel } from 'rxserf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Agent,
  closing,
  describeAgent,
  recordingSockets,
  replayed,
  startAgent,
  stopAll,
} from './harness/agent.ts';

describeAgent('streams', () => {
  let agent: Agent;

  beforeAll(async () => {
    agent = await startAgent({ name: 'n1' });
  });

  afterAll(stopAll);

  test('monitor: starts with old lines, then new ones; subscribers of a level share one', async () => {
    const wire = recordingSockets();
    const client = closing(connect(agent.address, { socket: wire.socket }));
    const first = replayed(client.monitor());
    await firstValueFrom(first.pipe(filter((line) => line.includes('Serf agent starting'))));
    const second = replayed(client.monitor('info'));

    await firstValueFrom(client.event('monitored'));
    const [before, after] = await Promise.all(
      [first, second].map((lines) => firstValueFrom(untilLine(lines, 'user-event: monitored'))),
    );

    expect(before!.some((line) => line.includes('Serf agent starting'))).toBe(true);
    expect(after).toEqual(before);
    expect(wire.bodies('monitor')).toEqual([{ LogLevel: 'info' }]);
  });

  test('monitor: several levels at once, each with its own lines; an unknown level is refused at the call', async () => {
    const client = closing(connect(agent.address));
    const lines = {
      err: replayed(client.monitor('err')),
      info: replayed(client.monitor('info')),
      debug: replayed(client.monitor('debug')),
    };
    expect(() => client.monitor('loud' as LogLevel)).toThrow(
      expect.objectContaining({ name: 'InvalidArgumentError', command: 'monitor' }),
    );
    await firstValueFrom(client.event('levels'));

    const debug = await firstValueFrom(untilLine(lines.debug, 'user-event: levels'));
    const info = await firstValueFrom(untilLine(lines.info, 'user-event: levels'));
    expect(debug.some((line) => line.includes('[DEBUG] agent: Requesting user event send: levels'))).toBe(
      true,
    );
    expect(info.some((line) => line.includes('[DEBUG]'))).toBe(false);
    const errors: string[] = [];
    lines.err.subscribe((line) => errors.push(line));
    expect(errors.filter((line) => !line.includes('[ERR]'))).toEqual([]);
  });

  test('monitor: a change of level loses no line', async () => {
    const client = closing(connect(agent.address));
    const levels: LogLevel[] = ['info', 'debug', 'info', 'trace', 'info'];
    const level$ = new BehaviorSubject<LogLevel>('info');
    const lines = replayed(level$.pipe(switchMap((level) => client.monitor(level))));

    await lastValueFrom(
      range(0, 100).pipe(
        concatMap((index) => {
          if (index % 20 === 10) level$.next(levels[Math.floor(index / 20)]!);
          return client.event(`line-${index}.`);
        }),
      ),
    );

    const seen = await firstValueFrom(untilLine(lines, 'user-event: line-99.'));
    const fired = new Set(seen.flatMap((line) => /user-event: line-(\d+)\./.exec(line)?.[1] ?? []));
    expect([...fired].map(Number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 100 }, (_, index) => index),
    );
  });
});

/** The lines up to the one that ends so. */
function untilLine(lines$: Observable<string>, end: string): Observable<string[]> {
  return lines$.pipe(
    takeWhile((line) => !line.endsWith(end), true),
    toArray(),
  );
}
