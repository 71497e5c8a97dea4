import { merge, type Observable } from 'rxjs';
import { callbackOf, optionsOf } from '../../arguments.ts';
import type { Codec } from '../../codec.ts';
import type { SerfError } from '../../errors.ts';
import { eventMatcher } from '../../filter.ts';
import type { SerfEvent, StreamGap } from '../../model.ts';
import { MAX_TIME } from '../../options.ts';
import { type Respond, toEvent, toLogLine } from '../../protocol/translate.ts';
import type { LogLevel, RequestOptions, StreamOptions } from '../../serf.ts';
import type { ClientContext } from '../client-context.ts';
import { ReplayFilter } from './replay-filter.ts';
import { StreamRegistry } from './stream-registry.ts';
import type { SubscriberOptions } from './stream-subscriber.ts';

/** As many old lines as an agent gives to a new monitor. */
const OLD_LINES = 512;

type StreamItem = SerfEvent<unknown> | StreamGap;

/** Lines are the same to all who read them. */
const LINES = { reader: undefined };

/** The event streams and monitors of a client. */
export class Streams {
  readonly #context: ClientContext;
  readonly #events: StreamRegistry<Codec<unknown>, StreamItem>;
  readonly #lines: StreamRegistry<undefined, string>;
  readonly #accounting: StreamRegistry<undefined, string>;
  /** Adds that losses are reported, if they are to be. */
  readonly #accountFor: (<T>(events$: Observable<T>) => Observable<T>) | undefined;

  constructor(context: ClientContext) {
    const { deadlines, dropped, options } = context;
    const shared = {
      deadlines,
      scheduler: options.scheduler,
      linger: options.linger,
      onMalformed: (subject: string, error: SerfError) => context.malformed(subject, error),
      onGap: (subject: string, { cause, away }: StreamGap) => dropped.next({ cause, subject, away }),
    };
    const monitor = {
      ...shared,
      command: 'monitor',
      body: (LogLevel: string) => ({ LogLevel }),
      readWith: () => toLogLine,
    } as const;
    this.#context = context;
    this.#events = new StreamRegistry<Codec<unknown>, StreamItem>({
      ...shared,
      command: 'stream',
      body: (Type) => ({ Type }),
      readWith: (codec, session) => {
        const respond: Respond<unknown> = (id, payload) => context.respond(session, id, payload, { codec });
        return (body) => toEvent(body, codec, respond);
      },
      matcher: eventMatcher,
    });
    const replayFilter = () => new ReplayFilter({ most: OLD_LINES, identify: toLogLine });
    this.#lines = new StreamRegistry({ ...monitor, replayFilter, replay: true });
    // A line is counted once, however often the monitor is stopped and started.
    const counted = replayFilter();
    this.#accounting = new StreamRegistry({ ...monitor, replayFilter: () => counted });
    const { connections } = context;
    // What an agent drops before a gateway, the gateway tells.
    if (options.accountForDrops && !connections.single)
      this.#accountFor = options.countDrops?.({
        // However late the agent can be reached: it is for as long as there are streams.
        lines$: this.#accounting.subscribe('warn', LINES, () => connections.lane('drops'), MAX_TIME),
        ours: () => connections.lane('main').localAddress,
        scheduler: options.scheduler,
        report: (count) => dropped.next({ cause: 'agent', count }),
      });
  }

  /** @param filter in its one spelling */
  stream<T>(filter: string, options: StreamOptions<T>): Observable<StreamItem> {
    const context = this.#context;
    const { codec, onGap } = optionsOf('stream', options);
    callbackOf('stream', 'onGap', onGap);
    const subscriberOptions = {
      reader: context.codec(codec as Codec<unknown> | undefined),
      onGap: gapReader(options),
    };
    const timeout = context.timeout('stream', options);
    const events$ = this.#events.subscribe(filter, subscriberOptions, this.#main, timeout);
    return context.instrumented('stream', filter, context.traced(this.#accountFor?.(events$) ?? events$));
  }

  monitor(level: LogLevel, options: RequestOptions): Observable<string> {
    // An agent has one monitor for a connection, so each further level has a connection of its own. (To change the
    // level of one would be to lose the lines between its end and the next one's beginning.)
    const channel = () => this.#context.connections.lane(this.#lines.size === 0 ? 'main' : level);
    const lines$ = this.#lines.subscribe(level, LINES, channel, this.#context.timeout('monitor', options));
    return this.#context.instrumented('monitor', level, this.#context.traced(lines$));
  }

  /** Completes all subscribers at once, and completes when the agent has been told to stop, in quiet moments. */
  close(): Observable<never> {
    return merge(this.#events.close(), this.#lines.close(), this.#accounting.close());
  }

  readonly #main = () => this.#context.connections.lane('main');
}

/** Told of gaps, if anybody wants to be. */
function gapReader<T>({ gaps, onGap }: StreamOptions<T>): SubscriberOptions<unknown, StreamItem>['onGap'] {
  if (!gaps && !onGap) return undefined;
  return (gap, subscriber) => {
    onGap?.(gap);
    if (gaps) subscriber.next(gap);
  };
}
