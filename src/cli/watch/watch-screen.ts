import {
  auditTime,
  concatMap,
  distinctUntilChanged,
  EMPTY,
  finalize,
  from,
  map,
  merge,
  Observable,
  Subject,
  switchMap,
  takeWhile,
  tap,
  timer,
} from 'rxjs';
import type { Client } from '../connection.ts';
import { paint } from '../output/line.ts';
import { hasColours, print } from '../output/output.ts';
import { onScreen, type Size, size$ } from '../output/terminal.ts';
import { factsOf, type Wanted, type Watched } from './facts.ts';
import { inquire } from './inquiry.ts';
import { keysOf } from './keyboard.ts';
import { layout, summary } from './layout.ts';
import { press } from './press.ts';
import { BEGINNING, type ScreenState } from './screen-state.ts';

/** At most so often is the picture drawn anew, in ms; the seconds of a countdown are drawn, too. */
const REDRAW = 100;
const TICK = 1_000;

/** What a view is made of, besides its client. */
export interface Surroundings {
  readonly wanted: Wanted;
  /** What there is to say above it. */
  readonly about: readonly string[];
  /** And below, the newest last. */
  readonly footer$: Observable<string>;
  readonly size$: Observable<Size>;
  /** What is typed. */
  readonly typed$: Observable<string>;
  /** The date, in ms. */
  readonly now: () => number;
}

/** The live view on a terminal; leaves a summary behind. */
export function watchOnScreen(
  client: Client,
  wanted: Wanted,
  about: readonly string[],
  footer$: Observable<string>,
): Observable<never> {
  let last = BEGINNING;
  const typed$ = new Subject<string>();
  const now = Date.now;
  const states$ = statesOf(client, { wanted, about, footer$, size$, typed$, now }).pipe(
    tap((state) => {
      last = state;
    }),
  );
  const frames$ = framesOf(states$, now).pipe(
    map(({ state, at }) => layout(state, at).map((line) => paint(line, hasColours(), state.size.columns))),
  );
  return onScreen(frames$, typed$).pipe(finalize(() => last.facts.members && print(summary(last.facts))));
}

/** The state of the view at once, and after each thing that happens or is typed; and what has come of it. */
export function statesOf(
  client: Watched & Pick<Client, 'query'>,
  around: Surroundings,
): Observable<ScreenState> {
  const { wanted, about, footer$, size$, typed$, now } = around;
  type Change = (state: ScreenState) => ScreenState;
  const question$ = new Subject<ScreenState['question']>();
  const changes$: Observable<Change> = merge(
    size$.pipe(
      map(
        (size): Change =>
          (state) => ({ ...state, size }),
      ),
    ),
    typed$.pipe(
      concatMap((typed) => from(keysOf(typed))),
      map(
        (key): Change =>
          (state) =>
            press(state, key, now()),
      ),
    ),
    footer$.pipe(
      map(
        (footer): Change =>
          (state) => ({ ...state, footer }),
      ),
    ),
    question$.pipe(
      distinctUntilChanged(),
      switchMap((question) => (question ? inquire(client, question, now) : EMPTY)),
      map(
        (inquiry): Change =>
          (state) => ({ ...state, inquiry }),
      ),
    ),
    factsOf(client, wanted, now).pipe(
      map(
        (facts): Change =>
          (state) => ({ ...state, facts }),
      ),
    ),
  );
  return new Observable((subscriber) => {
    let state: ScreenState = { ...BEGINNING, about };
    subscriber.next(state);
    return changes$.subscribe({
      next: (change) => {
        state = change(state);
        subscriber.next(state);
        // Behind the state that asks: what comes of it may come at once.
        question$.next(state.question);
      },
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
  });
}

/** The states that are drawn, and when: not each of many, and anew each second, while something is counted down. */
export function framesOf(
  states$: Observable<ScreenState>,
  now: () => number,
): Observable<{ readonly state: ScreenState; readonly at: number }> {
  return states$.pipe(
    auditTime(REDRAW),
    switchMap((state) => timer(0, TICK).pipe(map(() => ({ state, at: now() })))),
    takeWhile(({ state }) => !state.ended),
  );
}
