import type { SchedulerLike } from 'rxjs';
import { monotonicScheduler } from '../../clock.ts';
import { binary, type Codec, codecOr } from '../../codec.ts';
import type { SerfError } from '../../errors.ts';
import type { DropReport, SerfEvent } from '../../model.ts';
import { COMMANDS } from '../../protocol/commands.ts';
import { SerfTestError } from '../serf-test-error.ts';
import { FakeAgent } from './fake-agent.ts';
import { FakeSurface } from './fake-surface.ts';
import { bindQuery } from './query-event.ts';
import type { FakeRepliesTo, FakeReply, FakeReplyKey } from './replies.ts';
import type { FakeRequest } from './requests.ts';
import { respondCall } from './respond-call.ts';

/** Options of {@link fakeSerf}. Times are in ms. */
export interface FakeSerfOptions<P = Uint8Array> {
  /** How payloads become values; tests give and see the values. @defaultValue binary() */
  readonly codec?: Codec<P>;
  /** How requests are answered, as {@link FakeSerf.reply} sets it. */
  readonly replies?: { readonly [K in FakeReplyKey]?: FakeReply<K, P> };
  /** Where the fake says that it is connected to. @defaultValue '127.0.0.1:7373' */
  readonly address?: string;
  /** How often a `membership()` made of `members` and events asks for all members; 0: never. @defaultValue 0 */
  readonly resync?: number;
  /** Where time comes from. @defaultValue `asyncScheduler`, on a clock that no change of the date moves */
  readonly scheduler?: SchedulerLike;
}

/**
 * A client of no agent: all of `SerfClient` for the code under test, and what the test does with it.
 *
 * Every Observable is cold and behaves as a client's. Each subscription to a stream is a request of its own here, and
 * unsubscribing is a `stop` at once (a client shares streams, and stops them in a quiet moment).
 */
export class FakeSerf<P = Uint8Array> extends FakeSurface<P> {
  /** @internal {@link fakeSerf} is the way to make one. */
  constructor(agent: FakeAgent, { codec, replies = {}, resync = 0 }: FakeSerfOptions<P>) {
    super(agent, codecOr(codec, binary()), resync);
    for (const [key, reply] of Object.entries(replies)) this.agent.replies.set(key as FakeReplyKey, [reply]);
  }

  /** What was sent, in order; what waits for a connection is not. */
  get requests(): readonly FakeRequest[] {
    return this.agent.ledger.requests;
  }

  /**
   * Emits events to every open stream whose filter matches. Without a connection, they are lost.
   * All subscribers of a stream without a codec of its own get the very object.
   *
   * ```
   * emit                   a--b-----c
   * stream('user:deploy')  a--------c     b is another event
   * ```
   */
  emit(...events: readonly SerfEvent<P>[]): void {
    for (const event of events) {
      if (event.event === 'query') {
        const query = this.agent.queries.add(event.id, this.agent.reachable);
        const { codec } = this;
        const { timeout } = COMMANDS.respond;
        bindQuery(event, (payload) =>
          respondCall(this.agent, { id: event.id, payload: payload as P, codec, timeout, query }),
        );
      }
      this.agent.emit(event);
    }
  }

  /** The agent logs a line: every open monitor of its level (`[WARN]`, anywhere in it) emits it. */
  log(...lines: readonly string[]): void {
    for (const line of lines) this.agent.emit(line);
  }

  /**
   * How a command is answered from now on. Of several answers, each is for one request, and the last for all further ones.
   * What no answer is set for errors, and {@link FakeSerf.verify} tells; except `respond`, which the agent takes once for
   * each query that was emitted.
   *
   * @param key a command, `query:NAME` for queries of one name, or `membership` for a list of members after each change
   * @param replies each a value, an Observable (a Subject, to answer later), an Error, or a function of the request that
   *   gives one of these; for a query, the list of its replies; nothing at all says "ok"
   * @example
   * ```ts
   * import { AgentError } from 'rxserf';
   * import { ack, fakeSerf, member, response } from 'rxserf/testing';
   *
   * const fake = fakeSerf();
   * fake.reply('members', [member('n1')], [member('n1'), member('n2')]);
   * fake.reply('event', new AgentError('agent-error', 'busy'));
   * fake.reply('coordinate', ({ node }) => (node === 'n1' ? { vector: [0], error: 1, adjustment: 0, height: 0 } : null));
   * fake.reply('query:load', [ack('n1'), response('n1', Uint8Array.of(42))]);
   * fake.reply('leave');
   * ```
   */
  reply<K extends FakeReplyKey>(key: K, ...replies: FakeRepliesTo<K, P>): void {
    this.agent.replies.set(key, replies);
  }

  /** `dropped$` reports a loss. */
  drop(report: DropReport): void {
    this.agent.dropped$.next(report);
  }

  /**
   * The connection is lost. Streams and reads wait for the next one, `leave` is done, other requests that were sent end
   * with a `ConnectionLostError`, `outcome: 'unknown'`.
   *
   * ```
   * lose, reconnect   --x-----c-----
   * stream            -a------g--b--     g: a gap, with `gaps: true`
   * event             --#                connection-lost
   * members           --------(m|)
   * ```
   *
   * @param options `error`: why, for `status$`; `retryIn`: when `status$` says that there is another attempt, in ms
   */
  lose({ error, retryIn = 0 }: { readonly error?: SerfError; readonly retryIn?: number } = {}): void {
    this.agent.lose(error, retryIn);
  }

  /** No connection can be had: everything that is open ends with the error. @defaultValue a `ConnectError` */
  giveUp(error?: SerfError): void {
    this.agent.giveUp(error);
  }

  /**
   * Asserts that nothing is open (streams, requests that were not answered), and that everything was answered as the test
   * has set it.
   *
   * @throws {@link SerfTestError} that names what is open
   */
  verify(): void {
    const [mistake] = this.agent.ledger.mistakes;
    if (mistake !== undefined) throw new SerfTestError(mistake);
    const { open } = this.agent;
    if (open.length === 0) return;
    const actual = open.join('\n');
    throw new SerfTestError('something is still open', { actual, expected: 'nothing' });
  }
}

/**
 * A {@link FakeSerf} for plain unit tests: without a scheduler, everything happens when the test says so.
 *
 * @example
 * ```ts
 * import { utf8 } from 'rxserf';
 * import { fakeSerf, userEvent } from 'rxserf/testing';
 *
 * const fake = fakeSerf({ codec: utf8() });
 * const seen: unknown[] = [];
 * const subscription = fake.stream('user:deploy').subscribe(({ payload }) => seen.push(payload));
 *
 * fake.emit(userEvent('deploy', 'v42'), userEvent('rollback', 'v41'));
 * console.log(seen); // [ 'v42' ]
 *
 * subscription.unsubscribe();
 * console.log(fake.requests); // [ { command: 'stream', filter: 'user:deploy' }, { command: 'stop', subject: 'user:deploy' } ]
 * fake.verify();
 * ```
 */
export function fakeSerf<P>(options: FakeSerfOptions<P> & { readonly codec: Codec<P> }): FakeSerf<P>;
export function fakeSerf(options?: FakeSerfOptions): FakeSerf;
export function fakeSerf<P>(options: FakeSerfOptions<P> = {}): FakeSerf<P> {
  const { scheduler = monotonicScheduler, address = '127.0.0.1:7373' } = options;
  return new FakeSerf<P>(new FakeAgent(scheduler, address), options);
}
