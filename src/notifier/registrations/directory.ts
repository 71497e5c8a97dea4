import type { Registration, RegistrationKind } from './registration.ts';
import { RegistrationTable } from './table.ts';

/** Two tables of registrations: one for notifications, one for calls. */
export class Directory<R extends Registration> {
  readonly #tables: Readonly<Record<RegistrationKind, RegistrationTable<R>>> = {
    notification: new RegistrationTable(),
    call: new RegistrationTable(),
  };

  of(kind: RegistrationKind): RegistrationTable<R> {
    return this.#tables[kind];
  }

  add(registration: R): void {
    this.#tables[registration.kind].add(registration);
  }

  delete(registration: R): void {
    this.#tables[registration.kind].delete(registration);
  }

  /** Gives a slice another weight. */
  reweigh(registration: R, weight: number): void {
    registration.weight = weight;
    this.#tables[registration.kind].bucketOf(registration)?.slices.changed();
  }

  *[Symbol.iterator](): Generator<R> {
    yield* this.#tables.notification;
    yield* this.#tables.call;
  }
}
