import { type Id, masked } from './match.ts';
import type { Registration } from './registration.ts';
import { Slices } from './slices.ts';

/** The registrations of one object, command, mask and value. */
export class Bucket<R extends Registration> {
  readonly full = new Set<R>();
  readonly slices = new Slices<R>();

  get isEmpty(): boolean {
    return this.full.size === 0 && this.slices.size === 0;
  }
}

/** The registrations with one mask: an id has one value there. */
interface Masked<R extends Registration> {
  readonly mask: Id;
  readonly buckets: Map<Id, Bucket<R>>;
}

/** Those of a command, a list by mask: there are few masks, and each is looked at for each id. */
type ByMask<R extends Registration> = Masked<R>[];

/**
 * Registrations of one kind by object, command, mask and value: what is registered for an id is found in the time that it takes to
 * look at each mask that its command has, however many registrations there are.
 */
export class RegistrationTable<R extends Registration> {
  readonly #objects = new Map<string, Map<string, ByMask<R>>>();

  add(registration: R): void {
    const { object, command, match, weight } = registration;
    let commands = this.#objects.get(object);
    if (!commands) {
      commands = new Map();
      this.#objects.set(object, commands);
    }
    let byMask = commands.get(command);
    if (!byMask) {
      byMask = [];
      commands.set(command, byMask);
    }
    let buckets = byMask.find(({ mask }) => mask === match.mask)?.buckets;
    if (!buckets) {
      buckets = new Map();
      byMask.push({ mask: match.mask, buckets });
    }
    let bucket = buckets.get(match.value);
    if (!bucket) {
      bucket = new Bucket();
      buckets.set(match.value, bucket);
    }
    if (weight === undefined) bucket.full.add(registration);
    else bucket.slices.add(registration);
  }

  delete(registration: R): void {
    const { object, command, match } = registration;
    const commands = this.#objects.get(object);
    const byMask = commands?.get(command);
    const index = byMask?.findIndex(({ mask }) => mask === match.mask) ?? -1;
    const buckets = byMask?.[index]?.buckets;
    const bucket = buckets?.get(match.value);
    if (!commands || !byMask || !buckets || !bucket) return;
    bucket.full.delete(registration);
    bucket.slices.delete(registration);
    // Nothing is left behind of what comes and goes.
    if (!bucket.isEmpty) return;
    buckets.delete(match.value);
    if (buckets.size > 0) return;
    byMask.splice(index, 1);
    if (byMask.length > 0) return;
    commands.delete(command);
    if (commands.size === 0) this.#objects.delete(object);
  }

  /** The registrations that are for exactly the same. */
  bucketOf({ object, command, match }: Pick<R, 'object' | 'command' | 'match'>): Bucket<R> | undefined {
    const byMask = this.#objects.get(object)?.get(command);
    return byMask?.find(({ mask }) => mask === match.mask)?.buckets.get(match.value);
  }

  /** All that are registered for this id, in a list of its own. */
  find(object: string, id: Id, command: string): Bucket<R>[] {
    const byMask = this.#objects.get(object)?.get(command);
    if (!byMask) return [];
    // Made with the first one: most have no more, and what `push` makes of an empty one has room for seventeen.
    let found: Bucket<R>[] | undefined;
    for (let i = 0; i < byMask.length; i++) {
      const { mask, buckets } = byMask[i] as Masked<R>;
      const bucket = buckets.get(masked(id, mask));
      if (!bucket) continue;
      if (found) found.push(bucket);
      else found = [bucket];
    }
    return found ?? [];
  }

  *[Symbol.iterator](): Generator<R> {
    for (const commands of this.#objects.values())
      for (const byMask of commands.values())
        for (const { buckets } of byMask)
          for (const { full, slices } of buckets.values()) {
            yield* full;
            yield* slices;
          }
  }
}
