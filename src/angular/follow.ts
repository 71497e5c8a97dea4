import { computed, DestroyRef, effect, inject, NgZone, PLATFORM_ID, signal, untracked } from '@angular/core';
import { defer, Subscription } from 'rxjs';
import type { SerfSurface } from '../client/serf-client.ts';
import { dateBy, monotonicScheduler } from '../clock.ts';
import { ClosedError, type SerfError } from '../errors.ts';
import type { ConnectionStatus } from '../model.ts';
import type { Live, LiveOptions, LiveStatus } from './live-value.ts';
import { SERF, type SerfToken } from './serf-token.ts';
import { injectToSerfError } from './to-serf-error.ts';

/** Options of {@link follow}. */
export interface FollowOptions<S, T, R, P> extends Omit<LiveOptions<S, R, P>, 'injector'> {
  /** Makes the value of what came, when it is read. */
  readonly show: (state: S) => T;
}

const now = () => dateBy(monotonicScheduler);

/** What is known of the present subscription. */
type Phase = 'idle' | 'waiting' | 'fresh' | 'failed';

interface State<S> {
  readonly source: S;
  readonly status: LiveStatus;
  readonly since: number;
  readonly error: SerfError | undefined;
}

/**
 * A stream as a {@link Live}, in an injection context. An emission costs one object and one write: values are made of it
 * when they are read, so a burst costs no more than its last value.
 */
export function follow<S, T, R, P>(options: FollowOptions<S, T, R, P>): Live<T> {
  const { params, sameParams, stream, initial, show, token = SERF as SerfToken<P> } = options;
  const serf: SerfSurface<P> = inject(token);
  const toSerfError = injectToSerfError();
  const zone = inject(NgZone);
  const state = signal<State<S>>({ source: initial, status: 'idle', since: now(), error: undefined });

  let phase: Phase = 'idle';
  /** Whether the connection was lost, and is not there again. */
  let away = false;
  let any = false;
  let subscription = Subscription.EMPTY;

  const tell = (source: S, error?: SerfError) => {
    const status = statusOf(phase, away, any);
    const before = untracked(state);
    const since = status === before.status ? before.since : now();
    state.set({ source, status, since, error });
  };
  const source = () => untracked(state).source;

  const stop = (next: Phase) => {
    subscription.unsubscribe();
    phase = next;
    away = false;
  };
  const fail = (reason: unknown) => {
    stop('failed');
    tell(source(), toSerfError(reason));
  };
  const start = (request: R) => {
    stop('waiting');
    tell(source());
    const current = new Subscription();
    subscription = current;
    let empty = true;
    let over = false;
    const onStatus = ({ state, ...rest }: ConnectionStatus) => {
      if (state === 'closed') fail(new ClosedError('the client is closed'));
      const before = away;
      // Of what is over nothing comes again.
      if (state === 'connected') away = away && over;
      else if (state === 'waiting' || (state === 'idle' && 'error' in rest)) away = true;
      if (away !== before) tell(source());
    };
    current.add(serf.status$.subscribe({ next: onStatus, error: fail }));
    if (current.closed) return;
    current.add(
      defer(() => stream(serf, request)).subscribe({
        next: (value) => {
          empty = false;
          phase = 'fresh';
          any = true;
          tell(value);
        },
        error: fail,
        complete: () => {
          over = true;
          phase = 'fresh';
          any = true;
          tell(empty ? initial : source());
        },
      }),
    );
  };
  const ask = (request: R | undefined) => {
    if (request !== undefined || !params) return zone.runOutsideAngular(() => start(request as R));
    stop('idle');
    tell(source());
  };

  let retry = () => {};
  if (inject(PLATFORM_ID) !== 'server') {
    const request = params && computed(params, sameParams && { equal: sameParams });
    const askAnew = () => {
      try {
        const wanted = request?.();
        untracked(() => ask(wanted));
      } catch (error) {
        untracked(() => fail(error));
      }
    };
    retry = () => phase !== 'idle' && untracked(askAnew);
    inject(DestroyRef).onDestroy(() => {
      retry = () => {};
      stop('idle');
    });
    if (request) effect(askAnew);
    else askAnew();
  }

  return {
    value: computed(() => show(state().source)),
    status: computed(() => state().status),
    since: computed(() => state().since),
    error: computed(() => state().error),
    retry: () => retry(),
  };
}

function statusOf(phase: Phase, away: boolean, any: boolean): LiveStatus {
  if (phase === 'idle') return 'idle';
  if (phase === 'failed') return 'error';
  if (phase === 'fresh' && !away) return 'live';
  return any ? 'stale' : 'loading';
}
