import type { Observable } from 'rxjs';
import { queryOf } from '../../arguments.ts';
import { completeWhen, endOf } from '../../complete-when.ts';
import { InvalidArgumentError } from '../../errors.ts';
import type { QueryReply } from '../../model.ts';
import { COMMANDS } from '../../protocol/commands.ts';
import { toError } from '../../protocol/refusals.ts';
import type { QueryOptions } from '../../serf.ts';
import type { TaskQueue } from '../gossip/task-queue.ts';
import type { Agent } from '../node/agent.ts';
import type { Node } from '../node/node.ts';
import { bytesOf, codecOf, readPayload } from '../payloads.ts';
import { type InvalidTagPattern, TagPatterns } from './patterns.ts';
import type { QueryParams } from './query-message.ts';

/** `Serf.query` of a node. */
export function queryCall<T>(
  node: Node<Agent>,
  tasks: TaskQueue,
  name: string,
  payload: T | undefined,
  options: QueryOptions<T>,
): Observable<QueryReply<T>> {
  // Replies do not get lost here: none needs to be relayed.
  const { relayFactor: _, onAccepted, timeout, ...more } = queryOf(name, options);
  const codec = codecOf(options.codec);
  const params = { ...more, payload: bytesOf('query', codec, payload) };
  const replies$ = node.calls.records<QueryReply<T>>(
    { command: 'query', endless: false },
    ({ queries }, subscriber) => {
      const time = timeout === 0 ? queries.defaultTimeout : timeout;
      const sent = queries.send({ ...params, timeout: time }, (reply) => {
        const { type, from } = reply;
        if (type === 'ack') subscriber.next({ type, from });
        else subscriber.next({ type, from, ...readPayload(codec, reply.payload) });
      });
      if (typeof sent === 'string') {
        const size = params.payload.length;
        subscriber.error(toError(sent, { command: 'query', address: node.rpcAddress, size }));
        return () => {};
      }
      const { invalid } = new TagPatterns(params.filterTags);
      if (invalid) {
        sent.close();
        subscriber.error(notRe2(invalid, node.rpcAddress));
        return () => {};
      }
      const done = tasks.schedule(time, () => subscriber.complete());
      try {
        onAccepted?.();
      } catch (error) {
        subscriber.error(error);
      }
      return () => {
        done.cancel();
        sent.close();
      };
    },
  );
  return completeWhen(replies$, endOf(options), matchingNodes(node, params));
}

/** What a client finds out of its agent, too; the nodes have written it into their logs. */
function notRe2({ tag, pattern, reason }: InvalidTagPattern, address: string): InvalidArgumentError {
  return new InvalidArgumentError(
    'invalid-pattern',
    `not valid RE2 (no look-around, no back-references): tag ${JSON.stringify(tag)} ${JSON.stringify(pattern)}: ${reason}`,
    { command: 'query', address },
  );
}

/** The names of all alive members that a query's filters match, as its node sees them. */
function matchingNodes(
  node: Node<Agent>,
  { filterNodes, filterTags }: Pick<QueryParams, 'filterNodes' | 'filterTags'>,
): Observable<readonly string[]> {
  const { timeout } = COMMANDS.members;
  return node.calls.request<readonly string[]>({ command: 'members', timeout }, ({ view }, { ok }) => {
    // Not before: a query that is refused for its size has had no pattern compiled.
    const patterns = new TagPatterns(filterTags);
    const names: string[] = [];
    for (const { node: member, status } of view) {
      if (status !== 'alive' || !patterns.matches(member.tags)) continue;
      if (filterNodes.length === 0 || filterNodes.includes(member.name)) names.push(member.name);
    }
    ok(names);
  });
}
