import { type Codec, encodeWith } from './codec.ts';
import { InvalidArgumentError } from './errors.ts';
import { duration } from './options.ts';
import { COMMANDS, type Command } from './protocol/commands.ts';
import type { LogLevel, MembersFilter, QueryOptions, RequestOptions, TagsChange } from './serf.ts';

// What callers give, checked and made ready for the wire. All of it throws InvalidArgumentErrors, at the call.

/** A payload's bytes, at most `limit` of them. */
export function payloadBytes<T>(
  command: Command,
  codec: Codec<T>,
  payload: T | undefined,
  limit: number,
): Uint8Array {
  const bytes = encodeWith(codec, payload, command);
  if (bytes.length <= limit) return bytes;
  const message = `the payload has ${bytes.length} bytes, payloadLimit is ${limit}`;
  throw new InvalidArgumentError('payload-too-large', message, { command, limit, size: bytes.length });
}

export function textOf(command: Command, what: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw invalid(command, `${what} should be a text, not ${value === null ? 'null' : typeof value}`);
}

/** A name: a text that says something. */
export function nameOf(command: Command, what: string, value: unknown): string {
  const name = textOf(command, what, value);
  if (name !== '') return name;
  throw invalid(command, `${what} is empty`);
}

export function textsOf(command: Command, what: string, values: readonly string[] = []): readonly string[] {
  if (!Array.isArray(values)) throw invalid(command, `${what} should be a list of texts`);
  return values.map((value) => textOf(command, what, value));
}

/** The addresses to join: one, or a list. */
export function joinedOf(addresses: string | readonly string[]): readonly string[] {
  const list = textsOf('join', 'addresses', typeof addresses === 'string' ? [addresses] : addresses);
  if (list.length === 0) throw invalid('join', 'no address to join');
  if (list.includes('')) throw invalid('join', 'an address to join is empty');
  return list;
}

/** The nodes that a query is for; on the wire none stands for all, which is not what a list of none says. */
export function nodesOf(values: readonly string[] | undefined): readonly string[] {
  if (values?.length !== 0) return textsOf('query', 'filterNodes', values);
  throw invalid('query', 'filterNodes is empty: leave it out to ask every node');
}

export function tableOf(command: Command, what: string, table: Readonly<Record<string, string>> = {}) {
  // A Map, say, has no properties: it would be a table of nothing.
  const plain = typeof table === 'object' && table !== null && !(Symbol.iterator in table);
  if (!plain) throw invalid(command, `${what} should be a plain object of texts`);
  const copy = { ...table };
  for (const key of Object.keys(copy)) textOf(command, `${what}.${key}`, copy[key]);
  return copy;
}

/** The patterns of `members`; an empty one matches all. */
export function patternsOf(filter: MembersFilter) {
  const command = 'members-filtered';
  const { status = '', name = '', tags } = optionsOf(command, filter, 'the filter');
  return {
    status: textOf(command, 'status', status),
    name: textOf(command, 'name', name),
    tags: tableOf(command, 'tags', tags),
  };
}

/** The command that asks for them: an agent has one for all members, and one for those that match. */
export function membersCommand({ status, name, tags }: ReturnType<typeof patternsOf>): Command {
  return status === '' && name === '' && Object.keys(tags).length === 0 ? 'members' : 'members-filtered';
}

/** What `tags` is to change: something. */
export function tagsOf(change: TagsChange) {
  const { set, delete: deleted } = optionsOf('tags', change, 'the change');
  const checked = { set: tableOf('tags', 'set', set), delete: textsOf('tags', 'delete', deleted) };
  if (checked.delete.length === 0 && Object.keys(checked.set).length === 0)
    throw invalid('tags', 'nothing to set or delete');
  return checked;
}

/** A query, but for its payload. Its time is in ms; 0: the agent's own. */
export function queryOf<T>(name: string, options: QueryOptions<T>) {
  const { filterNodes, filterTags, requestAck, relayFactor, timeout, onAccepted } = optionsOf(
    'query',
    options,
  );
  return {
    name: nameOf('query', 'the name', name),
    filterNodes: nodesOf(filterNodes),
    filterTags: tableOf('query', 'filterTags', filterTags),
    requestAck: flagOf('query', 'requestAck', requestAck),
    relayFactor: countOf('query', 'relayFactor', relayFactor ?? 0, 255),
    timeout: timeout === undefined ? 0 : duration('timeout', timeout),
    onAccepted: callbackOf('query', 'onAccepted', onAccepted),
  };
}

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'err'];

/** A log level; the agent takes any case. */
export function levelOf(level: LogLevel): LogLevel {
  const known = LEVELS.find((each) => each === String(level).toLowerCase());
  if (known) return known;
  throw invalid('monitor', `the level should be one of ${LEVELS.join(', ')}, not ${String(level)}`);
}

/** An integer from 0 to `most`. */
export function countOf(command: Command, what: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw invalid(command, `${what} should be an integer from 0 to ${most}, not ${String(value)}`);
}

/** Options, or anything else that is an object. */
export function optionsOf<T extends object>(command: Command, options: T, what = 'the options'): T {
  if (typeof options === 'object' && options !== null) return options;
  throw invalid(command, `${what} should be an object, not ${String(options)}`);
}

/** How long to wait for an answer, in ms: as the call says, or else as `otherwise` or the command has it. */
export function timeoutOf(
  command: Command,
  options: RequestOptions,
  otherwise: number = COMMANDS[command].timeout,
): number {
  const { timeout } = optionsOf(command, options);
  return timeout === undefined ? otherwise : duration('timeout', timeout);
}

/** A choice. Of what is no boolean, an agent takes some and hangs up on the rest. */
export function flagOf(command: Command, what: string, value = false): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid(command, `${what} should be true or false, not ${typeof value}`);
}

/** A callback, if there is one. */
export function callbackOf<F>(command: Command, what: string, value: F | undefined): F | undefined {
  if (value === undefined || typeof value === 'function') return value;
  throw invalid(command, `${what} should be a function, not ${value === null ? 'null' : typeof value}`);
}

/**
 * An encryption key: base64 of 16, 24 or 32 bytes; or, of one that there is, its fingerprint, as a gateway may list it. Never
 * shown in an error.
 */
export function keyOf(command: Command, key: unknown): string {
  const text = textOf(command, 'the key', key);
  if (command !== 'install-key' && /^sha256:[0-9a-f]{64}$/.test(text)) return text;
  const bytes = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
    ? (text.length / 4) * 3 - (text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0)
    : 0;
  if (bytes === 16 || bytes === 24 || bytes === 32) return text;
  throw invalid(command, 'a key is 16, 24 or 32 bytes in base64 (`serf keygen` makes one)');
}

export function invalid(command: Command, message: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', `${command}: ${message}`, { command });
}
