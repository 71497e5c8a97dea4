import {
  catchError,
  defer,
  EMPTY,
  finalize,
  ignoreElements,
  merge,
  type Observable,
  Subject,
  share,
  takeUntil,
  tap,
} from 'rxjs';
import type { Codec } from '../codec.ts';
import type { SerfError } from '../errors.ts';
import type { SerfEvent, StreamGap } from '../model.ts';
import { toEvent, toLogLine } from '../protocol/translate.ts';
import type { LogLevel, RequestOptions, StreamOptions } from '../serf.ts';
import { agentDrops } from './agent-drops.ts';
import type { Purpose } from './connections.ts';
import type { ClientContext } from './context.ts';
import type { Listener, SharedCommand } from './shared-call.ts';
import { type NewCall, SharedCalls } from './shared-calls.ts';

/** As many old lines as an agent gives to a new monitor. */
const OLD_LINES = 512;

type StreamItem = SerfEvent<unknown> | StreamGap;

/** The event streams and monitors of a client. */
export class Streams {
  readonly #context: ClientContext;
  readonly #events = new SharedCalls<Codec<unknown>, StreamItem>('stream');
  readonly #lines = new SharedCalls<undefined, string>('monitor');
  readonly #accounting = new SharedCalls<undefined, string>('monitor');

  constructor(context: ClientContext) {
    this.#context = context;
  }

  /** @param filter in its one spelling */
  stream<T>(filter: string, options: StreamOptions<T>): Observable<StreamItem> {
    const context = this.#context;
    const shared = this.#shared('stream', filter, options);
    const { gaps, onGap } = options;
    const listener: Omit<Listener<Codec<unknown>, StreamItem>, 'subscriber'> = {
      reader: context.codec(options.codec as Codec<unknown> | undefined),
      onGap: (gap, subscriber) => {
        onGap?.(gap);
        if (gaps) subscriber.next(gap);
      },
    };
    const events$ = this.#events.subscribe(filter, listener, () => ({
      ...shared,
      body: { Type: filter },
      caller: context.connections.lane('main'),
      read: (body, codec, session) =>
        toEvent(body, codec, (id, payload) => context.respond(session, id, payload, { codec })),
    }));
    return context.options.accountForDrops ? this.#accountFor(events$) : events$;
  }

  monitor(level: LogLevel, options: RequestOptions): Observable<string> {
    this.#context.timeout('monitor', options);
    return this.#lines.subscribe(level, { reader: undefined }, () =>
      // An agent has one monitor for a connection, so each further level has a connection of its own. (To change the
      // level of one would be to lose the lines between its end and the next one's beginning.)
      this.#monitor(level, this.#lines.size === 0 ? 'main' : level, options),
    );
  }

  /** Completes all subscribers at once, and completes when the agent has been told to stop, in quiet moments. */
  close(): Observable<never> {
    return merge(this.#events.close(), this.#lines.close(), this.#accounting.close());
  }

  /** For as long as there are streams: reports what the agent drops. Emits nothing itself. */
  readonly #agentDrops$: Observable<never> = defer(() => {
    const { connections, dropped, options } = this.#context;
    const main = connections.lane('main');
    const lines$ = this.#accounting.subscribe('warn', { reader: undefined }, () =>
      this.#monitor('warn', 'drops', {}),
    );
    return agentDrops(lines$, () => main.localAddress, options.scheduler).pipe(
      tap((count) => dropped.next({ cause: 'agent', count })),
      ignoreElements(),
      // Counting losses is not worth a stream.
      catchError(() => EMPTY),
    );
  }).pipe(share());

  #accountFor<T>(events$: Observable<T>): Observable<T> {
    return defer(() => {
      const over = new Subject<void>();
      return merge(events$.pipe(finalize(() => over.next())), this.#agentDrops$.pipe(takeUntil(over)));
    });
  }

  #monitor(level: LogLevel, purpose: Purpose, options: RequestOptions): NewCall<undefined, string> {
    return {
      ...this.#shared('monitor', level, options),
      body: { LogLevel: level },
      caller: this.#context.connections.lane(purpose),
      repeats: { most: OLD_LINES, identify: toLogLine },
      read: toLogLine,
    };
  }

  /** What all shared calls have. */
  #shared(command: SharedCommand, subject: string, options: RequestOptions) {
    const { deadlines, dropped, options: defaults } = this.#context;
    return {
      deadlines,
      scheduler: defaults.scheduler,
      linger: defaults.linger,
      timeout: this.#context.timeout(command, options),
      onMalformed: (error: SerfError) => this.#context.malformed(subject, error),
      onGap: ({ cause, away }: StreamGap) => dropped.next({ cause, subject, away }),
    };
  }
}
