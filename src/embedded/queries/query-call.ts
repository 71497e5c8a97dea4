import { type Observable, switchMap } from 'rxjs';
import { re2$ } from '#re2';
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
import { NO_PATTERNS, TagPatterns } from './patterns.ts';
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
  const { relayFactor: _, onAccepted, timeout, filterTags, ...more } = queryOf(name, options);
  const codec = codecOf(options.codec);
  const bytes = bytesOf('query', codec, payload);
  const end = endOf(options);
  const send = (patterns: TagPatterns) => {
    const params = { ...more, filterTags: patterns, payload: bytes };
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
        const { invalid } = params.filterTags;
        if (invalid) {
          sent.close();
          // What a client finds out of its agent, too; the nodes have written it into their logs.
          const context = { command: 'query', address: node.rpcAddress };
          subscriber.error(new InvalidArgumentError('invalid-pattern', invalid.message, context));
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
    return completeWhen(replies$, end, matchingNodes(node, params));
  };
  if (Object.keys(filterTags).length === 0) return send(NO_PATTERNS);
  return re2$.pipe(switchMap((re2) => send(new TagPatterns(re2, filterTags))));
}

/** The names of all alive members that a query's filters match, as its node sees them. */
function matchingNodes(
  node: Node<Agent>,
  { filterNodes, filterTags }: Pick<QueryParams, 'filterNodes' | 'filterTags'>,
): Observable<readonly string[]> {
  const { timeout } = COMMANDS.members;
  return node.calls.request<readonly string[]>({ command: 'members', timeout }, ({ view }, { ok }) => {
    const names: string[] = [];
    for (const { node: member, status } of view) {
      if (status !== 'alive' || !filterTags.matches(member.tags)) continue;
      if (filterNodes.length === 0 || filterNodes.includes(member.name)) names.push(member.name);
    }
    ok(names);
  });
}
