import type { Command } from '../../protocol/commands.ts';
import type { LogLevel, MembersFilter, QueryOptions, RequestOptions, TagsChange } from '../../serf.ts';

type Key = { readonly key: string } & RequestOptions;

/**
 * What a fake can be asked, by the method of `Serf`, with the arguments as they were given: what was left out is not there.
 */
export interface FakeArguments {
  /** The filter in its one spelling: sorted, without doubles. */
  readonly stream: { readonly filter: string } & RequestOptions;
  readonly monitor: { readonly level: LogLevel } & RequestOptions;
  /** Nobody listens to a stream or a monitor any more; `subject` is its filter or level. */
  readonly stop: { readonly subject: string };
  readonly query: { readonly name: string; readonly payload?: unknown } & Omit<
    QueryOptions<unknown>,
    'codec' | 'completeWhen'
  >;
  readonly respond: { readonly id: number; readonly payload?: unknown } & RequestOptions;
  readonly event: {
    readonly name: string;
    readonly payload?: unknown;
    readonly coalesce?: boolean;
  } & RequestOptions;
  readonly members: MembersFilter & RequestOptions;
  readonly tags: TagsChange & RequestOptions;
  readonly join: { readonly addresses: readonly string[]; readonly replay?: boolean } & RequestOptions;
  readonly leave: RequestOptions;
  readonly forceLeave: { readonly node: string; readonly prune?: boolean } & RequestOptions;
  readonly stats: RequestOptions;
  readonly coordinate: { readonly node: string } & RequestOptions;
  readonly installKey: Key;
  readonly useKey: Key;
  readonly removeKey: Key;
  readonly listKeys: RequestOptions;
}

/** The name of something that a fake can be asked. */
export type FakeCommand = keyof FakeArguments;

/** A request to a fake: a union on `command`. */
export type FakeRequest<C extends FakeCommand = FakeCommand> = {
  readonly [K in C]: { readonly command: K } & FakeArguments[K];
}[C];

/** The names on the wire, for errors and for what the table of commands knows. */
const WIRE: Readonly<Record<FakeCommand, Command>> = {
  stream: 'stream',
  monitor: 'monitor',
  stop: 'stop',
  query: 'query',
  respond: 'respond',
  event: 'event',
  members: 'members',
  tags: 'tags',
  join: 'join',
  leave: 'leave',
  forceLeave: 'force-leave',
  stats: 'stats',
  coordinate: 'get-coordinate',
  installKey: 'install-key',
  useKey: 'use-key',
  removeKey: 'remove-key',
  listKeys: 'list-keys',
};

/** Whether a fake can be asked that. */
export function isCommand(name: string): name is FakeCommand {
  return Object.hasOwn(WIRE, name);
}

/** The command's name on the wire. */
export function wireName(command: FakeCommand): Command {
  return WIRE[command];
}

/** Of what has been checked, that which was given: what is not has a default. */
export function onlyGiven<T extends object>(
  checked: T,
  given: { readonly [K in keyof T]?: unknown },
): Partial<T> {
  const entries = Object.entries(checked).filter(([key]) => given[key as keyof T] !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}

/** A request without what is `undefined` in it. */
export function request<C extends FakeCommand>(command: C, fields: object): FakeRequest<C> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { command, ...Object.fromEntries(given) } as FakeRequest<C>;
}

/** The argument that says what a request is about: the filter, log level, name, node or id. */
export function subjectOf(asked: FakeRequest): string | undefined {
  const { filter, level, subject, name, node, id } = asked as Readonly<Record<string, string | number>>;
  const about = filter ?? level ?? subject ?? name ?? node ?? id;
  return about === undefined ? undefined : String(about);
}

/** A request as a text for people: `event("deploy")`. */
export function describe(asked: FakeRequest): string {
  const subject = subjectOf(asked);
  return `${asked.command}(${subject === undefined ? '' : JSON.stringify(subject)})`;
}
