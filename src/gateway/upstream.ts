import { EMPTY, Observable, type Observer, type SchedulerLike, Subscription } from 'rxjs';
import { MEMBER_EVENTS } from '../membership.ts';
import type { ConnectionStatus, DropReport } from '../model.ts';
import type { Serf } from '../serf.ts';
import { asError } from '../server/refusal.ts';

/** What a gateway serves; a client tells more of itself than a node does. */
export type Upstream = Serf<Uint8Array> & {
  readonly status$?: Observable<ConnectionStatus>;
  readonly dropped$?: Observable<DropReport>;
};

/** Whether it can be served: not yet, yes, no longer, or never again. */
export type UpstreamState = 'connecting' | 'up' | 'lost' | 'ended';

export interface UpstreamChange {
  readonly state: UpstreamState;
  readonly error?: Error;
}

/** How long to wait before what failed is tried again, in ms. */
const RETRY = 1_000;

/**
 * Keeps what is served connected, and tells how it is. A loss that a client bridges by itself is one of its streams' all the
 * same: whoever listened through it has missed something, and has to know.
 *
 * ```
 * client        --c------w--c-----     connected, waiting, connected
 * watchUpstream --u------l--u-----     up, lost, up
 * ```
 *
 * Emits the present state first. Never errors; completes with `ended`.
 */
export function watchUpstream(serf: Upstream, scheduler: SchedulerLike): Observable<UpstreamChange> {
  return new Observable((subscriber) => {
    const watch = new UpstreamWatch(serf, scheduler, subscriber);
    subscriber.add(() => watch.close());
  });
}

class UpstreamWatch {
  readonly #serf: Upstream;
  readonly #scheduler: SchedulerLike;
  readonly #observer: Observer<UpstreamChange>;
  readonly #work = new Subscription();
  #state: UpstreamState | undefined;
  /** Why it could not be connected to, as it was told last. */
  #reason: string | undefined;

  constructor(serf: Upstream, scheduler: SchedulerLike, observer: Observer<UpstreamChange>) {
    this.#serf = serf;
    this.#scheduler = scheduler;
    this.#observer = observer;
    // A node has no connection to lose.
    if (serf.status$) this.#work.add(serf.status$.subscribe((status) => this.#follow(status)));
    else this.#enter('up');
    this.#work.add((serf.dropped$ ?? EMPTY).subscribe(({ cause }) => cause === 'agent' && this.#missed()));
    this.#hold();
  }

  close(): void {
    this.#work.unsubscribe();
  }

  #follow(status: ConnectionStatus): void {
    const error = 'error' in status ? status.error : undefined;
    if (status.state === 'connected') this.#enter('up');
    else if (status.state === 'closed') this.#end();
    else if (this.#state === 'up') this.#enter('lost', error);
    else if (this.#state === undefined || this.#state === 'connecting') this.#await(error);
  }

  /** Not connected yet, and why not: each reason once, as it is tried again and again. */
  #await(error: Error | undefined): void {
    if (this.#state === 'connecting' && (error === undefined || error.message === this.#reason)) return;
    this.#state = 'connecting';
    this.#reason = error?.message;
    this.#observer.next(error === undefined ? { state: 'connecting' } : { state: 'connecting', error });
  }

  /** Records were lost on a connection that stands. */
  #missed(): void {
    if (this.#state !== 'up') return;
    this.#enter('lost');
    this.#enter('up');
  }

  /** A stream keeps a client connected; this is the one that most pages listen to anyway. */
  #hold(): void {
    const again = () => {
      if (this.#state !== 'ended') this.#work.add(this.#scheduler.schedule(() => this.#hold(), RETRY));
    };
    this.#work.add(this.#serf.stream(MEMBER_EVENTS).subscribe({ error: again, complete: again }));
  }

  #end(): void {
    if (this.#state === 'ended') return;
    this.#enter('ended');
    this.#observer.complete();
  }

  #enter(state: UpstreamState, error?: unknown): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#observer.next(error === undefined ? { state } : { state, error: asError(error) });
  }
}
