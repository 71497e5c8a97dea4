import { defer, map, type OperatorFunction, reduce } from 'rxjs';
import { SerfError } from '../errors.ts';
import type { QueryReply, QueryResponse } from '../model.ts';
import { misuse, requireCount } from './internal/checks.ts';

/** What a query has brought, by {@link collectReplies}. */
export interface CollectedReplies<P = Uint8Array> {
  /** The nodes that have received the query, as far as they were asked to say so. */
  readonly acks: ReadonlySet<string>;
  /** The first response of each node, by its name, in the order in which they came. */
  readonly responses: ReadonlyMap<string, QueryResponse<P>>;
}

/** Options of {@link collectReplies}. */
export interface CollectRepliesOptions {
  /** The names of the nodes that should respond; read at the call. Makes `silent` of those that have not. */
  readonly expected?: Iterable<string>;
  /** How many nodes there may be. @defaultValue 65,536 */
  readonly limit?: number;
}

/**
 * All that a query has brought, as one value at its end.
 *
 * ```
 * source             --a-b-r-s---|        a = ack of n1, b = ack of n2, r = response of n1, s = another one of n1
 * collectReplies()   ------------(x|)     x = acks of n1 and n2, the response r
 * ```
 *
 * With `expected`, which nodes were silent, too. Emits when the source completes, also when there was nothing; errors
 * with the source, without a value, and unsubscribes from it. Keeps a reply or two of each node. Any member may answer
 * in any name: replies of more than `limit` nodes end it with a `SerfError` (`overflow`).
 *
 * @throws `InvalidArgumentError` at the call when `expected` is not a list of names, or limit is not a positive integer
 * @example
 * ```ts
 * import { switchMap } from 'rxjs';
 * import { collectReplies, connect } from 'rxserf';
 *
 * const client = connect();
 * client
 *   .members({ status: 'alive' })
 *   .pipe(
 *     switchMap((members) =>
 *       client.query('ping').pipe(collectReplies({ expected: members.map(({ name }) => name) })),
 *     ),
 *   )
 *   .subscribe(({ responses, silent }) => console.log(responses.size, 'have answered, but not', silent));
 * ```
 */
export function collectReplies<P>(
  options: CollectRepliesOptions & { readonly expected: Iterable<string> },
): OperatorFunction<QueryReply<P>, CollectedReplies<P> & { readonly silent: readonly string[] }>;
export function collectReplies<P>(
  options?: Omit<CollectRepliesOptions, 'expected'>,
): OperatorFunction<QueryReply<P>, CollectedReplies<P>>;
export function collectReplies<P>({
  expected,
  limit = 65_536,
}: CollectRepliesOptions = {}): OperatorFunction<
  QueryReply<P>,
  CollectedReplies<P> & { readonly silent?: readonly string[] }
> {
  const names = expected === undefined ? undefined : namesIn(expected);
  requireCount('collectReplies', 'limit', limit);
  return (replies$) =>
    defer(() =>
      replies$.pipe(
        reduce((collected, reply) => collected.add(reply), new Collected<P>(limit)),
        map(({ acks, responses }) => {
          if (!names) return { acks, responses };
          return { acks, responses, silent: names.filter((name) => !responses.has(name)) };
        }),
      ),
    );
}

class Collected<P> implements CollectedReplies<P> {
  readonly acks = new Set<string>();
  readonly responses = new Map<string, QueryResponse<P>>();
  readonly #limit: number;
  #nodes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(reply: QueryReply<P>): this {
    const { from } = reply;
    const known = this.acks.has(from) || this.responses.has(from);
    if (!known && ++this.#nodes > this.#limit)
      throw new SerfError('overflow', `collectReplies: more than ${this.#limit} nodes have replied`);
    if (reply.type === 'ack') this.acks.add(from);
    else if (!this.responses.has(from)) this.responses.set(from, reply);
    return this;
  }
}

/** Each name once. A text is an iterable of texts, too, and hardly meant. */
function namesIn(expected: Iterable<string>): readonly string[] {
  const isList = typeof expected === 'object' && expected !== null && Symbol.iterator in expected;
  const names: readonly unknown[] = isList ? [...new Set(expected)] : [];
  const wrong = isList ? names.filter((name) => typeof name !== 'string') : [expected];
  if (wrong.length > 0) throw misuse('collectReplies', 'expected', 'a list of names', wrong[0]);
  return names as readonly string[];
}
