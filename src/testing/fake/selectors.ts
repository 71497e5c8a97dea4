import type { Codec } from '../../codec.ts';
import { eventMatcher } from '../../filter.ts';
import type { QueryEvent, QueryReply, SerfEvent } from '../../model.ts';
import { COMMANDS } from '../../protocol/commands.ts';
import type { LogLevel } from '../../serf.ts';
import { SerfTestError } from '../serf-test-error.ts';
import type { FakeAgent } from './fake-agent.ts';
import type { EmittedItem } from './fake-call.ts';
import { recode } from './recode.ts';
import { respondCall } from './respond-call.ts';

// What one subscriber gets of what is emitted to all.

/** Selects the events that match a (normalized) filter, with payloads in the subscriber's codec. */
export function eventSelector<P, T>(
  agent: FakeAgent,
  filter: string,
  codec: Codec<P>,
  own: Codec<T> | undefined,
): (item: EmittedItem) => SerfEvent<unknown> | undefined {
  const matches = eventMatcher(filter);
  return (item) => {
    if (typeof item === 'string' || !matches(item)) return undefined;
    if (!own || !('name' in item)) return item;
    const event = { ...item, ...recodeEvent(item as QueryEvent<P>, codec, own) } as SerfEvent<T>;
    return event.event === 'query' ? { ...event, respond: responder(agent, event, own) } : event;
  };
}

/** @throws {@link SerfTestError} when the fake's codec has no such payload: the test has not said which codec it is */
function recodeEvent<P, T>(event: QueryEvent<P>, from: Codec<P>, to: Codec<T>) {
  try {
    return recode(event, from, to);
  } catch (cause) {
    const name = `${event.event}:${event.name}`;
    const message = `the event ${name} has a payload that the fake's codec cannot encode: give fakeSerf or serfMarbles the option codec`;
    throw Object.assign(new SerfTestError(message), { cause });
  }
}

function responder<T>(agent: FakeAgent, { id }: QueryEvent<T>, codec: Codec<T>): QueryEvent<T>['respond'] {
  const query = agent.queries.get(id);
  const { timeout } = COMMANDS.respond;
  return (payload) => respondCall(agent, { id, payload, codec, timeout, ...(query && { query }) });
}

/** Maps a query's replies to payloads in the subscriber's codec. */
export function replyDecoder<P, T>(
  codec: Codec<P>,
  own: Codec<T> | undefined,
): (reply: QueryReply<P>) => QueryReply<T> {
  return (reply) =>
    reply.type === 'response' && own
      ? { ...reply, ...recode(reply, codec, own) }
      : (reply as unknown as QueryReply<T>);
}

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'err'];

/** Selects log lines of a level and above; a line without one (`[WARN]`) is of every level. */
export function lineSelector(level: LogLevel): (item: EmittedItem) => string | undefined {
  const least = LEVELS.indexOf(level);
  return (item) => {
    if (typeof item !== 'string') return undefined;
    const found = /\[(TRACE|DEBUG|INFO|WARN|ERR)\]/.exec(item)?.[1]?.toLowerCase();
    return found === undefined || LEVELS.indexOf(found as LogLevel) >= least ? item : undefined;
  };
}
