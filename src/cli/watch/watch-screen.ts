import { auditTime, combineLatest, finalize, map, type Observable, startWith, tap, timer } from 'rxjs';
import type { Client } from '../connection.ts';
import { paint } from '../output/line.ts';
import { hasColours, print } from '../output/output.ts';
import { onScreen, size$ } from '../output/terminal.ts';
import { layout, summary } from './watch-layout.ts';
import { type View, viewOf, type Wanted } from './watch-view.ts';

/** At most so often is the picture drawn anew, in ms; the seconds of a countdown are drawn, too. */
const REDRAW = 100;
const TICK = 1_000;

/** The live view on a terminal; leaves a summary behind. */
export function watchOnScreen(
  client: Client,
  wanted: Wanted,
  about: readonly string[],
  footer$: Observable<string>,
): Observable<never> {
  let last: View | undefined;
  const frames$ = combineLatest([
    viewOf(client, wanted).pipe(auditTime(REDRAW)),
    size$,
    footer$.pipe(startWith('')),
    timer(0, TICK),
  ]).pipe(
    tap(([view]) => {
      last = view;
    }),
    map(([view, size, footer]) =>
      layout(view, size, { about, footer }, Date.now()).map((line) =>
        paint(line, hasColours(), size.columns),
      ),
    ),
  );
  return onScreen(frames$).pipe(finalize(() => last?.members && print(summary(last))));
}
