import { filter, map, merge, type Observable, scan, startWith } from 'rxjs';
import type { ConnectionStatus, Member, SerfEvent, StreamGap } from '../../model.ts';
import type { MembersFilter } from '../../serf.ts';
import type { Client } from '../connection.ts';
import { describeDrop, describeEvent, seconds } from '../output/describe.ts';
import { type Line, span } from '../output/line.ts';
import { reasonOf } from '../output/reason.ts';

/** What is known of a cluster, and how it came about. */
export interface Facts {
  readonly status: ConnectionStatus;
  /** While there is no connection, and there was to be one. */
  readonly outage: Outage | undefined;
  /** Undefined until the agent has named them; as they were before the outage, while there is one. */
  readonly members: ReadonlyMap<string, Member> | undefined;
  /** The last things that happened, the newest at the end. */
  readonly feed: readonly Entry[];
  /** How many events there were in all. */
  readonly events: number;
}

/** No connection: all attempts to have one are one outage. */
export interface Outage {
  readonly since: number;
  readonly address: string;
  readonly reason: string;
  /** The one that has failed last, or is under way. */
  readonly attempt: number;
  /** When the next one is due; undefined: it is under way. */
  readonly retryAt: number | undefined;
}

/** A line of the feed. That of an outage changes while it lasts. */
export interface Entry {
  readonly time: number;
  readonly line: Line;
  /** The members that it is about. */
  readonly names: readonly string[];
  /** Whether it has changed their status. */
  readonly turn?: boolean;
  readonly outage?: true;
}

/** What `watch` was asked to show. */
export interface Wanted {
  readonly members: MembersFilter;
  /** Which events. */
  readonly filter: string;
}

/** The parts of a client that are looked at. */
export type Watched = Pick<Client, 'status$' | 'dropped$' | 'membership' | 'stream'>;

/** How many entries of the feed are kept. */
export const FEED_LENGTH = 1_000;

export const NOTHING_YET: Facts = {
  status: { state: 'idle' },
  outage: undefined,
  members: undefined,
  feed: [],
  events: 0,
};

/** The facts at once, and anew with each thing that happens; `now` is the date, in ms. */
export function factsOf(client: Watched, wanted: Wanted, now: () => number): Observable<Facts> {
  const changes$: Observable<(facts: Facts) => Facts> = merge(
    client.status$.pipe(map((status) => (facts: Facts) => withStatus(facts, status, now()))),
    client.dropped$.pipe(
      map(describeDrop),
      filter((line) => line !== undefined),
      map((line) => (facts: Facts) => withEntry(facts, { time: now(), line, names: [] })),
    ),
    client.membership(wanted.members).pipe(map((members) => (facts: Facts) => ({ ...facts, members }))),
    client
      .stream(wanted.filter, { gaps: true })
      .pipe(map((event) => (facts: Facts) => withEvent(facts, event, now()))),
  );
  return changes$.pipe(
    scan((facts, change) => change(facts), NOTHING_YET),
    startWith(NOTHING_YET),
  );
}

/** Attempts are steps of one outage, and it is one entry, to its end. */
export function withStatus(facts: Facts, status: ConnectionStatus, time: number): Facts {
  const { outage } = facts;
  switch (status.state) {
    case 'waiting': {
      const { address, attempt, retryAt, error } = status;
      const since = outage?.since ?? heardUntil(facts.status) ?? time;
      return told({ ...facts, status }, { since, address, attempt, retryAt, reason: reasonOf(error) });
    }
    case 'connecting':
      if (!outage) return { ...facts, status };
      return told({ ...facts, status }, { ...outage, attempt: status.attempt, retryAt: undefined });
    case 'connected': {
      if (facts.status.state === 'connected') return answering({ ...facts, status }, facts.status, time);
      const entry = { time, names: [], line: connectedLine(status.address, outage, time) };
      const feed = outage ? facts.feed.filter(({ outage: its }) => !its) : facts.feed;
      return withEntry({ ...facts, status, outage: undefined, feed }, entry);
    }
    default:
      return { ...facts, status };
  }
}

/** The connection stands. That its agent was silent is told when it has answered: until then, the first line has it. */
function answering(facts: Facts, { address, silentSince }: Connected, time: number): Facts {
  if (silentSince === undefined) return facts;
  const line = [
    span('no answer'.padEnd(13), 'yellow'),
    span(`  from ${address} for ${seconds(time - silentSince)}`),
  ];
  return withEntry(facts, { time, line, names: [] });
}

/** Since when an agent that is silent is so. */
function heardUntil(status: ConnectionStatus): number | undefined {
  return status.state === 'connected' ? status.silentSince : undefined;
}

type Connected = Extract<ConnectionStatus, { state: 'connected' }>;

function told(facts: Facts, outage: Outage): Facts {
  const line = [span('no connection', 'red'), span(`  ${outage.address}: ${outage.reason}`)];
  const entry: Entry = { time: outage.since, line, names: [], outage: true };
  if (!facts.outage) return withEntry({ ...facts, outage }, entry);
  return { ...facts, outage, feed: facts.feed.map((each) => (each.outage ? entry : each)) };
}

function connectedLine(address: string, outage: Outage | undefined, time: number): Line {
  const how = outage ? `  after ${seconds(time - outage.since)} without a connection (${outage.reason})` : '';
  return [span(`connected to ${address}`, 'green'), span(how)];
}

function withEvent(facts: Facts, event: SerfEvent<string | undefined> | StreamGap, time: number): Facts {
  const names = 'members' in event ? event.members.map(({ name }) => name) : [];
  const entry = { time, line: describeEvent(event), names, turn: event.event !== 'member-update' };
  return { ...withEntry(facts, entry), events: facts.events + (event.event === 'gap' ? 0 : 1) };
}

function withEntry(facts: Facts, entry: Entry): Facts {
  return { ...facts, feed: [...facts.feed.slice(1 - FEED_LENGTH), entry] };
}
