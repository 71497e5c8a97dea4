// For projects whose `lib` has no AsyncDisposable: kept in the declarations.
/// <reference lib="esnext.disposable" preserve="true" />
import {
  defer,
  type Observable,
  type Observer,
  ReplaySubject,
  race,
  Subscription,
  take,
  throwError,
  timer,
} from 'rxjs';
import { wake$ } from '#platform';
import { dateBy } from '../clock.ts';
import {
  ClosedError,
  ConnectError,
  ConnectionLostError,
  InvalidArgumentError,
  SerfError,
} from '../errors.ts';
import { assertJson } from '../json-patch/json.ts';
import type { JsonValue } from '../json-patch/operation.ts';
import { afterFailure, type ReconnectPolicy } from '../reconnect.ts';
import { Deadlines } from '../rpc/deadlines.ts';
import { afterReads } from '../rpc/fair-timer.ts';
import { type EndReason, lostConnection } from '../rpc/pending-calls.ts';
import { closeCode, WebSocketClosedError } from '../socket/close-codes.ts';
import type { Socket } from '../socket/socket.ts';
import type { ActionTable } from './actions.ts';
import type { JugglerConnection, JugglerStatus } from './juggler-connection.ts';
import { Link, type LinkOwner } from './link.ts';
import { LocalData } from './local-data.ts';
import { LocalDataSink } from './local-data-sink.ts';
import { MessageQueue } from './message-queue.ts';
import { messageFrame } from './messages.ts';
import type { JugglerSettings } from './options.ts';
import { type DataChange, RemoteData } from './remote-data.ts';
import type { SharedData, SharedDocument } from './shared-document.ts';

/** How a connection comes about. */
export interface Dialing {
  /** For errors, without secrets. */
  readonly address: string;
  /** A new socket for each attempt. */
  readonly dial: () => Socket<string>;
  readonly reconnect: ReconnectPolicy | false;
  /** How long one attempt may take, in ms. */
  readonly connectTimeout: number;
}

/** How long a peer may take to close its end, in ms. */
const CLOSE_GRACE = 1_000;

/** What {@link JugglerConnection} promises, over one socket after the other. */
export class Connection implements JugglerConnection<unknown, unknown>, LinkOwner {
  readonly settings: JugglerSettings;
  readonly #dialing: Dialing;
  readonly #remote: RemoteData;
  readonly #local: LocalData;
  readonly #messages: MessageQueue;
  readonly #deadlines: Deadlines;
  readonly #status = new ReplaySubject<JugglerStatus>(1);
  readonly #closed = new ReplaySubject<void>(1);
  /** The sources of `localData$`. */
  readonly #sources = new Subscription();
  #shared: SharedData | undefined;
  #table: ActionTable;
  #link: Link | undefined;
  /** The attempt's time, or the wait for the next one. */
  #timer = Subscription.EMPTY;
  #everConnected = false;
  #connectedAt = 0;
  #failures = 0;
  #errors: SerfError[] = [];
  /** Why it is over: the error, or that there is none. */
  #end: { readonly error: SerfError | undefined } | undefined;
  readonly table = (): ActionTable => this.#table;

  constructor(dialing: Dialing, settings: JugglerSettings) {
    this.settings = settings;
    this.#dialing = dialing;
    const { limits, autoflush, scheduler, buffer, actions, defaultAction } = settings;
    this.#remote = new RemoteData(limits);
    this.#local = new LocalData({ autoflush, bounds: limits, scheduler });
    this.#messages = new MessageQueue({ count: buffer, size: limits.frameBytes });
    this.#deadlines = new Deadlines(scheduler);
    this.#table = { actions, defaultAction };
    this.#status.next({ state: 'connecting', attempt: 1 });
  }

  get address(): string {
    return this.#dialing.address;
  }

  get localData(): unknown {
    return this.#shared ? this.#shared.value : this.#local.value;
  }

  get localData$(): Observer<unknown> {
    return new LocalDataSink((value) => this.setLocalData(value), this.#sources);
  }

  get remoteData(): unknown {
    return this.#remote.value;
  }

  get remoteData$(): Observable<unknown> {
    return this.#remote.value$;
  }

  get changes$(): Observable<DataChange> {
    return this.#remote.changes$;
  }

  get messages$(): Observable<JsonValue> {
    return this.#messages.messages$ as Observable<JsonValue>;
  }

  get status$(): Observable<JugglerStatus> {
    return this.#status.asObservable();
  }

  get closed$(): Observable<void> {
    return this.#closed.asObservable();
  }

  setLocalData(value: unknown): void {
    this.#refuseWhenOver();
    if (this.#shared)
      throw new InvalidArgumentError('invalid-argument', 'the local data is shared: set it in the document');
    this.#local.set(value);
  }

  shareLocalData(document: SharedDocument<unknown>): void {
    this.#refuseWhenOver();
    this.#shared?.end(undefined);
    this.#local.end(new ClosedError('the local data is shared now'));
    this.#shared = document.join();
    if (this.#link?.isOpen) this.#shared.attach(this.#link, true);
  }

  flush(): Observable<void> {
    return defer(() => {
      if (this.#end) return throwError(() => this.#closedError());
      return (this.#shared ?? this.#local).flush();
    });
  }

  send(message: unknown): void {
    this.#refuseWhenOver();
    const { depth, frameBytes } = this.settings.limits;
    assertJson('the message', message, { depth, size: frameBytes });
    if (!this.#link) throw this.#lost('the message was not sent')('send', 'not-sent');
    this.#link.sendOwn(messageFrame(message));
  }

  call<R>(action: string, ...args: readonly unknown[]): Observable<R> {
    if (typeof action !== 'string')
      throw new InvalidArgumentError('invalid-argument', 'an action has a name');
    const { depth, frameBytes } = this.settings.limits;
    assertJson('the arguments', args, { depth, size: frameBytes });
    return defer(() => {
      if (this.#end) return throwError(() => this.#closedError());
      if (!this.#link) return throwError(() => this.#lost('there is no connection')(action, 'not-sent'));
      return this.#link.call(action, args) as Observable<R>;
    });
  }

  close({ flush = true }: { readonly flush?: boolean } = {}): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#closed.subscribe({ complete: resolve });
    });
    if (this.#end) return closed;
    const link = this.#link;
    // What was set while there is no connection yet is written first when there is.
    if (link && flush) {
      const local = this.#shared ?? this.#local;
      if (!link.isOpen) local.attach(link, this.#everConnected);
      local.sync(true);
    }
    const grace = (link && !link.wasOpen && this.#dialing.connectTimeout) || CLOSE_GRACE;
    this.#finish(undefined);
    const reason: EndReason = (command) => new ClosedError('the connection was closed', { command });
    if (link) link.close(reason, grace, () => this.#closedNow());
    else this.#closedNow();
    return closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Begins; what it needs of its owner is there by now. */
  connect(): void {
    const link = new Link(this.#dialing.dial(), this, this.#deadlines);
    this.#link = link;
    const { connectTimeout } = this.#dialing;
    if (connectTimeout > 0) {
      this.#timer = afterReads(this.settings.scheduler, connectTimeout, () => {
        const message = `no connection to ${this.address} within ${connectTimeout} ms`;
        this.ended(link, new ConnectError('connect-timeout', message, { address: this.address }));
      });
    }
    link.open();
  }

  /** Has the peer call these from now on; what it has called while nobody was there is called now. */
  provide(table: ActionTable): void {
    const { actions, defaultAction } = this.#table;
    if (actions || defaultAction)
      throw new InvalidArgumentError('invalid-argument', 'this connection has actions already');
    this.#table = table;
    this.#messages.sift((message, size) => this.#link?.take(message, size) ?? false);
  }

  opened(link: Link): void {
    this.#timer.unsubscribe();
    const again = this.#everConnected;
    this.#everConnected = true;
    this.#connectedAt = this.settings.scheduler.now();
    this.#status.next({ state: 'connected' });
    if (this.#link === link && !this.#end) (this.#shared ?? this.#local).attach(link, again);
  }

  data(patch: unknown): void {
    this.#remote.apply(patch);
  }

  message(payload: unknown, size: number): void {
    this.#messages.next(payload, size);
  }

  ended(link: Link, cause: unknown): void {
    if (this.#link !== link || this.#end) return;
    this.#timer.unsubscribe();
    this.#link = undefined;
    const { reconnect } = this.#dialing;
    const { wasOpen } = link;
    const error = this.#errorOf(cause, wasOpen);
    const reason: EndReason = (command, outcome) =>
      lostConnection(error?.message ?? 'the peer has closed the connection', cause)(
        command,
        wasOpen ? outcome : 'not-sent',
      );
    const loss = error ?? this.#lost('the peer has closed the connection')('', 'unknown');
    const retryIn = reconnect && !isFinal(cause) ? this.#retryIn(loss, wasOpen, reconnect) : undefined;
    if (retryIn === undefined) this.#finish(reconnect ? loss : error);
    else this.#retry(retryIn);
    link.destroy(reason);
    if (this.#end) this.#closedNow();
  }

  /** When there is another attempt, in ms; `undefined`: never. */
  #retryIn(error: SerfError, wasOpen: boolean, reconnect: ReconnectPolicy): number | undefined {
    const { scheduler } = this.settings;
    if (wasOpen && scheduler.now() - this.#connectedAt >= reconnect.healthyAfter) {
      this.#failures = 0;
      this.#errors = [];
    }
    this.#failures++;
    this.#errors = [...this.#errors.slice(-1), error];
    const failures = {
      count: this.#failures,
      errors: this.#errors,
      addresses: 1,
      everConnected: this.#everConnected,
      freshKeys: false,
    };
    const verdict = afterFailure(failures, reconnect);
    return 'retryIn' in verdict ? verdict.retryIn : undefined;
  }

  #retry(delay: number): void {
    const { scheduler } = this.settings;
    const error = this.#errors.at(-1) as SerfError;
    (this.#shared ?? this.#local).detach();
    this.#remote.restart();
    // Sooner where the platform tells that it is worth it: a page has been woken, the network is back.
    this.#timer = race(timer(delay, scheduler), wake$)
      .pipe(take(1))
      .subscribe(() => {
        this.#status.next({ state: 'connecting', attempt: this.#failures + 1 });
        if (!this.#end) this.connect();
      });
    this.#status.next({
      state: 'waiting',
      attempt: this.#failures + 1,
      retryAt: dateBy(scheduler) + delay,
      error,
    });
  }

  /** Nothing more happens here; the socket may still be closing. */
  #finish(error: SerfError | undefined): void {
    this.#end = { error };
    this.#timer.unsubscribe();
    this.#deadlines.close();
    this.#sources.unsubscribe();
    this.#local.end(this.#closedError());
    this.#shared?.end(this.#closedError());
    this.#status.next({ state: 'closed', ...(error && { error }) });
    this.#status.complete();
    this.#remote.end(error);
    this.#messages.end(error && { error });
  }

  #closedNow(): void {
    this.#closed.next();
    this.#closed.complete();
  }

  #refuseWhenOver(): void {
    if (this.#end) throw this.#closedError();
  }

  #closedError(): ClosedError {
    return new ClosedError('the connection is closed', { cause: this.#end?.error });
  }

  #lost(message: string): (command: string, outcome: 'not-sent' | 'unknown') => ConnectionLostError {
    return (command, outcome) => {
      const { address } = this;
      return new ConnectionLostError(message, {
        outcome,
        ...(command && { command }),
        ...(address && { address }),
        cause: this.#errors.at(-1),
      });
    };
  }

  /** What the end of a socket means; nothing: the peer has closed it. */
  #errorOf(cause: unknown, wasOpen: boolean): SerfError | undefined {
    if (cause === undefined && wasOpen) return undefined;
    const { address } = this;
    // The socket's own are about it, and not about the connection.
    if (cause instanceof SerfError && cause.code !== 'connection-lost') return cause;
    const why = cause instanceof Error ? cause.message : 'the peer has closed it';
    if (!wasOpen)
      return new ConnectError('connect-failed', `cannot connect to ${address}: ${why}`, { address, cause });
    return new ConnectionLostError(`the connection was lost: ${why}`, { address, cause, outcome: 'unknown' });
  }
}

/** Whether the server has said that it will not have us back. */
function isFinal(cause: unknown): boolean {
  return cause instanceof WebSocketClosedError && closeCode(cause.closeCode).client === 'gives up';
}
