import type { Member } from 'rxserf';

/** What somebody asks of members: a tag's exact value, or a name. */
export type QueryFilter =
  | { readonly kind: 'tag'; readonly key: string; readonly value: string }
  | { readonly kind: 'node'; readonly value: string };

/** `key=value` is a tag, unless somebody is called so; anything else a name. Nothing is no filter. */
export function parseFilter(text: string, names: ReadonlySet<string>): QueryFilter | undefined {
  const trimmed = text.trim();
  const equals = trimmed.indexOf('=');
  if (trimmed === '') return undefined;
  if (equals <= 0 || names.has(trimmed)) return { kind: 'node', value: trimmed };
  return { kind: 'tag', key: trimmed.slice(0, equals), value: trimmed.slice(equals + 1) };
}

export function filterText(filter: QueryFilter): string {
  return filter.kind === 'node' ? filter.value : `${filter.key}=${filter.value}`;
}

/** Whether a member is asked. Values of one tag are alternatives, and so are names; who is not alive does not hear a query. */
export function isAsked(filters: readonly QueryFilter[], { name, status, tags }: Member): boolean {
  if (status !== 'alive') return false;
  const holds = new Map<string, boolean>();
  for (const filter of filters) {
    const what = filter.kind === 'node' ? 'node' : `tag ${filter.key}`;
    const fits = filter.kind === 'node' ? name === filter.value : tags[filter.key] === filter.value;
    holds.set(what, holds.get(what) === true || fits);
  }
  return [...holds.values()].every(Boolean);
}

/** The same, as a query takes it: Serf's patterns (RE2) match somewhere in a value, so they are held at both ends. */
export function filterOptions(filters: readonly QueryFilter[]): {
  readonly filterNodes?: readonly string[];
  readonly filterTags?: Readonly<Record<string, string>>;
} {
  const nodes = filters.flatMap((each) => (each.kind === 'node' ? [each.value] : []));
  const values = new Map<string, string[]>();
  for (const each of filters)
    if (each.kind === 'tag') values.set(each.key, [...(values.get(each.key) ?? []), literal(each.value)]);
  const tags = [...values].map(([key, some]) => [
    key,
    some.length === 1 ? `^${some[0]}$` : `^(?:${some.join('|')})$`,
  ]);
  return {
    ...(nodes.length > 0 && { filterNodes: nodes }),
    ...(tags.length > 0 && { filterTags: Object.fromEntries(tags) }),
  };
}

/** A query as it is written in a form. */
export interface QueryForm {
  readonly name: string;
  readonly payload: string;
  readonly filters: readonly QueryFilter[];
  /** In seconds. */
  readonly timeout: number;
  readonly relayFactor: number;
  readonly acks: boolean;
}

/** What a gateway takes at most. */
export const LONGEST_TIMEOUT = 60;
export const MOST_RELAYS = 3;

/** Why it cannot be asked as it stands. */
export function wrongWith(
  { name, timeout, relayFactor }: QueryForm,
  allowed: (name: string) => boolean,
): string | undefined {
  if (name === '') return 'A query has a name.';
  if (!allowed(name)) return 'Your role may not ask this query.';
  if (!(timeout > 0 && timeout <= LONGEST_TIMEOUT))
    return `The timeout is more than 0 and at most ${LONGEST_TIMEOUT} s.`;
  if (!(Number.isInteger(relayFactor) && relayFactor >= 0 && relayFactor <= MOST_RELAYS))
    return `The relay factor is 0 to ${MOST_RELAYS}.`;
  return undefined;
}

/** The words of the command that asks the same in a terminal. */
export function queryWords({ name, payload, filters, timeout, relayFactor, acks }: QueryForm): string[] {
  const { filterNodes = [], filterTags = {} } = filterOptions(filters);
  return [
    'rxserf',
    'query',
    ...(timeout > 0 ? [`--timeout=${timeout}s`] : []),
    ...(acks ? [] : ['--no-ack']),
    ...(relayFactor > 0 ? [`--relay-factor=${relayFactor}`] : []),
    ...filterNodes.map((node) => `--node=${node}`),
    ...Object.entries(filterTags).map(([key, value]) => `--tag=${key}=${value}`),
    '--',
    name,
    ...(payload ? [payload] : []),
  ];
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
