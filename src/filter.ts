import { InvalidArgumentError } from './errors.ts';
import type { MemberEvent, MemberEventType, QueryEvent, SerfEvent, UserEvent } from './model.ts';

/** One event filter: all, all of a kind, or user events or queries of one name. */
export type EventFilter = '*' | 'user' | 'query' | MemberEventType | `user:${string}` | `query:${string}`;

/** The filters in a comma list or an array, as a union. */
type FiltersIn<F> = F extends readonly (infer T)[]
  ? T
  : F extends `${infer A},${infer B}`
    ? A | FiltersIn<B>
    : F;

type EventOf<T, P, S> = string extends T
  ? SerfEvent<P, S>
  : T extends '*'
    ? SerfEvent<P, S>
    : T extends 'user' | `user:${string}`
      ? UserEvent<P>
      : T extends 'query' | `query:${string}`
        ? QueryEvent<P, S>
        : T extends MemberEventType
          ? MemberEvent<T>
          : never;

/**
 * What a stream with the filter `F` emits: `'user:deploy'` gives {@link UserEvent}s, a comma list or an array gives a
 * union, a plain `string` gives any {@link SerfEvent}.
 */
export type EventsOf<F, P = Uint8Array, S = P> = EventOf<FiltersIn<F>, P, S>;

type Impossible<T> = string extends T
  ? never
  : T extends 'user:' | 'query:'
    ? T
    : T extends EventFilter
      ? never
      : T;

/** `F` itself when it can match, else an object type that names the part that cannot: no filter is one. */
export type CheckedFilter<F> = [FiltersIn<F>] extends [never]
  ? { readonly notAnEventFilter: 'an empty list' }
  : [Impossible<FiltersIn<F>>] extends [never]
    ? F
    : { readonly notAnEventFilter: Impossible<FiltersIn<F>> };

/** What a filter begins with. */
export const KINDS: ReadonlySet<string> = new Set<EventFilter>([
  '*',
  'member-failed',
  'member-join',
  'member-leave',
  'member-reap',
  'member-update',
  'query',
  'user',
]);

/**
 * The one spelling of a filter: parts without doubles, sorted, without what another part covers. Two filters that
 * match the same events thus share one upstream stream.
 *
 * @throws {@link InvalidArgumentError} (`invalid-filter`) when a part can never match
 */
export function normalizeFilter(filter: string | readonly string[]): string {
  if (typeof filter !== 'string' && !Array.isArray(filter))
    throw impossible(typeof filter, 'filters are texts');
  const parts = new Set<string>(typeof filter === 'string' ? filter.split(',') : filter);
  if (parts.size === 0) throw impossible('an empty list', "use '*' for everything");
  for (const part of parts) check(part);
  if (parts.has('*')) return '*';
  return [...parts]
    .filter((part) => !parts.has(part.slice(0, part.indexOf(':'))))
    .sort()
    .join(',');
}

/** An event, as far as a filter looks at it. */
interface Filtered {
  readonly event: string;
  /** Of user events and queries. */
  readonly name?: string;
}

/** Whether an event is one that a filter (in its one spelling) asks for. Called for each event: the usual filters are compared. */
export function eventMatcher(filter: string): (event: Filtered) => boolean {
  if (filter === '*') return () => true;
  if (filter.includes(',')) {
    const kinds = new Set<string>();
    // By kind: to join the two for each event would take as long as to read it.
    const names = new Map<string, Set<string>>();
    for (const [kind, name] of filter.split(',').map(split)) {
      if (name === undefined) kinds.add(kind);
      else names.set(kind, (names.get(kind) ?? new Set()).add(name));
    }
    return ({ event, name }) =>
      kinds.has(event) || (name !== undefined && names.get(event)?.has(name) === true);
  }
  const [kind, name] = split(filter);
  return name === undefined
    ? ({ event }) => event === kind
    : (event) => event.event === kind && event.name === name;
}

function check(part: unknown): void {
  if (typeof part !== 'string') throw impossible(typeof part, 'filters are texts');
  const [kind = '', name] = split(part);
  const shown = JSON.stringify(part);
  if (part.includes(','))
    throw impossible(shown, 'the agent splits filters at commas: give each its own array item');
  if (!KINDS.has(kind) || (name !== undefined && kind !== 'user' && kind !== 'query')) {
    throw impossible(shown, `use one of ${[...KINDS].join(', ')}, user:NAME, query:NAME, without spaces`);
  }
  if (name === '') throw impossible(shown, `use '${kind}' for every name`);
}

function split(part: string): [kind: string, name?: string] {
  const colon = part.indexOf(':');
  return colon < 0 ? [part] : [part.slice(0, colon), part.slice(colon + 1)];
}

function impossible(what: string, hint: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-filter', `not an event filter: ${what} (${hint})`, {
    command: 'stream',
  });
}
