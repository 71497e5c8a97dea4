import { computed, effect, untracked } from '@angular/core';
import { defer, Subscription } from 'rxjs';
import { dateBy, monotonicScheduler } from '../clock.ts';
import { ClosedError, type SerfError } from '../errors.ts';
import { injectCluster, stateOf } from './cluster-context.ts';
import type { Live, LiveOptions, LiveStatus } from './live-value.ts';

/** Options of {@link follow}. */
export interface FollowOptions<S, T, R, P> extends Omit<LiveOptions<S, R, P>, 'injector'> {
  /** Makes the value of what came, when it is read. */
  readonly show: (state: S) => T;
}

/** What is known of the present subscription. */
type Phase = 'idle' | 'waiting' | 'fresh' | 'failed';

interface Followed<S> {
  readonly source: S;
  readonly status: LiveStatus;
  readonly since: number;
  readonly error: SerfError | undefined;
}

const date = () => dateBy(monotonicScheduler);

/**
 * A stream as a {@link Live}, in an injection context. An emission costs one object and one write: values are made of it
 * when they are read, so a burst costs no more than its last value.
 */
export function follow<S, T, R, P>(options: FollowOptions<S, T, R, P>): Live<T> {
  const { params, sameParams, stream, initial, show, token } = options;
  const { serf, life, outside, toSerfError } = injectCluster(token);
  const state = stateOf<Followed<S>>({ source: initial, status: 'idle', since: date(), error: undefined });

  let phase: Phase = 'idle';
  /** Whether the connection was lost, and is not there again. */
  let away = false;
  let any = false;
  let subscription = Subscription.EMPTY;

  const tell = (part: { readonly source?: S; readonly error?: SerfError } = {}) => {
    const before = state.now();
    const status = statusOf(phase, away, any);
    state.change({
      error: undefined,
      ...part,
      status,
      since: status === before.status ? before.since : date(),
    });
  };
  const enter = (next: Phase, error?: SerfError) => {
    subscription.unsubscribe();
    phase = next;
    away = false;
    tell(error && { error });
  };
  const fail = (reason: unknown) => enter('failed', toSerfError(reason));
  const start = (request: R) => {
    enter('waiting');
    const current = new Subscription();
    subscription = current;
    let empty = true;
    let over = false;
    current.add(
      serf.status$.subscribe((status) => {
        const { state } = status;
        const before = away;
        if (state === 'closed') fail(new ClosedError('the client is closed'));
        // Of what is over nothing comes again.
        else if (state === 'connected') away &&= over;
        else if (state === 'waiting' || (state === 'idle' && status.error)) away = true;
        if (away !== before) tell();
      }),
    );
    if (current.closed) return;
    const fresh = (part: { readonly source?: S }) => {
      empty = false;
      phase = 'fresh';
      any = true;
      tell(part);
    };
    current.add(
      defer(() => stream(serf, request)).subscribe({
        next: (source) => fresh({ source }),
        error: fail,
        complete: () => {
          over = true;
          fresh(empty ? { source: initial } : {});
        },
      }),
    );
  };
  const request = params && computed(params, sameParams && { equal: sameParams });
  const ask = () => {
    try {
      const wanted = request?.();
      untracked(() => {
        if (params && wanted === undefined) enter('idle');
        else outside(() => start(wanted as R));
      });
    } catch (error) {
      untracked(() => fail(error));
    }
  };
  if (!life.closed) {
    life.add(() => subscription.unsubscribe());
    if (request) effect(ask);
    else ask();
  }

  return {
    value: computed(() => show(state().source)),
    status: state.get('status'),
    since: state.get('since'),
    error: state.get('error'),
    retry: () => {
      if (!life.closed && phase !== 'idle') untracked(ask);
    },
  };
}

function statusOf(phase: Phase, away: boolean, any: boolean): LiveStatus {
  if (phase === 'idle') return 'idle';
  if (phase === 'failed') return 'error';
  if (phase === 'fresh' && !away) return 'live';
  return any ? 'stale' : 'loading';
}
