import type { Codec } from '../../codec.ts';
import type { QueryEvent, QueryReply, SerfEvent } from '../../model.ts';
import { COMMANDS } from '../../protocol/commands.ts';
import type { LogLevel } from '../../serf.ts';
import type { FakeAgent } from './fake-agent.ts';
import { answering } from './fake-answering.ts';
import { recode } from './recode.ts';

// What something that happened is to one subscriber.

type Item = SerfEvent<unknown> | string;

/** Events that a filter (in its one spelling) lets through, with payloads as the subscriber's codec has them. */
export function eventsFor<P, T>(
  agent: FakeAgent,
  filter: string,
  codec: Codec<P>,
  own: Codec<T> | undefined,
): (item: Item) => SerfEvent<unknown> | undefined {
  const parts = new Set(filter.split(','));
  return (item) => {
    if (typeof item === 'string') return undefined;
    const named = 'name' in item ? `${item.event}:${item.name}` : item.event;
    if (!parts.has('*') && !parts.has(item.event) && !parts.has(named)) return undefined;
    if (!own || !('name' in item)) return item;
    const event = { ...item, ...recode(item as QueryEvent<P>, codec, own) } as SerfEvent<T>;
    return event.event === 'query' ? { ...event, respond: responder(agent, event, own) } : event;
  };
}

function responder<T>(agent: FakeAgent, { id }: QueryEvent<T>, codec: Codec<T>): QueryEvent<T>['respond'] {
  const query = agent.queries.get(id);
  const { timeout } = COMMANDS.respond;
  return (payload) => answering(agent, { id, payload, codec, timeout, ...(query && { query }) });
}

/** A query's replies, with payloads as the subscriber's codec has them. */
export function replyFor<P, T>(
  codec: Codec<P>,
  own: Codec<T> | undefined,
): (reply: QueryReply<P>) => QueryReply<T> {
  return (reply) =>
    reply.type === 'response' && own
      ? { ...reply, ...recode(reply, codec, own) }
      : (reply as unknown as QueryReply<T>);
}

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'err'];

/** Log lines of a level and above; a line that names none (`[WARN]`) is of every level. */
export function linesFor(level: LogLevel): (item: Item) => string | undefined {
  const least = LEVELS.indexOf(level);
  return (item) => {
    if (typeof item !== 'string') return undefined;
    const found = /\[(TRACE|DEBUG|INFO|WARN|ERR)\]/.exec(item)?.[1]?.toLowerCase();
    return found === undefined || LEVELS.indexOf(found as LogLevel) >= least ? item : undefined;
  };
}
