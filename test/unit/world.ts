import { type Observable, retry, type Subscription } from 'rxjs';
import { type ConnectionStatus, type ConnectOptions, connect, type SerfClient } from 'rxserf';
import { expect } from 'vitest';
import { Agents, BAD_PATTERN, type Welcome } from './agents.ts';

/** Everything a client can be asked, by name; those that have records until they are unsubscribed, or have one answer. */
export const STREAMS = {
  stream: (client: SerfClient) => client.stream('user'),
  'stream with gaps': (client: SerfClient) => client.stream(['query', 'member-join'], { gaps: true }),
  monitor: (client: SerfClient) => client.monitor('info'),
  'another monitor': (client: SerfClient) => client.monitor('debug'),
  membership: (client: SerfClient) => client.membership(),
  'filtered membership': (client: SerfClient) => client.membership({ status: 'alive' }),
  query: (client: SerfClient) => client.query('load'),
  'query for all': (client: SerfClient) => client.query('load', undefined, { completeWhen: 'all' }),
} satisfies Record<string, (client: SerfClient) => Observable<unknown>>;
export const REQUESTS = {
  members: (client: SerfClient) => client.members(),
  stats: (client: SerfClient) => client.stats(),
  coordinate: (client: SerfClient) => client.coordinate('n1'),
  'list-keys': (client: SerfClient) => client.listKeys(),
  join: (client: SerfClient) => client.join('10.0.0.9'),
  'force-leave': (client: SerfClient) => client.forceLeave('n9'),
  respond: (client: SerfClient) => client.respond(1),
  leave: (client: SerfClient) => client.leave(),
  'members by pattern': (client: SerfClient) => client.members({ name: 'n.*' }),
  'members by a bad pattern': (client: SerfClient) => client.members({ name: BAD_PATTERN }),
  'a short one': (client: SerfClient) => client.stats({ timeout: 3 }),
} satisfies Record<string, (client: SerfClient) => Observable<unknown>>;

/** One thing that happens. */
export type Happening =
  | { readonly type: 'subscribe'; readonly what: keyof typeof STREAMS; readonly retries: number }
  | { readonly type: 'ask'; readonly what: keyof typeof REQUESTS; readonly retries: number }
  | { readonly type: 'fire' }
  /** The newest subscription ends another one when it ends itself. */
  | { readonly type: 'bind'; readonly to: number }
  | { readonly type: 'unsubscribe'; readonly which: number }
  | { readonly type: 'welcome'; readonly welcome: Welcome; readonly at?: string }
  | { readonly type: 'answering'; readonly answering: boolean }
  | { readonly type: 'answer'; readonly error: string }
  | { readonly type: 'records' }
  | { readonly type: 'drop'; readonly which: number; readonly error: boolean }
  | { readonly type: 'close' }
  | { readonly type: 'drain' }
  /** It happens as soon as somebody is told such a thing, while he is told it. */
  | { readonly type: 'react'; readonly to: Cue; readonly happening: Happening };

/** What somebody can be told: an event of a subscription, a loss, a state of the connection. */
export const CUES = [
  'next',
  'error',
  'complete',
  'dropped',
  'idle',
  'connecting',
  'connected',
  'waiting',
  'closed',
] as const;
type Cue = (typeof CUES)[number];

/** It happens after a while. */
export interface Moment {
  /** How long after the one before, in ms. */
  readonly after: number;
  readonly happening: Happening;
}

/** Those that have a value for each record. */
const RECORDED = new Set(['stream', 'monitor', 'another monitor']);

/** A subscription, and what came of it. */
interface Watched {
  readonly what: string;
  readonly single: boolean;
  values: number;
  end: 'complete' | 'error' | undefined;
  subscription: Subscription | undefined;
}

/** A client, its agents, and all that was asked of it. */
export class World {
  readonly agents = new Agents();
  readonly client: SerfClient;
  readonly watched: Watched[] = [];
  readonly closings: Promise<void>[] = [];
  status: ConnectionStatus | undefined;
  #reactions: { readonly to: Cue; readonly happening: Happening }[] = [];
  #fired = 0;

  constructor(address: string, options: ConnectOptions & { codec?: never }) {
    const { socket, scheduler } = this.agents;
    this.client = connect(address, { ...options, socket, scheduler });
    this.client.status$.subscribe((status) => {
      this.status = status;
      this.#react(status.state);
    });
    this.client.dropped$.subscribe(() => this.#react('dropped'));
  }

  live(moments: readonly Moment[]): void {
    for (const { after, happening } of moments) {
      if (after > 0) this.agents.run(after);
      this.#happen(happening);
    }
  }

  /** From now on nobody does anything when he is told something. */
  calm(): void {
    this.#reactions = [];
  }

  #react(cue: Cue): void {
    const reaction = this.#reactions.find(({ to }) => to === cue);
    if (!reaction) return;
    this.#reactions = this.#reactions.filter((other) => other !== reaction);
    this.#happen(reaction.happening);
  }

  #happen(happening: Happening): void {
    const { agents, client } = this;
    switch (happening.type) {
      case 'subscribe':
        this.#watch(happening.what, STREAMS[happening.what](client), happening.retries, false);
        break;
      case 'ask':
        this.#watch(happening.what, REQUESTS[happening.what](client), happening.retries, true);
        break;
      case 'fire':
        this.#watch('event', client.event(`e${this.#fired++}`), 0, true);
        break;
      case 'bind': {
        const [from, to] = [this.watched.at(-1), this.watched[happening.to]];
        from?.subscription?.add(() => to?.subscription?.unsubscribe());
        break;
      }
      case 'unsubscribe':
        this.watched[happening.which]?.subscription?.unsubscribe();
        break;
      case 'welcome':
        if (happening.at === undefined) agents.welcome = happening.welcome;
        else agents.welcomes.set(happening.at, happening.welcome);
        break;
      case 'react':
        this.#reactions.push(happening);
        break;
      case 'answering':
        agents.answering = happening.answering;
        break;
      case 'answer':
        for (const connection of agents.open) connection.answer(happening.error);
        break;
      case 'records':
        for (const connection of agents.open) connection.records();
        break;
      case 'drop': {
        const dropped = agents.open[happening.which % agents.open.length];
        dropped?.drop(happening.error ? new Error('ECONNRESET') : undefined);
        break;
      }
      case 'close':
      case 'drain':
        this.closings.push(client[happening.type]());
    }
  }

  #watch(what: string, values$: Observable<unknown>, retries: number, single: boolean): void {
    const watched: Watched = { what, single, values: 0, end: undefined, subscription: undefined };
    this.watched.push(watched);
    watched.subscription = values$.pipe(retry(retries)).subscribe({
      next: () => {
        watched.values++;
        this.#react('next');
      },
      error: () => {
        watched.end = 'error';
        this.#react('error');
      },
      complete: () => {
        watched.end = 'complete';
        this.#react('complete');
      },
    });
  }

  /** Everything that may never happen. */
  expectSane(): void {
    expect(this.agents.mistakes).toEqual([]);
    expect(new Set(this.agents.fired).size, 'events are fired once').toBe(this.agents.fired.length);
    for (const { what, single, values, end } of this.watched) {
      if (!single) continue;
      // One value, and then the end; or somebody has gone, or made another gone, as he was told the value.
      expect({ what, end, one: values === 1, most: values <= 1 }).toEqual({
        what,
        end,
        one: end === 'complete' || (end === undefined && values === 1),
        most: true,
      });
    }
  }

  /** That all connections lead to the main one's agent, whoever has waited has been told, and all streams go on. */
  expectAlive(): void {
    if (this.status?.state === 'connected')
      for (const { address } of this.agents.open) expect(address).toBe(this.status.address);
    const waiting = this.watched.filter(({ subscription }) => !subscription?.closed);
    expect(waiting.filter(({ single }) => single)).toEqual([]);
    const live = waiting.filter(({ what }) => RECORDED.has(what));
    const before = live.map(({ values }) => values);
    for (const connection of this.agents.open) connection.records();
    expect(live.map(({ what, values }, i) => [what, values - (before[i] as number)])).toEqual(
      live.map(({ what }) => [what, 1]),
    );
  }

  /** That nothing is left of a client that was closed. */
  expectClosed(): void {
    this.expectSane();
    expect(this.watched.filter(({ subscription }) => !subscription?.closed)).toEqual([]);
    expect(this.agents.open, 'connections').toEqual([]);
    expect(this.agents.scheduler.actions, 'timers').toEqual([]);
  }
}
