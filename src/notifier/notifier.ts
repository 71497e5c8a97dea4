// For projects whose `lib` has no AsyncDisposable: kept in the declarations.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Observable, ObservableInput } from 'rxjs';
import type { SerfError } from '../errors.ts';
import type { Answer } from '../model.ts';
import type { Id, Match } from './registrations/match.ts';
import type { RegistrationKind } from './registrations/registration.ts';

/**
 * What there is, where nothing is known of it: objects by name, each with its commands by name. An interface of one's own says it
 * in the same form; a command is a function of its arguments, and what it returns is the answer to a call.
 */
export interface AnyApi {
  readonly [object: string]: { readonly [command: string]: (args?: unknown) => unknown };
}

/** The objects of an interface. */
export type ObjectOf<Api> = keyof Api & string;

/** The commands of an object. */
export type CommandOf<Api, O extends keyof Api> = keyof Api[O] & string;

/** What a command carries. */
export type ArgsOf<Api, O extends keyof Api, C extends keyof Api[O]> = Api[O][C] extends (
  ...args: infer A
) => unknown
  ? A extends readonly []
    ? undefined
    : A[0]
  : never;

/** What a call is answered with: also where a Promise or an Observable of it is returned. */
export type AnswerOf<Api, O extends keyof Api, C extends keyof Api[O]> = Api[O][C] extends (
  ...args: never[]
) => infer R
  ? Settled<R>
  : never;

type Settled<R> = R extends Observable<infer T> ? T : Awaited<R>;

/** Arguments need not be given where there are none. */
export type PublishArgs<A> = undefined extends A ? [args?: A] : [args: A];

/** Arguments, which need not be given where there are none, and options. */
export type CallArgs<A> = undefined extends A
  ? [args?: A, options?: CallOptions]
  : [args: A, options?: CallOptions];

/** A publication, as a subscriber gets it. */
export interface Notification<O extends string = string, C extends string = string, A = unknown> {
  readonly object: O;
  /** The id that it is about: a number where that is exact. */
  readonly id: Id;
  readonly command: C;
  readonly args: A;
  /** Who has published it: the id of its notifier. */
  readonly from: string;
  /** Why there are no `args`: code `payload-undecodable`, the codec's error as `cause`. */
  readonly payloadError?: SerfError;
  /** The bytes that could not be decoded. */
  readonly rawPayload?: Uint8Array;
}

/** A call, as a handler gets it. */
export interface Call<O extends string = string, C extends string = string, A = unknown> {
  readonly object: O;
  /** The id that it is about: a number where that is exact. */
  readonly id: Id;
  readonly command: C;
  readonly args: A;
  /** Who calls: the id of its notifier. */
  readonly from: string;
  /** Aborted when the answer is of no use any more: the caller has cancelled or is gone, or the handler took too long. */
  readonly signal: AbortSignal;
}

/** What answers calls: with a value, a Promise, or the first value of an Observable; none is `undefined`. */
export type CallHandler<O extends string, C extends string, A, R> = (
  call: Call<O, C, A>,
) => R | ObservableInput<R>;

/** What became of a call that a handler got. */
export type CallEvent =
  | { readonly type: 'answered'; readonly id: Id; readonly from: string }
  /** The handler threw what is no `RpcError`, or its answer cannot be encoded: the caller is told no more than that it failed. */
  | { readonly type: 'failed'; readonly id: Id; readonly from: string; readonly error: unknown }
  /** The handler threw an `RpcError`: the caller has it. */
  | { readonly type: 'refused'; readonly id: Id; readonly from: string; readonly error: unknown }
  /** Too many waited, or the handler took too long: the caller is told. */
  | {
      readonly type: 'dropped';
      readonly id: Id;
      readonly from: string;
      readonly reason: 'busy' | 'timed-out';
    };

/** How a registration takes part. */
export interface RegistrationOptions {
  /**
   * As a slice: each publication or call goes to one of all slices that match, chosen by weight. From 0 (never) to 2^52; an
   * Observable changes it live, and its registration begins with its first value. @defaultValue none: full, it gets everything
   */
  readonly slice?: number | Observable<number>;
}

/** Who was sent a publication, as the sender knew them. */
export interface PublishReport {
  /** How many notifiers with full subscribers, ours among them. */
  readonly full: number;
  /** The notifier with the slice that was chosen; `null`: there was none. */
  readonly slice: string | null;
}

/** Options of one call. */
export interface CallOptions {
  /** How long answers may take, in ms; 0: for ever. @defaultValue the notifier's: 10,000 */
  readonly timeout?: number;
}

/** Another notifier that is known. */
export interface NotifierPeer {
  readonly id: string;
  /** The member whose agent it is at; empty: unknown, or none. */
  readonly node: string;
  /**
   * - `connected`: what is published and called goes there
   * - `connecting`: a connection is being opened, or awaited from it
   * - `waiting`: the last attempt has failed, and there will be another
   * - `unreachable`: it may not be connected to, or its member is not alive
   */
  readonly state: 'connected' | 'connecting' | 'waiting' | 'unreachable';
  /** Why it is not connected, where that is known. */
  readonly error?: Error;
}

/** A registration that is known, whoever's it is. */
export interface KnownRegistration {
  /** The id of the notifier. */
  readonly peer: string;
  readonly kind: RegistrationKind;
  readonly object: string;
  readonly command: string;
  readonly match: { readonly mask: Id; readonly value: Id };
  /** Its weight, of a slice. */
  readonly slice?: number;
}

/** Publications that were not sent, or not delivered. */
export interface NotifierDrop {
  /** How many. */
  readonly count: number;
  /**
   * - `overflow`: the peer reads more slowly than it is sent to
   * - `unregistered`: the slice that was chosen was unsubscribed from meanwhile
   */
  readonly cause: 'overflow' | 'unregistered';
  /** The notifier to which it was to go, or from which it came. */
  readonly peer: string;
}

/**
 * What happens at a notifier that nobody else is told, by `type`:
 *
 * - `listening`: it can be connected to
 * - `advertised`: its agent has the tag by which others find it; `advertise-failed`: not, and it will be tried again
 * - `connected`, `disconnected`: a peer; with an `error` unless one of both sides has just closed
 * - `refused`: somebody connected, and did not prove the key, or may not be who he says
 * - `bad-tag`: a member's tag that nobody acts on, and why
 * - `discovery-failed`: the agent is gone for good; who is connected stays so
 */
export type NotifierEvent =
  | { readonly type: 'listening'; readonly host: string; readonly port: number }
  | { readonly type: 'advertised'; readonly value: string }
  | { readonly type: 'advertise-failed'; readonly error: Error }
  | { readonly type: 'connected'; readonly peer: string }
  | { readonly type: 'disconnected'; readonly peer: string; readonly error?: Error }
  | { readonly type: 'refused'; readonly address: string; readonly error: Error }
  | { readonly type: 'bad-tag'; readonly member: string; readonly tag: string; readonly problem: string }
  | { readonly type: 'discovery-failed'; readonly error: Error };

/**
 * One of the notifiers of a cluster: each knows what all others have registered for, and sends what is published or called to
 * those it is for, over a connection of the pair's own.
 *
 * It begins (listens, tells its cluster, connects) when something of it is first subscribed to. What is published or called
 * before it knows the others waits until it does, for 5 s at most. Misuse throws `InvalidArgumentError` at the call; when it
 * cannot listen, everything errors with `SerfError` (`listen-failed`); after `close`, with `ClosedError`.
 */
export interface Notifier<Api = AnyApi> extends AsyncDisposable {
  /** By which the others know it. */
  readonly id: string;
  /**
   * Subscribes to publications: registered, with all peers, while subscribed to. Several subscribers each get each of them.
   * One whose arguments cannot be decoded comes with a `payloadError`.
   *
   * ```
   * publish elsewhere   --a-----b--c---     c is for another id
   * notifications       ----a-----b----     one trip later
   * ```
   *
   * Completes when the notifier is closed.
   *
   * @param match for which ids: `{ mask, value }` (`(id & mask) === value`; mask 0 and value 0: all), or one id
   */
  notifications<O extends ObjectOf<Api>, C extends CommandOf<Api, O>>(
    object: O,
    match: Match,
    command: C,
    options?: RegistrationOptions,
  ): Observable<Notification<O, C, ArgsOf<Api, O, C>>>;
  /**
   * Publishes to all full subscribers and one slice, of all notifiers. Emits to whom, once, when it is handed to the connections,
   * and completes; nobody is no error. At most once each, in order for each pair, without acknowledgement.
   *
   * ```
   * publish   --(r|)    r: { full: 2, slice: 'api-2' }
   * ```
   */
  publish<O extends ObjectOf<Api>, C extends CommandOf<Api, O>>(
    object: O,
    id: Id,
    command: C,
    ...args: PublishArgs<ArgsOf<Api, O, C>>
  ): Observable<PublishReport>;
  /**
   * Answers calls: registered, with all peers, while subscribed to. Emits what becomes of each. Unsubscribing takes the
   * registration back; handlers that run finish. The same function in several registrations that match is called once.
   *
   * An `RpcError` that the handler throws is for the caller; of anything else he is told only that there was one.
   * Completes when the notifier is closed.
   *
   * @param match as for {@link Notifier.notifications}
   */
  serve<O extends ObjectOf<Api>, C extends CommandOf<Api, O>>(
    object: O,
    match: Match,
    command: C,
    handler: CallHandler<O, C, ArgsOf<Api, O, C>, AnswerOf<Api, O, C>>,
    options?: RegistrationOptions,
  ): Observable<CallEvent>;
  /**
   * Calls all full registrations and one slice, of all notifiers. Emits one answer for each, as they come, and completes with the
   * last; an error of one is its answer, and not the others'. Errors with `NoRecipientError` where there is none, and with
   * `RequestTimeoutError` where it is not known in time who could answer.
   *
   * ```
   * call          --a---b|     of two
   *               --a------b|  b: no answer in time, or its connection is lost: { from, error }
   * unsubscribe   --a-!        the others are told to stop
   * ```
   *
   * Nothing is sent twice: a slice that was lost before the call was written gives way to another one, and one that may have
   * carried it out never does.
   */
  call<O extends ObjectOf<Api>, C extends CommandOf<Api, O>>(
    object: O,
    id: Id,
    command: C,
    ...args: CallArgs<ArgsOf<Api, O, C>>
  ): Observable<Answer<AnswerOf<Api, O, C>>>;
  /**
   * One call for each id, all at a time. Emits their answers once, in the order of the ids, when all are in; nobody for an id is
   * an empty list.
   *
   * ```
   * calls   -----(r|)    r: [[a], [], [b, c]]
   * ```
   */
  calls<O extends ObjectOf<Api>, C extends CommandOf<Api, O>>(
    object: O,
    ids: readonly Id[],
    command: C,
    ...args: CallArgs<ArgsOf<Api, O, C>>
  ): Observable<readonly (readonly Answer<AnswerOf<Api, O, C>>[])[]>;
  /** The other notifiers that are known, by id; the present ones first, then after each change. */
  readonly peers$: Observable<readonly NotifierPeer[]>;
  /** What is registered, here and at all peers; what there is first, then after each change. */
  readonly registrations$: Observable<readonly KnownRegistration[]>;
  /** Publications that got lost here, as it happens. */
  readonly dropped$: Observable<NotifierDrop>;
  /** What nobody else is told, as it happens. */
  readonly events$: Observable<NotifierEvent>;
  /**
   * Takes its tag back, says goodbye and closes; resolves when that is done. Streams complete, calls that wait error with
   * `ClosedError`, handlers are unsubscribed from.
   */
  close(): Promise<void>;
}
