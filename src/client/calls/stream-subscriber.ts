import type { SchedulerLike, Subscriber, Unsubscribable } from 'rxjs';
import type { StreamGap } from '../../model.ts';
import type { Command } from '../../protocol/commands.ts';
import type { WireValue } from '../../protocol/wire.ts';
import type { Deadlines, Expiring } from '../../rpc/deadlines.ts';
import { timedOut } from './unary-call.ts';

/** What a subscriber wants of a shared call. */
export interface SubscriberOptions<R, V> {
  /** Subscribers with the same reader share what it makes of a record. */
  readonly reader: R;
  /** Told when records may have been missed; what it throws ends this subscriber. */
  readonly onGap?: ((gap: StreamGap, destination: Subscriber<V>) => void) | undefined;
}

/** What subscribers are of. */
export interface StreamSource<R, V> {
  readonly command: Command;
  /** One has gone. */
  remove(subscriber: StreamSubscriber<R, V>): void;
}

/** One subscriber; its own teardown and deadline, as these would be closures for each otherwise. */
export class StreamSubscriber<R, V> implements Unsubscribable, Expiring {
  readonly destination: Subscriber<V>;
  // Their options one by one: a stream has one object less.
  readonly reader: R;
  readonly onGap: SubscriberOptions<R, V>['onGap'];
  /** When it subscribed, by the scheduler. */
  readonly since: number;
  /** By when it wants the stream to be accepted, by the deadlines' clock. */
  readonly deadline: number;
  sooner: Expiring | undefined;
  later: Expiring | undefined;
  readonly #source: StreamSource<R, V>;
  readonly #timeout: number;

  constructor(
    destination: Subscriber<V>,
    { reader, onGap }: SubscriberOptions<R, V>,
    source: StreamSource<R, V>,
    timeout: number,
    { scheduler, deadlines }: { readonly scheduler: SchedulerLike; readonly deadlines: Deadlines },
  ) {
    this.destination = destination;
    this.reader = reader;
    this.onGap = onGap;
    this.since = scheduler.now();
    this.deadline = deadlines.now() + timeout;
    this.#source = source;
    this.#timeout = timeout;
  }

  /** The agent has not answered yet; whoever waits longer goes on waiting. */
  expire(): void {
    this.destination.error(timedOut(this.#source.command, this.#timeout));
  }

  unsubscribe(): void {
    this.#source.remove(this);
  }
}

/** The subscribers with the same reader, and how a record is read with it. */
export interface Group<R, V> {
  readonly reader: R;
  readonly read: (body: WireValue) => V;
  readonly subscribers: StreamSubscriber<R, V>[];
}

export function groupByReader<R, V>(
  subscribers: readonly StreamSubscriber<R, V>[],
  readWith: (reader: R) => (body: WireValue) => V,
): Group<R, V>[] {
  const groups: Group<R, V>[] = [];
  for (const subscriber of subscribers) {
    const { reader } = subscriber;
    const group = groups.find((other) => other.reader === reader);
    if (group) group.subscribers.push(subscriber);
    else groups.push({ reader, read: readWith(reader), subscribers: [subscriber] });
  }
  return groups;
}
