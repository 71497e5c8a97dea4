import { catchError, concat, defer, map, type Observable, of, startWith, tap } from 'rxjs';
import type { SerfError } from '../../errors.ts';
import type { QueryReply } from '../../model.ts';
import type { Client } from '../connection.ts';

/** A query that is asked from within the view. */
export interface Question {
  readonly name: string;
  readonly payload: string | undefined;
  /** Who was alive when it was asked. */
  readonly asked: readonly string[];
  readonly at: number;
}

/** What has come of it so far. */
export interface Inquiry extends Question {
  readonly nodes: ReadonlyMap<string, NodeReplies>;
  readonly state: 'asking' | 'done' | SerfError;
}

/** What a node has said; when, in ms after the question. */
export interface NodeReplies {
  readonly ack?: number;
  readonly response?: { readonly after: number; readonly text: string };
}

/** No more nodes than this are listed, as any member can answer in many names. */
const MOST_NODES = 10_000;

/** Asks, and emits how far it is: at once, with each reply, and at the end. A failure is its last state. */
export function inquire(
  client: Pick<Client, 'query'>,
  question: Question,
  now: () => number,
): Observable<Inquiry> {
  return defer(() => {
    // One map for all that is emitted: a copy for each of thousands of replies would take seconds.
    const nodes = new Map<string, NodeReplies>();
    const add = (reply: QueryReply<string | undefined>) => {
      const before = nodes.get(reply.from);
      if (!before && nodes.size >= MOST_NODES) return;
      const after = now() - question.at;
      nodes.set(
        reply.from,
        reply.type === 'ack'
          ? { ...before, ack: after }
          : { ...before, response: { after, text: textOf(reply) } },
      );
    };
    const state = (state: Inquiry['state']): Inquiry => ({ ...question, nodes, state });
    return concat(
      client.query(question.name, question.payload, { requestAck: true }).pipe(
        tap(add),
        map(() => state('asking')),
        startWith(state('asking')),
      ),
      defer(() => of(state('done'))),
    ).pipe(catchError((error: SerfError) => of(state(error))));
  });
}

function textOf(reply: Exclude<QueryReply<string | undefined>, { type: 'ack' }>): string {
  return reply.payloadError ? `(${reply.rawPayload?.length} bytes that are not text)` : (reply.payload ?? '');
}
