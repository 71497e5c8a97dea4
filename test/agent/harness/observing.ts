import { firstValueFrom, type Observable, ReplaySubject } from 'rxjs';
import { type Serf, SerfError, type SerfErrorCode } from 'rxserf';
import { onTestFinished } from 'vitest';

/** Subscribes now and remembers everything until the test ends, to be waited for later. */
export function replayed<T>(source$: Observable<T>): Observable<T> {
  const values = new ReplaySubject<T>();
  const subscription = source$.subscribe(values);
  onTestFinished(() => subscription.unsubscribe());
  return values.asObservable();
}

/** How `source$` ends: the code of its error, or `complete`; rejects when it fails with something else. */
export async function endOf(source$: Observable<unknown>): Promise<SerfErrorCode | 'complete'> {
  const error = await outcomeOf(source$);
  return error?.code ?? 'complete';
}

/** The error that ends `source$`; rejects when it completes without one, or fails with something else. */
export async function failureOf(source$: Observable<unknown>): Promise<SerfError> {
  const error = await outcomeOf(source$);
  if (!error) throw new Error('completed instead of failing');
  return error;
}

function outcomeOf(source$: Observable<unknown>): Promise<SerfError | undefined> {
  return new Promise((resolve, reject) => {
    source$.subscribe({
      error: (error) => (error instanceof SerfError ? resolve(error) : reject(error)),
      complete: () => resolve(undefined),
    });
  });
}

/** Resolves when the agent has handled everything that was asked of it on the main connection before. */
export async function settled(serf: Pick<Serf<unknown>, 'stats'>): Promise<void> {
  await firstValueFrom(serf.stats());
}

/** `client`, which is closed when the test ends. */
export function closing<C extends AsyncDisposable>(client: C): C {
  onTestFinished(async () => {
    await client[Symbol.asyncDispose]();
  });
  return client;
}
