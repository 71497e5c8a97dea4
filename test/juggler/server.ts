import { filter, firstValueFrom, type Observable, ReplaySubject, type Subscription } from 'rxjs';
import {
  type JugglerConnection,
  type JugglerListenOptions,
  type JugglerServerEvent,
  jugglerListen,
} from 'rxserf/juggler';
import { onTestFinished } from 'vitest';

type Event<T extends JugglerServerEvent['type']> = Extract<JugglerServerEvent, { type: T }>;

/** A server of ours, on a port of its own; it ends with the test. */
export interface RunningServer {
  readonly port: number;
  readonly closed$: Observable<void>;
  readonly subscription: Subscription;
  /** All that has happened so far, in order. */
  readonly events: JugglerServerEvent[];
  /** The next event of a type, or the one that there was. */
  next<T extends JugglerServerEvent['type']>(type: T): Promise<Event<T>>;
  /** The next connection. */
  connection(): Promise<JugglerConnection>;
}

export async function running(options: JugglerListenOptions = {}): Promise<RunningServer> {
  const events$ = new ReplaySubject<JugglerServerEvent>();
  const events: JugglerServerEvent[] = [];
  const taken = new Set<JugglerServerEvent>();
  events$.subscribe({ next: (event) => events.push(event), error: () => undefined });
  const subscription = jugglerListen({ port: 0, ...options }).subscribe(events$);
  onTestFinished(() => subscription.unsubscribe());
  const next = async <T extends JugglerServerEvent['type']>(type: T) => {
    const event = await firstValueFrom(
      events$.pipe(filter((each): each is Event<T> => each.type === type && !taken.has(each))),
    );
    taken.add(event);
    return event;
  };
  const { port, closed$ } = await next('listening');
  return {
    port,
    closed$,
    subscription,
    events,
    next,
    connection: async () => (await next('connected')).connection as JugglerConnection,
  };
}
