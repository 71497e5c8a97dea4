import type { Observable } from 'rxjs';

/** What an Observable gives at once. */
export function observed(values$: Observable<unknown>): unknown[] {
  const seen: unknown[] = [];
  values$.subscribe({
    next: (value: unknown) => seen.push(value),
    error: (error: unknown) => seen.push(error),
    complete: () => seen.push('|'),
  });
  return seen;
}
