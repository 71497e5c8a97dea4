import { filter, type MonoTypeOperatorFunction, pipe, take } from 'rxjs';
import type { ConnectionStatus } from '../model.ts';

/** Of the states of a connection, that it is there; once. What only listens is live from then on, whether it hears anything or not. */
export function whenConnected(): MonoTypeOperatorFunction<ConnectionStatus> {
  return pipe(
    filter(({ state }) => state === 'connected'),
    take(1),
  );
}
