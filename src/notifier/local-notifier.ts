// For projects whose `lib` has no AsyncDisposable: kept in the declarations.
/// <reference lib="esnext.disposable" preserve="true" />
import {
  audit,
  catchError,
  concat,
  defer,
  EMPTY,
  forkJoin,
  isObservable,
  lastValueFrom,
  map,
  merge,
  Observable,
  of,
  race,
  Subject,
  Subscription,
  startWith,
  throwError,
  timer,
  toArray,
} from 'rxjs';
import { ClosedError, InvalidArgumentError, NoRecipientError, type SerfError } from '../errors.ts';
import type { Answer } from '../model.ts';
import { duration } from '../options.ts';
import { Deadlines } from '../rpc/deadlines.ts';
import { LocalRoute } from './calls/local-route.ts';
import { type CallContext, OutgoingCall } from './calls/outgoing-call.ts';
import { ReadyQueue } from './calls/ready-queue.ts';
import type { BadTag, Discovery } from './discovery/instance.ts';
import { placeText } from './discovery/tags.ts';
import { type Change, encodeChange } from './mesh/frames.ts';
import type { LinkContext } from './mesh/link.ts';
import { Mesh } from './mesh/mesh.ts';
import { accepted, dialTcp } from './mesh/tcp-carrier.ts';
import type {
  Call,
  CallEvent,
  CallOptions,
  KnownRegistration,
  Notification,
  NotifierDrop,
  NotifierEvent,
  NotifierPeer,
  PublishReport,
  RegistrationOptions,
} from './notifier.ts';
import type { NotifierSettings } from './options.ts';
import { nameOf, publicationOf, publishTo } from './publish.ts';
import { Directory } from './registrations/directory.ts';
import { type Id, idMaskOf, idOf, type Match } from './registrations/match.ts';
import { type OwnRegistration, OwnRegistrations, weightOf } from './registrations/own-registrations.ts';
import type { Publication, RoutedRegistration } from './registrations/route.ts';

/** How long what is sent waits until the others are known, in ms. */
const READY_TIME = 5_000;
/** How long the agent may take to forget our tag when we close, in ms. */
const WITHDRAW_TIME = 2_000;

/** The notifier of this process: `Notifier`, for those who know no types of commands. */
export class LocalNotifier implements LinkContext, AsyncDisposable {
  readonly settings: NotifierSettings;
  readonly directory = new Directory<RoutedRegistration>();
  readonly deadlines: Deadlines;
  readonly own: OwnRegistrations;
  readonly #discovery: Discovery;
  readonly #local: LocalRoute;
  readonly #mesh: Mesh;
  readonly #calling: CallContext;
  readonly #events = new Subject<NotifierEvent>();
  readonly #dropped = new Subject<NotifierDrop>();
  readonly #registered = new Subject<void>();
  /** Of the last change of what we have registered. */
  #version = 0;
  #state: 'idle' | 'open' | 'ended' = 'idle';
  /** Why everything errors once it has ended. */
  #end: SerfError | undefined;
  /** What is sent before the others are known. */
  readonly #queue: ReadyQueue;
  readonly #running = new Subscription();
  #closed: Promise<void> | undefined;

  readonly peers$: Observable<readonly NotifierPeer[]>;
  readonly registrations$: Observable<readonly KnownRegistration[]>;
  readonly dropped$ = this.#dropped.asObservable();
  readonly events$: Observable<NotifierEvent>;

  constructor(settings: NotifierSettings, discovery: Discovery) {
    const { scheduler, codec, random, limits } = settings;
    this.settings = settings;
    this.#discovery = discovery;
    this.deadlines = new Deadlines(scheduler, true);
    this.#queue = new ReadyQueue(limits.pending, this.deadlines);
    this.own = new OwnRegistrations({
      codec,
      limit: limits.registrations,
      route: () => this.#local,
      onChange: (registration, change) => this.#announce(registration, change),
    });
    this.#local = new LocalRoute(this);
    this.#mesh = new Mesh({
      context: this,
      dial: settings.dial ?? dialTcp(settings),
      stale: (other) => void this.#running.add(discovery.forget(other).subscribe()),
    });
    this.#calling = { directory: this.directory, codec, deadlines: this.deadlines, random };
    this.events$ = merge(this.#events, this.#mesh.events$);
    this.peers$ = this.#live(this.#mesh.changed$, () => this.#mesh.peers);
    this.registrations$ = this.#live(this.#registered, () => [...this.directory].map(shown));
  }

  get id(): string {
    return this.settings.id;
  }

  notifications(
    object: string,
    match: Match,
    command: string,
    options?: RegistrationOptions,
  ): Observable<Notification> {
    return this.#register(object, match, command, undefined, options) as Observable<Notification>;
  }

  serve(
    object: string,
    match: Match,
    command: string,
    handler: (call: Call) => unknown,
    options?: RegistrationOptions,
  ): Observable<CallEvent> {
    if (typeof handler !== 'function') throw invalid(`serve: the handler should be a function`);
    return this.#register(object, match, command, handler, options) as Observable<CallEvent>;
  }

  publish(object: string, id: Id, command: string, args?: unknown): Observable<PublishReport> {
    const publication = this.#publication(object, id, command, args);
    return new Observable((subscriber) => {
      this.#open();
      this.#queue.run(subscriber, () => {
        subscriber.next(publishTo(this.directory, publication, this.settings.random, this.#lost));
        subscriber.complete();
      });
    });
  }

  call(
    object: string,
    id: Id,
    command: string,
    args?: unknown,
    options: CallOptions = {},
  ): Observable<Answer> {
    const timeout = this.#timeout(options);
    return this.#call(this.#publication(object, id, command, args), timeout);
  }

  calls(
    object: string,
    ids: readonly Id[],
    command: string,
    args?: unknown,
    options: CallOptions = {},
  ): Observable<readonly (readonly Answer[])[]> {
    if (!Array.isArray(ids)) throw invalid('calls: ids should be a list');
    const timeout = this.#timeout(options);
    const { payload } = this.#publication(object, 0, command, args);
    const requests = ids.map((id) => ({ object, id: idOf(id), command, payload }));
    const nobody = (error: unknown) => (error instanceof NoRecipientError ? of([]) : throwError(() => error));
    return defer(() =>
      requests.length === 0
        ? of([])
        : forkJoin(
            requests.map((request) => this.#call(request, timeout).pipe(toArray(), catchError(nobody))),
          ),
    );
  }

  close(): Promise<void> {
    this.#closed ??= this.#stop(new ClosedError('the notifier is closed'), undefined);
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // What links need.

  get node(): string {
    return this.#discovery.node;
  }

  registered(): { readonly version: number; readonly all: readonly OwnRegistration[] } {
    return { version: this.#version, all: this.own.all };
  }

  changed(): void {
    this.#registered.next();
  }

  undelivered(peer: string): void {
    this.#dropped.next({ count: 1, cause: 'unregistered', peer });
  }

  /** Begins, unless that was done. */
  #open(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'open';
    const { scheduler, listen } = this.settings;
    this.#running.add(scheduler.schedule(() => this.#queue.release(), READY_TIME));
    this.#running.add(
      this.#mesh.changed$.subscribe(() => {
        if (this.#mesh.isSettled) this.#queue.release();
      }),
    );
    if (listen) this.#listen();
    this.#find();
  }

  #find(): void {
    let found = false;
    let told = '';
    const tell = (tags: readonly BadTag[]) => {
      // As often as they change, not as often as the members do.
      const text = JSON.stringify(tags);
      if (text === told) return;
      told = text;
      for (const tag of tags) this.#events.next({ type: 'bad-tag', ...tag });
    };
    this.#running.add(
      this.#discovery.discovered$.subscribe({
        next: (discovered) => {
          found = true;
          tell(discovered.badTags);
          this.#mesh.update(discovered);
        },
        error: (error) => {
          this.#events.next({ type: 'discovery-failed', error });
          // Who has never known anybody is of no use; who has may still be connected.
          if (!found) this.#fail(error);
        },
      }),
    );
  }

  #listen(): void {
    const advertise = (value: string) => {
      const told$ = this.#discovery.advertise(value);
      this.#running.add(
        told$.subscribe({
          next: (error) =>
            this.#events.next(error ? { type: 'advertise-failed', error } : { type: 'advertised', value }),
          // Discovery has failed, which is told by itself.
          error: () => {},
        }),
      );
    };
    const { advertise: given, accepted$ } = this.settings;
    if (accepted$ && given !== undefined) advertise(given);
    this.#running.add(
      accepted(this.settings).subscribe({
        next: (event) => {
          if (event.type === 'accepted') this.#mesh.admit(event.socket, event.address, event.destroy);
          else {
            const { host, port } = event;
            this.#events.next({ type: 'listening', host, port });
            advertise(given ?? (isAnyHost(host) ? `${port}` : placeText(host, port)));
          }
        },
        error: (error) => this.#fail(error),
      }),
    );
  }

  #register(
    object: string,
    match: Match,
    command: string,
    handler: ((call: Call) => unknown) | undefined,
    { slice }: RegistrationOptions = {},
  ): Observable<Notification | CallEvent> {
    if (slice !== undefined && !isObservable(slice)) weightOf(slice);
    const registration$ = this.own.register({
      object: nameOf('object', object),
      command: nameOf('command', command),
      match: idMaskOf(match),
      handler,
      slice,
    });
    return new Observable((subscriber) => {
      this.#open();
      if (this.#end instanceof ClosedError) subscriber.complete();
      else if (this.#end) subscriber.error(this.#end);
      else return registration$.subscribe(subscriber);
      return undefined;
    });
  }

  /** A change of what we have registered: for us, and for all others. */
  #announce(registration: OwnRegistration, change: Change): void {
    if (change.type === 'added') this.directory.add(registration);
    else if (change.type === 'removed') this.directory.delete(registration);
    else this.directory.reweigh(registration, change.weight);
    this.#version++;
    this.#mesh.announce(encodeChange(this.#version, [change]));
    this.changed();
  }

  #call(request: Publication, timeout: number): Observable<Answer> {
    return new Observable((subscriber) => {
      const call = new OutgoingCall(this.#calling, request, timeout, subscriber);
      subscriber.add(call);
      this.#open();
      if (this.#queue.isReady) call.start();
      else this.#queue.run(subscriber, () => call.start(), call);
    });
  }

  readonly #lost = (peer: string): void => {
    this.#dropped.next({ count: 1, cause: 'overflow', peer });
  };

  #publication(object: string, id: Id, command: string, args: unknown): Publication {
    return publicationOf(this.settings, object, id, command, args);
  }

  #timeout({ timeout }: CallOptions): number {
    return timeout === undefined ? this.settings.timeout : duration('timeout', timeout);
  }

  /** What there is, then what there is after each change; what changes together makes one emission. */
  #live<T>(changed$: Observable<void>, read: () => T): Observable<T> {
    return defer(() => {
      this.#open();
      const { scheduler } = this.settings;
      const all$ = changed$.pipe(
        audit(() => timer(0, scheduler)),
        map(read),
        startWith(read()),
      );
      const end$ = defer(() => (this.#end instanceof ClosedError ? EMPTY : throwError(() => this.#end)));
      return concat(all$, end$);
    });
  }

  #fail(error: SerfError): void {
    this.#closed ??= this.#stop(error, error);
  }

  /** @param error what streams error with; `undefined`: they complete */
  #stop(end: SerfError, error: SerfError | undefined): Promise<void> {
    const withdraws = this.#state !== 'idle' && this.settings.listen;
    this.#state = 'ended';
    this.#end = end;
    this.#queue.end(end);
    const reason = () => end;
    this.#mesh.close(reason);
    this.#local.close(reason);
    this.own.close(error);
    this.#registered.complete();
    if (error) this.#dropped.error(error);
    else this.#dropped.complete();
    const limit$ = timer(WITHDRAW_TIME, this.settings.scheduler);
    const withdrawn$ = withdraws ? race(this.#discovery.withdraw(), limit$) : of(undefined);
    const done$ = forkJoin([withdrawn$.pipe(toArray()), this.#mesh.ended$.pipe(toArray())]);
    this.#running.unsubscribe();
    this.deadlines.close();
    const told$ = done$.pipe(map(() => (error ? this.#events.error(error) : this.#events.complete())));
    return lastValueFrom(told$, { defaultValue: undefined });
  }
}

function shown({ route, kind, object, command, match, weight }: RoutedRegistration): KnownRegistration {
  const { mask, value } = match;
  const known = { peer: route.id, kind, object, command, match: { mask, value } };
  return weight === undefined ? known : { ...known, slice: weight };
}

/** Whether a host stands for all addresses of a machine: then the others connect to that of the member. */
function isAnyHost(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', message);
}
