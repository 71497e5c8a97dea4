import type { Observable, Subscription } from 'rxjs';
import type { AnyApi, Id, Match, Notifier, RegistrationOptions } from 'rxserf/notifier';
import { shown, world } from './world.ts';

/** What a case of the table is played on: three notifiers that know each other, in virtual time or on real agents. */
export interface Trio {
  readonly a: Notifier<AnyApi>;
  readonly b: Notifier<AnyApi>;
  readonly c: Notifier<AnyApi>;
  /** What was received, as it happened. */
  readonly flow: string[];
  /** Subscribes for as long as the case lasts, and notes what comes as `NAME ID ARGS`. */
  subscribe(name: 'a' | 'b' | 'c', match: Match, options?: RegistrationOptions & To): Subscription;
  /** Answers for as long as the case lasts, with the name, or with what `handler` says. */
  serve(
    name: 'a' | 'b' | 'c',
    match: Match,
    options?: RegistrationOptions & To & { readonly handler?: (call: { args: unknown; id: Id }) => unknown },
  ): Subscription;
  /** Resolves when all three know what is registered. */
  registered(): Promise<void>;
  /** Resolves when what was published by `a` has arrived, as everything of a pair is in order. */
  arrived(): Promise<void>;
  /** What an Observable emits, and how it ends: `[…, '|']`, or an error's code. */
  result(source$: Observable<unknown>): Promise<string[]>;
  /** How many are drawn in a case about chance. */
  readonly draws: number;
}

/** Of what a case subscribes to. */
export interface To {
  readonly object?: string;
  readonly command?: string;
}

/** What all trios have in common; `result` is another one where time is real. */
export function trioOf(
  notifiers: { readonly a: Notifier<AnyApi>; readonly b: Notifier<AnyApi>; readonly c: Notifier<AnyApi> },
  subscriptions: Subscription[],
  time: Pick<Trio, 'result' | 'registered' | 'draws'>,
): Trio {
  const flow: string[] = [];
  const subscribe: Trio['subscribe'] = (name, match, { object = 'o', command = 'c', ...options } = {}) => {
    const subscription = notifiers[name]
      .notifications(object, match, command, options)
      .subscribe(({ id, args }) => flow.push(`${name} ${shown(id)} ${shown(args)}`));
    subscriptions.push(subscription);
    return subscription;
  };
  const serve: Trio['serve'] = (name, match, { object = 'o', command = 'c', handler, ...options } = {}) => {
    const answers = handler ?? (() => name);
    const subscription = notifiers[name].serve(object, match, command, answers, options).subscribe();
    subscriptions.push(subscription);
    return subscription;
  };
  const arrived = async () => {
    const barriers = (['a', 'b', 'c'] as const).map((name) =>
      serve(name, 0, { object: 'barrier', handler: () => name }),
    );
    await time.registered();
    const answers = await time.result(notifiers.a.call('barrier', 0, 'c'));
    for (const barrier of barriers) barrier.unsubscribe();
    if (answers.length !== 4) throw new Error(`not all are there: ${answers}`);
  };
  return { ...notifiers, ...time, flow, subscribe, serve, arrived };
}

/** A trio in virtual time, over pipes in memory. */
export function virtualTrio(): Trio {
  const { mesh, pass } = world();
  const [a, b, c] = mesh('a', 'b', 'c') as [Notifier<AnyApi>, Notifier<AnyApi>, Notifier<AnyApi>];
  for (const each of [a, b, c]) each.peers$.subscribe();
  pass(100);
  return trioOf({ a, b, c }, [], {
    draws: 4_000,
    registered: async () => pass(5),
    result: async (source$) => {
      const results: string[] = [];
      source$.subscribe({
        next: (value) => results.push(shown(value)),
        error: (error) => results.push(shown(error)),
        complete: () => results.push('|'),
      });
      pass(20_000);
      return results;
    },
  });
}
