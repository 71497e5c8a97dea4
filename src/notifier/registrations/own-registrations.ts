import { isObservable, Observable, Subject } from 'rxjs';
import { type Codec, decodeWith } from '../../codec.ts';
import { InvalidArgumentError, SerfError } from '../../errors.ts';
import type { Callee } from '../calls/incoming-call.ts';
import { type Change, LARGEST_WEIGHT } from '../mesh/frames.ts';
import type { Call, CallEvent, Notification, RegistrationOptions } from '../notifier.ts';
import { Directory } from './directory.ts';
import { MaskCounts } from './mask-counts.ts';
import { type Id, type IdMask, masked } from './match.ts';
import type { RegistrationKind } from './registration.ts';
import type { Publication, Route, RoutedRegistration } from './route.ts';

type Handler = (call: Call) => unknown;

/** What is registered: for notifications, or with a handler for calls. */
export interface Wanted {
  readonly object: string;
  readonly command: string;
  readonly match: IdMask;
  /** Of calls. */
  readonly handler: Handler | undefined;
  readonly slice: RegistrationOptions['slice'];
}

/** A registration of ours: of one slice, or of all full subscribers that want the same. */
export class OwnRegistration implements RoutedRegistration, Callee {
  readonly number: number;
  readonly kind: RegistrationKind;
  readonly object: string;
  readonly command: string;
  readonly match: IdMask;
  readonly target: number;
  readonly route: Route;
  readonly handler: Handler | undefined;
  weight: number | undefined;
  /** What its subscribers get: notifications, or what becomes of calls. */
  readonly output = new Subject<Notification | CallEvent>();
  /** How many subscribers it has. */
  subscribers = 0;

  constructor(number: number, target: number, route: Route, wanted: Wanted, weight: number | undefined) {
    this.number = number;
    this.target = target;
    this.route = route;
    this.kind = wanted.handler ? 'call' : 'notification';
    this.object = wanted.object;
    this.command = wanted.command;
    this.match = wanted.match;
    this.handler = wanted.handler;
    this.weight = weight;
  }

  takes(id: Id): boolean {
    return masked(id, this.match.mask) === this.match.value;
  }

  invoke(call: Call): unknown {
    return this.handler?.(call);
  }

  tell(event: CallEvent): void {
    this.output.next(event);
  }
}

/** What {@link OwnRegistrations} needs. */
export interface OwnRegistrationsOptions {
  /** The way to ourselves; made after this, as it needs this. */
  readonly route: () => Route;
  readonly codec: Codec<unknown>;
  /** How many there may be: peers take no more either. */
  readonly limit: number;
  /** Called with each change, for all peers. */
  readonly onChange: (registration: OwnRegistration, change: Change) => void;
}

/** What we have registered for: kept as long as somebody is subscribed to it, and announced. */
export class OwnRegistrations {
  readonly #options: OwnRegistrationsOptions;
  readonly #directory = new Directory<OwnRegistration>();
  readonly #byNumber = new Map<number, OwnRegistration>();
  readonly #masks = new MaskCounts();
  /** The number of each handler that is registered, so that a call reaches it once; and by how many registrations it is. */
  readonly #targets = new Map<Handler, { readonly target: number; count: number }>();
  #next = 0;

  constructor(options: OwnRegistrationsOptions) {
    this.#options = options;
  }

  /** All of them. */
  get all(): readonly OwnRegistration[] {
    return [...this.#byNumber.values()];
  }

  /** Registers while subscribed to. */
  register(wanted: Wanted): Observable<Notification | CallEvent> {
    const { slice } = wanted;
    return new Observable((subscriber) => {
      let registration: OwnRegistration | undefined;
      const begin = (weight: number | undefined) => {
        registration = this.#hold(wanted, weight);
        subscriber.add(() => this.#release(registration as OwnRegistration));
        subscriber.add(registration.output.subscribe(subscriber));
      };
      const reweigh = (weight: number) => {
        if (subscriber.closed) return;
        try {
          const checked = weightOf(weight);
          if (registration) this.#reweigh(registration, checked);
          else begin(checked);
        } catch (error) {
          subscriber.error(error);
        }
      };
      if (isObservable(slice))
        subscriber.add(slice.subscribe({ next: reweigh, error: (error) => subscriber.error(error) }));
      else
        try {
          begin(slice);
        } catch (error) {
          subscriber.error(error);
        }
    });
  }

  /** A registration for calls about this id, unless it is gone. */
  callee(number: number, id: Id): OwnRegistration | undefined {
    const registration = this.#byNumber.get(number);
    return registration?.kind === 'call' && registration.takes(id) ? registration : undefined;
  }

  /** Hands a publication to its subscribers here. Returns whether the slice that it was for was still there. */
  deliver(publication: Publication, full: boolean, slice: number | undefined, from: string): boolean {
    const { object, id, command } = publication;
    const to: OwnRegistration[] = [];
    if (full) {
      const buckets = this.#directory.of('notification').find(object, id, command);
      for (const bucket of buckets) to.push(...bucket.full);
    }
    const chosen = slice === undefined ? undefined : this.#byNumber.get(slice);
    const there = chosen?.kind === 'notification' && chosen.object === object && chosen.command === command;
    const wrong = slice !== undefined && !(there && chosen.takes(id));
    if (chosen && !wrong) to.push(chosen);
    if (to.length > 0) {
      const { payload, payloadError, rawPayload } = decodeWith(this.#options.codec, publication.payload);
      const notification: Notification = payloadError
        ? { object, id, command, args: payload, from, payloadError, ...(rawPayload && { rawPayload }) }
        : { object, id, command, args: payload, from };
      for (const registration of to) registration.output.next(notification);
    }
    return !wrong;
  }

  /** Ends all: streams complete, or error. */
  close(error?: Error): void {
    for (const { output } of this.all) {
      if (error) output.error(error);
      else output.complete();
    }
  }

  /** The registration that these subscribers share, announced with the first of them. */
  #hold(wanted: Wanted, weight: number | undefined): OwnRegistration {
    const registration = (weight === undefined && this.#same(wanted)) || this.#add(wanted, weight);
    registration.subscribers++;
    return registration;
  }

  #same({ object, command, match, handler }: Wanted): OwnRegistration | undefined {
    const table = this.#directory.of(handler ? 'call' : 'notification');
    const bucket = table.bucketOf({ object, command, match });
    for (const full of bucket?.full ?? []) if (full.handler === handler) return full;
    return undefined;
  }

  #add(wanted: Wanted, weight: number | undefined): OwnRegistration {
    const { route, limit, onChange } = this.#options;
    if (this.#byNumber.size >= limit)
      throw new SerfError('overflow', `more than ${limit} registrations (limits.registrations)`);
    const number = this.#next;
    const target = this.#targetOf(wanted.handler, number);
    const registration = new OwnRegistration(number, target, route(), wanted, weight);
    this.#masks.add(registration);
    this.#next++;
    if (wanted.handler) {
      const known = this.#targets.get(wanted.handler);
      if (known) known.count++;
      else this.#targets.set(wanted.handler, { target, count: 1 });
    }
    this.#byNumber.set(number, registration);
    this.#directory.add(registration);
    onChange(registration, { type: 'added', registration });
    return registration;
  }

  #targetOf(handler: Handler | undefined, number: number): number {
    return (handler && this.#targets.get(handler)?.target) ?? number;
  }

  #release(registration: OwnRegistration): void {
    if (--registration.subscribers > 0) return;
    const { number, handler } = registration;
    this.#byNumber.delete(number);
    this.#directory.delete(registration);
    this.#masks.delete(registration);
    const known = handler && this.#targets.get(handler);
    if (known && --known.count === 0) this.#targets.delete(handler);
    this.#options.onChange(registration, { type: 'removed', number });
  }

  #reweigh(registration: OwnRegistration, weight: number): void {
    if (registration.weight === weight) return;
    this.#directory.reweigh(registration, weight);
    this.#options.onChange(registration, { type: 'weight', number: registration.number, weight });
  }
}

/** @throws InvalidArgumentError (`invalid-argument`) for what is no weight */
export function weightOf(weight: number): number {
  if (typeof weight === 'number' && weight >= 0 && weight <= LARGEST_WEIGHT) return weight;
  throw new InvalidArgumentError(
    'invalid-argument',
    `a weight should be a number from 0 to 2^52, not ${String(weight)}`,
  );
}
