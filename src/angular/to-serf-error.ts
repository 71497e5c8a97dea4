import { ErrorHandler, Injector, inject } from '@angular/core';
import { SerfError } from '../errors.ts';

/**
 * For an injection context: what makes a `SerfError` of anything that was thrown. What is none is a mistake in a function of
 * the application: Angular's `ErrorHandler` hears of it, too, as nobody may look at a signal.
 */
export function injectToSerfError(): (reason: unknown) => SerfError {
  // Not before it is needed: an ErrorHandler may itself depend on a cluster.
  const injector = inject(Injector);
  return (reason) => {
    if (reason instanceof SerfError) return reason;
    injector.get(ErrorHandler).handleError(reason);
    const message = reason instanceof Error ? reason.message : String(reason);
    return new SerfError('unexpected', message, { cause: reason });
  };
}
