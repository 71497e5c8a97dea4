import { defer, type MonoTypeOperatorFunction, tap } from 'rxjs';

/** Tells that a query was taken: at its first reply or its end, as the test's answer has nothing else that says so. */
export function whenAccepted<T>(onAccepted: (() => void) | undefined): MonoTypeOperatorFunction<T> {
  return (replies$) =>
    defer(() => {
      let waiting = onAccepted;
      const tell = () => {
        const told = waiting;
        waiting = undefined;
        told?.();
      };
      return replies$.pipe(tap({ next: tell, complete: tell }));
    });
}
