import type { Subscriber, Unsubscribable } from 'rxjs';
import type { StreamGap } from '../../model.ts';
import type { Command } from '../../protocol/commands.ts';
import type { Expiring } from '../../rpc/deadlines.ts';
import { timedOut } from './unary-call.ts';

/** What a subscriber wants of a shared call. */
export interface Reading<R, V> {
  /** Listeners with the same reader share what it makes of a record. */
  readonly reader: R;
  /** Told when records may have been missed; what it throws ends this subscriber. */
  readonly onGap?: ((gap: StreamGap, subscriber: Subscriber<V>) => void) | undefined;
}

/** What listeners are of. */
export interface Listening<R, V> {
  readonly command: Command;
  /** One has gone. */
  remove(listener: Listener<R, V>): void;
}

/** One subscriber; its own teardown and deadline, as these would be closures for each otherwise. */
export class Listener<R, V> implements Unsubscribable, Expiring {
  readonly subscriber: Subscriber<V>;
  readonly reading: Reading<R, V>;
  readonly since: number;
  readonly #listening: Listening<R, V>;
  readonly #timeout: number;

  constructor(
    subscriber: Subscriber<V>,
    reading: Reading<R, V>,
    listening: Listening<R, V>,
    timeout: number,
    since: number,
  ) {
    this.subscriber = subscriber;
    this.reading = reading;
    this.since = since;
    this.#listening = listening;
    this.#timeout = timeout;
  }

  get deadline(): number {
    return this.since + this.#timeout;
  }

  /** The agent has not answered yet; whoever waits longer goes on waiting. */
  expire(): void {
    this.subscriber.error(timedOut(this.#listening.command, this.#timeout));
  }

  unsubscribe(): void {
    this.#listening.remove(this);
  }
}

/** The listeners with the same reader. */
export interface Group<R, V> {
  readonly reader: R;
  readonly listeners: Listener<R, V>[];
}

export function groupByReader<R, V>(listeners: readonly Listener<R, V>[]): Group<R, V>[] {
  const groups: Group<R, V>[] = [];
  for (const listener of listeners) {
    const { reader } = listener.reading;
    const group = groups.find((other) => other.reader === reader);
    if (group) group.listeners.push(listener);
    else groups.push({ reader, listeners: [listener] });
  }
  return groups;
}
