import type { Observable } from 'rxjs';
import { queryOf } from '../../arguments.ts';
import { completeWhen, endOf } from '../../complete-when.ts';
import type { QueryReply } from '../../model.ts';
import { COMMANDS } from '../../protocol/commands.ts';
import { toError } from '../../protocol/refusals.ts';
import type { QueryOptions } from '../../serf.ts';
import type { Timeline } from '../gossip/task-queue.ts';
import type { Node } from '../node/node.ts';
import { bytesOf, codecOf, readPayload } from '../payloads.ts';
import { TagPatterns } from './patterns.ts';
import type { QuestionInit } from './query-round.ts';

/** What one node asks the others. */
export function query<T>(
  node: Node,
  timeline: Timeline,
  name: string,
  payload: T | undefined,
  options: QueryOptions<T>,
): Observable<QueryReply<T>> {
  // Answers do not get lost here, so one copy of each is enough.
  const { relayFactor: _, onAccepted, timeout, ...more } = queryOf(name, options);
  const codec = codecOf(options.codec);
  const asked = { ...more, payload: bytesOf('query', codec, payload) };
  const replies$ = node.calls.records<QueryReply<T>>(
    node,
    { command: 'query', endless: false },
    ({ queries }, subscriber) => {
      const time = timeout === 0 ? queries.defaultTimeout : timeout;
      const question = queries.ask({ ...asked, timeout: time }, (answer) => {
        const { type, from } = answer;
        if (type === 'ack') subscriber.next({ type, from });
        else subscriber.next({ type, from, ...readPayload(codec, answer.payload) });
      });
      if (typeof question === 'string') {
        const size = asked.payload.length;
        subscriber.error(toError(question, { command: 'query', address: node.rpcAddress, size }));
        return () => {};
      }
      const done = timeline.at(time, () => subscriber.complete());
      try {
        onAccepted?.();
      } catch (error) {
        subscriber.error(error);
      }
      return () => done.cancel();
    },
  );
  return completeWhen(replies$, endOf(options), whoIsAsked(node, asked));
}

/** The names of all that live and that a query is for, as far as its node knows. */
function whoIsAsked(
  node: Node,
  { filterNodes, filterTags }: Pick<QuestionInit, 'filterNodes' | 'filterTags'>,
): Observable<readonly string[]> {
  const patterns = new TagPatterns(filterTags);
  const { timeout } = COMMANDS.members;
  return node.calls.request<readonly string[]>(node, { command: 'members', timeout }, ({ view }, { ok }) => {
    const names: string[] = [];
    for (const { facts, status } of view) {
      if (status !== 'alive' || !patterns.matches(facts.tags)) continue;
      if (filterNodes.length === 0 || filterNodes.includes(facts.name)) names.push(facts.name);
    }
    ok(names);
  });
}
