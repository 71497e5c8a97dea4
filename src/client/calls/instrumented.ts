import { Observable, type SchedulerLike } from 'rxjs';
import { SerfError } from '../../errors.ts';
import type { Instrument, InstrumentedRequest, RequestEnd, RequestHooks } from '../../instrument.ts';
import type { ConnectionStatus, DropReport } from '../../model.ts';
import { COMMANDS } from '../../protocol/commands.ts';

/** Calls the hooks of an application, whatever they throw. There is none of it where there are no hooks. */
export class Instrumentation {
  readonly #instrument: Instrument;
  readonly #scheduler: SchedulerLike;
  /** Where the main connection is, while it stands. */
  #address: string | undefined;

  constructor(
    instrument: Instrument,
    scheduler: SchedulerLike,
    status$: Observable<ConnectionStatus>,
    dropped$: Observable<DropReport>,
  ) {
    this.#instrument = instrument;
    this.#scheduler = scheduler;
    status$.subscribe((status) => {
      this.#address = status.state === 'connected' ? status.address : undefined;
      quietly(() => instrument.connection?.(status));
    });
    dropped$.subscribe((report) => quietly(() => instrument.dropped?.(report)));
  }

  /** The same Observable; each subscription is told of. */
  request<T>(
    command: InstrumentedRequest['command'],
    subject: string | undefined,
    source$: Observable<T>,
  ): Observable<T> {
    const isAnsweredOnce = COMMANDS[command].records === 'none';
    return new Observable((subscriber) => {
      const start = this.#scheduler.now();
      const where = (error?: SerfError) => definedOf({ address: error?.address ?? this.#address });
      let hooks: RequestHooks | undefined;
      quietly(() => {
        hooks = this.#instrument.request?.({ command, ...definedOf({ subject }), ...where() });
      });
      const end = (outcome: RequestEnd['outcome'], thrown?: unknown) => {
        const ended = hooks;
        hooks = undefined;
        const duration = this.#scheduler.now() - start;
        const error = thrown instanceof SerfError ? thrown : undefined;
        quietly(() => ended?.end?.({ outcome, duration, ...definedOf({ error }), ...where(error) }));
      };
      subscriber.add(() => end('unsubscribed'));
      return source$.subscribe({
        next(value) {
          quietly(() => hooks?.record?.(value));
          // Whoever takes one value unsubscribes at it.
          if (isAnsweredOnce) end('done');
          subscriber.next(value);
        },
        error(error) {
          end('failed', error);
          subscriber.error(error);
        },
        complete() {
          end('done');
          subscriber.complete();
        },
      });
    });
  }
}

/** The field, if it is there: one that is `undefined` is another thing than none. */
function definedOf<K extends string, T>(field: { [P in K]: T | undefined }): { [P in K]?: T } {
  return Object.values(field)[0] === undefined ? {} : (field as { [P in K]: T });
}

/** Hooks look on: what goes wrong with them is not the client's affair. */
function quietly(hook: () => void): void {
  try {
    hook();
  } catch {}
}
