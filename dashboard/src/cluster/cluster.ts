import { computed, effect, Injectable, inject, linkedSignal, signal, untracked } from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { auditTime, distinctUntilChanged, filter, map, merge, switchMap, tap, throttleTime } from 'rxjs';
import type { ConnectionStatus, Stats } from 'rxserf';
import { injectConnection, injectMembers, injectSerf, live } from 'rxserf/angular';
import { EventLog } from '../model/event-log.ts';
import { countsOf } from '../model/member-row.ts';
import { MemberRows } from '../model/member-rows.ts';
import { NameOrder } from '../model/name-order.ts';
import { standingOf } from '../model/standing.ts';
import { Session } from '../shell/session.ts';
import { injectNow } from './now.ts';

/** A burst of events is drawn so often, in ms. */
const DRAWN = 100;
const NOTHING: Stats = {};

/** What all pages see of the cluster. */
@Injectable({ providedIn: 'root' })
export class Cluster {
  readonly now = injectNow();
  /** When this page began to listen, in ms. */
  readonly since = Date.now();
  readonly connection = injectConnection();
  readonly members = injectMembers();
  readonly #session = inject(Session);
  readonly #serf = injectSerf();

  /** The agent's figures, and what this session may do: read for each connection. */
  readonly #stats = live({
    stream: (serf) =>
      serf.status$.pipe(
        map(({ state }) => state === 'connected'),
        distinctUntilChanged(),
        filter(Boolean),
        switchMap(() => serf.stats()),
      ),
    initial: NOTHING,
  });
  readonly stats = this.#stats.value;
  readonly agent = computed(() => this.stats()['agent']?.['name'] ?? '');
  readonly role = computed(() => this.stats()['session']?.['role'] ?? '');
  readonly user = computed(() => this.stats()['session']?.['name'] ?? '');

  readonly #retries = signal(0);
  /** How often all was begun again. */
  readonly retries = this.#retries.asReadonly();

  readonly #log = new EventLog();
  readonly #events = live({
    stream: (serf) =>
      merge(
        serf
          .stream('*', { gaps: true })
          .pipe(tap((event) => this.#log.record(event as Parameters<EventLog['record']>[0], Date.now()))),
        serf.dropped$.pipe(tap((report) => this.#log.drop(report, Date.now()))),
      ).pipe(
        auditTime(DRAWN),
        map(() => ({ log: this.#log })),
      ),
    initial: { log: this.#log },
  });
  /** Anew with each change of the log; the log itself is the same. */
  readonly log = this.#events.value;

  /** The members, as often as they are drawn: thousands of them change many times a second. */
  readonly #drawn = toSignal(
    toObservable(this.members.value).pipe(throttleTime(DRAWN, undefined, { leading: true, trailing: true })),
    { initialValue: this.members.value() },
  );
  /** Since when all that happened to members is kept, in ms since the epoch. */
  readonly knownSince = computed(() => Math.max(this.since, this.log().log.forgotten));
  readonly #rows = new MemberRows();
  readonly rows = computed(() => {
    const { log } = this.log();
    return this.#rows.update(this.#drawn(), (name) => log.marksOf(name), untracked(this.now));
  });
  /** Known from page to page: who comes back to the members does not wait for all names to be compared again. */
  readonly names = new NameOrder();
  readonly counts = computed(() => countsOf(this.rows()));
  readonly #silentSince = linkedSignal<ConnectionStatus, number | undefined>({
    source: this.connection,
    computation: (connection, before) =>
      connection.state === 'connected' ? connection.silentSince : before?.value,
  });
  readonly standing = computed(() =>
    standingOf({
      connection: this.connection(),
      silentSince: this.#silentSince(),
      status: this.members.status(),
      since: this.members.since(),
      error: this.members.error() ?? this.#events.error(),
      any: this.members.value().size > 0,
    }),
  );
  /** Since when nothing is heard. */
  readonly lost = computed(() => {
    const standing = this.standing();
    return standing.kind === 'stale' || standing.kind === 'signed-out' ? standing.since : undefined;
  });

  constructor() {
    effect(() => this.#log.learn(this.#drawn()));
  }

  /** Connects at once, rather than when it is due. */
  tryNow(): void {
    this.#serf.reconnect();
  }

  /** Gives up: nothing is connected to any more. */
  stop(): void {
    void this.#serf.close();
  }

  /** With another key; what is shown stays. */
  signIn(key: string): void {
    this.#session.signIn(key);
    // A connection that was opened without a key stays one without; there is nothing on the screen yet.
    if (this.members.error()?.code === 'auth-required') location.reload();
    else this.retry();
  }

  retry(): void {
    const standing = this.standing();
    // A client that was closed does not come back.
    if (standing.kind === 'failed' && standing.error.code === 'closed') location.reload();
    else for (const each of [this.members, this.#events, this.#stats]) each.retry();
    this.#retries.update((count) => count + 1);
  }
}

/** Has what a page reads for itself begin again with what all pages read, such as after another sign-in, where it has ended with an error. */
export function retryTogether(own: { error(): unknown; retry(): void }): void {
  const { retries } = inject(Cluster);
  effect(() => {
    if (retries() > 0 && untracked(() => own.error()) !== undefined) untracked(() => own.retry());
  });
}
