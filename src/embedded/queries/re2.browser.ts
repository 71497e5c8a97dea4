import { catchError, defer, map, type Observable, of, tap } from 'rxjs';
import { AgentError } from '../../errors.ts';
import type { Re2 } from './re2.ts';

let loaded: Re2 | undefined;

/**
 * The engine, loaded with the first pattern: it is 150 kB, most of what an embedded cluster takes in a page. Errors with an
 * `AgentError` when it cannot be loaded, and loads it anew the next time.
 */
export const re2$: Observable<Re2> = defer(() =>
  loaded
    ? of(loaded)
    : defer(() => import('re2js')).pipe(
        map(({ RE2JS }) => RE2JS),
        tap((engine) => {
          loaded = engine;
        }),
        catchError((cause) => {
          throw new AgentError('agent-error', 'the engine for patterns, re2js, could not be loaded', {
            cause,
          });
        }),
      ),
);
