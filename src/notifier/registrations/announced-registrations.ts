import { ProtocolError } from '../../errors.ts';
import type { Change } from '../mesh/frames.ts';
import type { Directory } from './directory.ts';
import { MaskCounts } from './mask-counts.ts';
import type { Registration } from './registration.ts';
import type { Route, RoutedRegistration } from './route.ts';

/**
 * What one peer has registered for, as it says: a list, then changes, numbered so that none can be missing. In the directory
 * while the peer can be reached.
 */
export class AnnouncedRegistrations {
  readonly #directory: Directory<RoutedRegistration>;
  readonly #route: Route;
  readonly #limit: number;
  readonly #byNumber = new Map<number, RoutedRegistration>();
  readonly #masks = new MaskCounts();
  #version = -1;
  #complete = false;
  /** Whether they are in the directory. */
  #entered = false;

  constructor(directory: Directory<RoutedRegistration>, route: Route, limit: number) {
    this.#directory = directory;
    this.#route = route;
    this.#limit = limit;
  }

  /** Whether the whole list is known. */
  get complete(): boolean {
    return this.#complete;
  }

  /** A part of the list. @throws ProtocolError for what cannot be */
  list(version: number, registrations: readonly Registration[], more: boolean): void {
    if (this.#complete) throw wrong('a second list of registrations');
    this.#version = version;
    for (const registration of registrations) this.#add(registration);
    this.#complete = !more;
  }

  /** @throws ProtocolError for what cannot be */
  change(version: number, changes: readonly Change[]): void {
    if (!this.#complete) throw wrong('a change before the list of registrations');
    if (version !== this.#version + 1) throw wrong(`change ${version} after ${this.#version}`);
    this.#version = version;
    for (const change of changes) {
      if (change.type === 'added') this.#add(change.registration);
      else if (change.type === 'removed') this.#remove(this.#known(change.number));
      else this.#reweigh(this.#known(change.number), change.weight);
    }
  }

  /** The peer can be reached. */
  enter(): void {
    if (this.#entered) return;
    this.#entered = true;
    for (const registration of this.#byNumber.values()) this.#directory.add(registration);
  }

  /** The peer cannot be reached any more. */
  withdraw(): void {
    if (!this.#entered) return;
    this.#entered = false;
    for (const registration of this.#byNumber.values()) this.#directory.delete(registration);
  }

  #add(registration: Registration): void {
    if (this.#byNumber.has(registration.number)) throw wrong('the number of a registration twice');
    if (this.#byNumber.size >= this.#limit)
      throw new ProtocolError(
        'overflow',
        `the peer has more than ${this.#limit} registrations (limits.registrations)`,
      );
    this.#masks.add(registration);
    const placed = { ...registration, route: this.#route };
    this.#byNumber.set(registration.number, placed);
    if (this.#entered) this.#directory.add(placed);
  }

  #remove(registration: RoutedRegistration): void {
    this.#masks.delete(registration);
    this.#byNumber.delete(registration.number);
    if (this.#entered) this.#directory.delete(registration);
  }

  #reweigh(registration: RoutedRegistration, weight: number): void {
    if (registration.weight === undefined) throw wrong('a weight for what is no slice');
    this.#directory.reweigh(registration, weight);
  }

  #known(number: number): RoutedRegistration {
    const registration = this.#byNumber.get(number);
    if (!registration) throw wrong('a change of a registration that there is not');
    return registration;
  }
}

function wrong(what: string): ProtocolError {
  return new ProtocolError('unexpected-shape', `the peer sent ${what}`);
}
