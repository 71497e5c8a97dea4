import { computed, type Signal } from '@angular/core';
import { InvalidArgumentError } from '../errors.ts';
import type { Live } from './live-value.ts';

/** No window keeps more. */
const MOST = 100_000;

/** The newest of many: an item costs a push; a list is made when it is read. */
export class LiveWindow<T> {
  /** How many there were in all. */
  total = 0;
  readonly #keep: number;
  readonly #newestFirst: boolean;
  #items: T[] = [];
  #list: readonly T[] | undefined;

  /** @throws `InvalidArgumentError` unless `keep` is an integer from 1 to 100,000 */
  constructor(keep: number, { newestFirst }: { readonly newestFirst: boolean }) {
    if (!Number.isInteger(keep) || keep < 1 || keep > MOST)
      throw new InvalidArgumentError('invalid-argument', `keep should be 1 to ${MOST}, not ${String(keep)}`);
    this.#keep = keep;
    this.#newestFirst = newestFirst;
  }

  push(item: T): void {
    this.total++;
    this.#list = undefined;
    this.#items.push(item);
    // Not at each push: what gives way is copied once in `keep` times.
    if (this.#items.length >= 2 * this.#keep) this.#items = this.#items.slice(-this.#keep);
  }

  /** Forgets what is not to be kept. */
  retain(isKept: (item: T) => boolean): void {
    this.#items = this.#items.slice(-this.#keep).filter(isKept);
    this.#list = undefined;
  }

  /** A list of its own for each state. */
  get list(): readonly T[] {
    if (!this.#list) {
      const list = this.#items.slice(-this.#keep);
      this.#list = this.#newestFirst ? list.reverse() : list;
    }
    return this.#list;
  }
}

/** Options of those that keep the newest of many. */
export interface FeedOptions {
  /** While it returns true, `value` stays as it was last read; what comes is kept, and counted in `unseen`. */
  readonly pause?: () => boolean;
}

/** A {@link Live} list of the newest of many. */
export interface LiveFeed<T> extends Live<readonly T[]> {
  /** How many have come while it was paused. */
  readonly unseen: Signal<number>;
}

/** What there is to see of a window. */
interface View<T> {
  readonly list: readonly T[];
  readonly unseen: number;
}

/** Shows a window, or what was last seen of it. */
export function viewOf<T>({ pause }: FeedOptions): (window: LiveWindow<T>) => View<T> {
  let list: readonly T[] = [];
  let seen = 0;
  return (window) => {
    if (!pause?.()) ({ list, total: seen } = window);
    return { list, unseen: window.total - seen };
  };
}

export function feedOf<T>({ value, ...live }: Live<View<T>>): LiveFeed<T> {
  return { ...live, value: computed(() => value().list), unseen: computed(() => value().unseen) };
}
