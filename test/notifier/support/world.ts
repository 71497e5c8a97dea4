import { type Observable, Subject, type Subscription } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type AnyApi, type Instance, type Notifier, type NotifierOptions, notify } from 'rxserf/notifier';
import { pipe, type Socket } from 'rxserf/socket';
import { randomFrom } from '../../../src/embedded/random.ts';
import { Wire, WireEnd } from './wire.ts';

/** Notifiers in virtual time, over pipes in memory: whoever dials gets one end, whom he dials the other. */
export function world(options: NotifierOptions = {}) {
  const scheduler = new TestScheduler(() => true);
  const random = randomFrom(1);
  const doors = new Map<string, Subject<Socket>>();
  const wires: Wire[] = [];
  const notifiers = new Map<string, Notifier<AnyApi>>();
  /** What happened, by name. */
  const log: string[] = [];
  /** How long it takes until who is dialled accepts, in ms, by `FROM TO`. */
  const delays = new Map<string, number>();

  const dialFrom =
    (from: string) =>
    ({ id }: Instance): Socket => {
      const [dialler, listener] = pipe(scheduler);
      const door = doors.get(id);
      if (!door) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      const wire = new Wire(from, id);
      wires.push(wire);
      const [near, far] = [new WireEnd(wire, dialler), new WireEnd(wire, listener)];
      scheduler.schedule(() => door.next(far), delays.get(`${from} ${id}`) ?? 0);
      return near;
    };

  const add = (id: string, others: readonly string[], own: NotifierOptions = {}): Notifier<AnyApi> => {
    const door = new Subject<Socket>();
    if (own.listen !== false) doors.set(id, door);
    const list = others.map((each) => ({ id: each, host: '127.0.0.1', port: 1 }));
    const notifier = notify(list, {
      id,
      scheduler,
      random,
      dial: dialFrom(id),
      accepted$: door,
      ...options,
      ...own,
    });
    notifiers.set(id, notifier);
    return notifier;
  };

  /** Notifiers that know each other from the beginning. */
  const mesh = (...ids: readonly string[]): Notifier<AnyApi>[] =>
    ids.map((id) =>
      add(
        id,
        ids.filter((other) => other !== id),
      ),
    );

  const watch = (name: string, source$: Observable<unknown>): Subscription =>
    source$.subscribe({
      next: (value) => log.push(`${name}: ${shown(value)}`),
      error: (error) => log.push(`${name}: ${shown(error)}`),
      complete: () => log.push(`${name}: |`),
    });

  /** Runs everything that is due within so many ms. */
  const pass = (ms: number) => {
    const until = scheduler.frame + ms;
    scheduler.maxFrames = until;
    scheduler.flush();
    scheduler.frame = until;
  };

  const take = (): string[] => log.splice(0);

  return { scheduler, add, mesh, watch, pass, log, take, wires, doors, delays, notifiers, random };
}

/** A value as a test reads it: an error by its code. */
export function shown(value: unknown): string {
  if (value instanceof Error) {
    const { code, outcome, rpcCode, message } = value as Error & Record<string, unknown>;
    if (code === 'remote-error') return `${code} ${rpcCode} ${message}`;
    return [code ?? message, outcome].filter((each) => each !== undefined).join(' ');
  }
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return `${item}n`;
    return item instanceof Error ? shown(item) : item;
  });
}
