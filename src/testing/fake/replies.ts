import { defer, from, isObservable, type Observable, of, throwError } from 'rxjs';
import type { KeyReport } from '../../key-report.ts';
import type { MembershipFilter } from '../../membership.ts';
import type { Coordinate, Member, QueryReply, Stats } from '../../model.ts';
import { COMMANDS } from '../../protocol/commands.ts';
import { SerfTestError } from '../serf-test-error.ts';
import { type FakeCommand, type FakeRequest, isCommand, wireName } from './requests.ts';

/** What answers to a command are; `undefined` is "ok". */
export interface FakeAnswers<P> {
  readonly query: QueryReply<P>;
  readonly respond: undefined;
  readonly event: undefined;
  readonly members: readonly Member[];
  readonly tags: undefined;
  readonly join: number;
  readonly leave: undefined;
  readonly forceLeave: undefined;
  readonly stats: Stats;
  readonly coordinate: Coordinate | null;
  readonly installKey: KeyReport;
  readonly useKey: KeyReport;
  readonly removeKey: KeyReport;
  readonly listKeys: KeyReport;
  /** The members that are there, after each change. */
  readonly membership: readonly Member[];
}

/** What an answer can be set for: a command, the queries of one name, or `membership`. */
export type FakeReplyKey = keyof FakeAnswers<unknown> | `query:${string}`;

type NameOf<K extends FakeReplyKey> = K extends keyof FakeAnswers<unknown> ? K : 'query';

/** What the answer is, by the {@link FakeReplyKey} it is set for. */
export type FakeAnswer<K extends FakeReplyKey, P> = FakeAnswers<P>[NameOf<K>];

/** What is asked, by the {@link FakeReplyKey} the answer is set for. */
export type FakeRequestFor<K extends FakeReplyKey> =
  NameOf<K> extends FakeCommand ? FakeRequest<NameOf<K>> : { readonly filter: MembershipFilter | undefined };

type IsOk<K extends FakeReplyKey, P> = [FakeAnswer<K, P>] extends [undefined] ? true : false;

type Given<K extends FakeReplyKey, P> =
  | (NameOf<K> extends 'query' ? readonly FakeAnswer<K, P>[] : FakeAnswer<K, P>)
  | Observable<IsOk<K, P> extends true ? unknown : FakeAnswer<K, P>>
  | Error;

/**
 * How a fake answers: the answer itself (for a query, the list of all of them), an Observable that gives it when it is
 * time, an Error, or a function of the request that gives any of these (where "ok" is the answer, anything does).
 */
export type FakeReply<K extends FakeReplyKey, P> =
  | Given<K, P>
  | ((request: FakeRequestFor<K>) => IsOk<K, P> extends true ? unknown : Given<K, P>);

/** One answer or several; none at all says "ok". */
export type FakeRepliesTo<K extends FakeReplyKey, P> =
  | readonly [FakeReply<K, P>, ...FakeReply<K, P>[]]
  | (IsOk<K, P> extends true ? readonly [] : never);

/** Whether the answer is just "ok", one value, or several. */
export function kindOf(key: FakeReplyKey): 'ok' | 'one' | 'many' {
  if (key === 'membership' || key.startsWith('query')) return 'many';
  return COMMANDS[wireName(key as FakeCommand)].response ? 'one' : 'ok';
}

/** @throws {@link SerfTestError} where nothing is answered by such a key: TypeScript finds that, plain JavaScript does not */
export function requireKey(what: string, key: string): void {
  const answered = isCommand(key) && key !== 'stop' && COMMANDS[wireName(key)].records !== 'until-stop';
  if (answered || key === 'membership' || /^query:/.test(key)) return;
  throw new SerfTestError(
    `${what}: ${JSON.stringify(key)} should be a command that is answered ("members", "event", …), "query:NAME" or "membership"`,
  );
}

/** The replies that a test sets, by key: each for one request, and the last for all further ones. */
export class Replies {
  readonly #replies = new Map<string, unknown[]>();

  /** Replaces what was set before. */
  set(key: FakeReplyKey, replies: readonly unknown[]): void {
    requireKey('reply', key);
    this.#replies.set(key, replies.length === 0 ? [undefined] : [...replies]);
  }

  /** The next answer; `undefined` where none is set. */
  next(key: FakeReplyKey, asked: object): Observable<unknown> | undefined {
    const replies = this.#replies.get(key);
    if (!replies) return undefined;
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    return defer(() => {
      const given = typeof reply === 'function' ? reply(asked) : reply;
      if (isObservable(given)) return given;
      if (given instanceof Error) return throwError(() => given);
      return Array.isArray(given) && key.startsWith('query') ? from(given as readonly unknown[]) : of(given);
    });
  }
}
