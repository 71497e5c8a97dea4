import fc from 'fast-check';
import { defer, finalize, map, NEVER, type Subscription, throwError, timer } from 'rxjs';
import type { Answer, AnyApi, Notifier } from 'rxserf/notifier';
import { expect, test } from 'vitest';
import { world } from './support/world.ts';

const ALL = { mask: 0, value: 0 };
const NAMES = ['a', 'b', 'c'] as const;
type Name = (typeof NAMES)[number];
/** What a handler does. */
type Behaviour = 'at once' | 'later' | 'never' | 'throws';

type Act =
  | {
      readonly type: 'serve';
      readonly by: Name;
      readonly slice: number | undefined;
      readonly does: Behaviour;
    }
  | { readonly type: 'unserve'; readonly which: number }
  | { readonly type: 'call'; readonly by: Name; readonly timeout: number }
  | { readonly type: 'unsubscribe'; readonly which: number }
  | { readonly type: 'cut' | 'break' | 'fill' | 'drain'; readonly which: number }
  | { readonly type: 'pass'; readonly ms: number };

const name = fc.constantFrom(...NAMES);
const which = fc.nat(20);
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('serve' as const),
      by: name,
      slice: fc.option(fc.constantFrom(0, 1, 3), { nil: undefined }),
      does: fc.constantFrom<Behaviour>('at once', 'later', 'never', 'throws'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('unserve' as const), which }) },
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('call' as const),
      by: name,
      timeout: fc.constantFrom(0, 50, 500),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('unsubscribe' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom('cut' as const, 'break' as const, 'fill' as const, 'drain' as const),
      which,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 2, 20, 400) }),
  },
);

/** A call, and all that happened to it. */
interface Made {
  readonly by: Name;
  readonly timeout: number;
  readonly subscription: Subscription;
  readonly answers: Answer[];
  /** Which registrations' handlers have begun it. */
  readonly begun: Map<number, number>;
  end: 'open' | 'complete' | 'unsubscribed' | string;
  endings: number;
}

/** Plays the acts in virtual time, and holds each call against what may become of one. */
function play(acts: readonly Act[]): Made[] {
  const { mesh, pass, wires, scheduler } = world({ processingTimeout: 0 });
  const notifiers = new Map<Name, Notifier<AnyApi>>(
    (mesh(...NAMES) as Notifier<AnyApi>[]).map((notifier, i) => [NAMES[i] as Name, notifier]),
  );
  for (const each of notifiers.values()) each.peers$.subscribe();
  pass(100);
  const served: { readonly subscription: Subscription; readonly slice: boolean }[] = [];
  const made: Made[] = [];
  const running = new Set<string>();

  const answer = (does: Behaviour, key: string) => {
    if (does === 'at once') return key;
    if (does === 'throws') return throwError(() => new Error('mine'));
    return defer(() => {
      running.add(key);
      return does === 'later' ? schedulerTimer(key) : NEVER;
    }).pipe(finalize(() => running.delete(key)));
  };
  const schedulerTimer = (key: string) => timer(100, scheduler).pipe(map(() => key));

  for (const step of acts) {
    switch (step.type) {
      case 'serve': {
        const index = served.length;
        const handler = ({ args }: { args: unknown }) => {
          const call = made[args as number] as Made;
          call.begun.set(index, (call.begun.get(index) ?? 0) + 1);
          return answer(step.does, `${index}:${args}`);
        };
        const options = step.slice === undefined ? {} : { slice: step.slice };
        const notifier = notifiers.get(step.by) as Notifier<AnyApi>;
        served.push({
          slice: step.slice !== undefined,
          subscription: notifier.serve('o', ALL, 'c', handler, options).subscribe(),
        });
        break;
      }
      case 'unserve':
        served[step.which]?.subscription.unsubscribe();
        break;
      case 'call': {
        const call: Mutable<Made> = {
          by: step.by,
          timeout: step.timeout,
          answers: [],
          begun: new Map(),
          end: 'open',
          endings: 0,
          subscription: undefined as never,
        };
        made.push(call);
        call.subscription = (notifiers.get(step.by) as Notifier<AnyApi>)
          .call('o', 1, 'c', made.length - 1, { timeout: step.timeout })
          .subscribe({
            next: (each) => {
              expect(call.end).toBe('open');
              call.answers.push(each);
            },
            error: (error) => {
              call.end = error.code;
              call.endings++;
            },
            complete: () => {
              call.end = 'complete';
              call.endings++;
            },
          });
        break;
      }
      case 'unsubscribe': {
        const call = made[step.which];
        if (call?.end !== 'open') break;
        call.subscription.unsubscribe();
        call.end = 'unsubscribed';
        break;
      }
      case 'pass':
        pass(step.ms);
        break;
      default: {
        const open = wires.filter(({ isOpen }) => isOpen);
        const wire = open[step.which % Math.max(1, open.length)];
        if (!wire) break;
        if (step.type === 'cut') wire.cut();
        else if (step.type === 'break') wire.broken = true;
        else wire.buffered = step.type === 'fill' ? 9 * 1024 * 1024 : undefined;
      }
    }
  }
  // Those that wait for ever for a handler that never answers: their connections end.
  pass(1_000);
  for (const wire of wires) if (wire.isOpen) wire.cut();
  pass(20_000);
  const local = made.filter(({ end }) => end === 'open');
  for (const call of local) {
    // Only one's own handlers can still be at it.
    expect(call.timeout).toBe(0);
    call.subscription.unsubscribe();
    call.end = 'unsubscribed';
  }
  pass(100);
  expect([...running]).toEqual([]);
  for (const call of made) check(call, served);
  return made;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function check(call: Made, served: readonly { readonly slice: boolean }[]): void {
  // Every call ends once, in a way that there is.
  expect(call.end).not.toBe('open');
  expect(call.endings).toBe(call.end === 'unsubscribed' ? 0 : 1);
  expect(['complete', 'unsubscribed', 'no-recipient']).toContain(call.end);
  // Nothing is done twice; and of all slices, one has it.
  for (const count of call.begun.values()) expect(count).toBe(1);
  const slices = [...call.begun.keys()].filter((index) => served[index]?.slice);
  expect(slices.length).toBeLessThanOrEqual(1);
  if (call.end === 'no-recipient') {
    expect(call.answers).toEqual([]);
    expect(call.begun.size).toBe(0);
  }
  if (call.end === 'complete') expect(call.answers.length).toBeGreaterThan(0);
  const values = call.answers.flatMap(({ value }) => (value === undefined ? [] : [value as string]));
  // Each answer is of a handler that has begun it, and no two are of one.
  expect(new Set(values).size).toBe(values.length);
  for (const value of values) expect(call.begun.has(Number(value.split(':')[0]))).toBe(true);
  for (const { error } of call.answers) {
    if (!error) continue;
    expect(['remote-error', 'request-timeout', 'connection-lost', 'no-recipient', 'overflow']).toContain(
      error.code,
    );
    if (error.code === 'request-timeout') expect(call.timeout).toBeGreaterThan(0);
  }
}

test('every call ends exactly once, whatever happens: registrations, losses, timeouts, in any order', () => {
  const ends = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(act, { minLength: 5, maxLength: 60 }), (acts) => {
      for (const { end, answers } of play(acts)) {
        ends.set(end, (ends.get(end) ?? 0) + 1);
        for (const { error } of answers) {
          const what = error?.code ?? 'value';
          ends.set(what, (ends.get(what) ?? 0) + 1);
        }
      }
    }),
    { numRuns: 300 },
  );
  // It was all there.
  for (const what of [
    'complete',
    'no-recipient',
    'unsubscribed',
    'value',
    'remote-error',
    'request-timeout',
    'connection-lost',
    'overflow',
  ])
    expect(ends.get(what) ?? 0, what).toBeGreaterThan(0);
});
