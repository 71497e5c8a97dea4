import { catchError, defer, from, map, Observable, of, type Subscriber, tap } from 'rxjs';
import { ProtocolError, SerfError } from '../errors.ts';
import { KINDS } from '../filter.ts';
import { MAX_TIME } from '../options.ts';
import type { COMMANDS, Command } from '../protocol/commands.ts';
import { severalErrors } from '../protocol/refusals.ts';
import { wireCoordinate, wireJoined, wireKeyReport } from '../protocol/to-wire.ts';
import type { RequestBody, Uint64 } from '../protocol/wire.ts';
import type { Writable } from '../protocol/writer.ts';
import type { LogLevel, MembersFilter, QueryOptions, Serf } from '../serf.ts';
import { sameKey } from './peer/auth-state.ts';
import type { ServedPeer } from './peer/served-peer.ts';
import { refusal } from './refusal.ts';
import { type EncodedBody, membersBody } from './streams/encoded-records.ts';
import { QueryStream } from './streams/query-stream.ts';
import { EventStream, LogStream } from './streams/record-stream.ts';

/** What emits a command's answer: its body, or nothing worth having where there is none. */
export type Answer$<C extends Command> = (typeof COMMANDS)[C]['response'] extends true
  ? Observable<Writable | EncodedBody>
  : Observable<void>;

/**
 * Carries out a command. What it emits first is the answer, and an error refuses the command. The next command's turn has
 * come with the answer or, where records follow, when it completes: what it does between the two comes behind the answer.
 */
export type Handler<C extends Command> = (peer: ServedPeer, body: RequestBody<C>, seq: Uint64) => Answer$<C>;

const NANOSECONDS = 1_000_000;
/**
 * How long the filters, levels and names of all that a peer has open may be together, in characters: a filter takes about
 * 13 times its length in memory.
 */
const SUBJECTS = 262_144;
/** How many parts a filter may have: to read and to sort 20,000 takes a third of a second. */
const FILTER_PARTS = 1_024;
const NOWHERE = 'Failed to resolve : lookup : no such host';
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERR'];
/** "Ok" to what an agent takes and a Serf is not asked for, as there is nothing to it: the call would be misuse. */
const NOTHING_TO_DO = of(undefined);

/** What becomes of each command. */
export const HANDLERS: { readonly [C in Command]: Handler<C> } = {
  handshake: (peer, { Version }) =>
    answer(() => {
      if (Version !== 1) throw refusal('handshake', 'Unsupported IPC version');
      if (peer.auth.handshaken) throw refusal('handshake', 'Handshake already performed');
      if (peer.auth.handshake()) peer.accepted();
    }),
  auth: (peer, { AuthKey }) =>
    serfOf(peer, AuthKey).pipe(
      map((serf) => {
        if (serf) peer.use(serf);
        if (peer.auth.authenticate()) peer.accepted();
      }),
    ),

  event: ({ serf }, { Name, Payload, Coalesce }) => serf.event(Name, Payload, { coalesce: Coalesce }),
  respond: ({ queries }, { ID, Payload }) => {
    const query = queries.get(ID);
    if (!query) throw unknownQuery();
    return query.respond(Payload).pipe(
      catchError((error) => {
        // An agent forgets a query at its deadline.
        const forgotten = error instanceof SerfError && FORGOTTEN.has(error.code);
        if (forgotten) queries.delete(ID);
        throw forgotten ? unknownQuery() : error;
      }),
    );
  },
  tags: ({ serf }, { Tags, DeleteTags }) =>
    Object.keys(Tags).length + DeleteTags.length === 0
      ? NOTHING_TO_DO
      : serf.tags({ set: Tags, delete: DeleteTags }),

  members: ({ serf }) => serf.members().pipe(map(membersBody)),
  'members-filtered': (peer, { Name, Status, Tags }) => {
    const filter: MembersFilter = {
      ...(Status === '' ? {} : { status: Status }),
      ...(Name === '' ? {} : { name: Name }),
      tags: Tags,
    };
    return defer(() => peer.serf.members(filter)).pipe(
      map(membersBody),
      // An agent hangs up on a pattern that is not RE2, without a word.
      catchError((error) => {
        const isPattern = error instanceof SerfError && error.code === 'invalid-pattern';
        if (isPattern && !sideBySide(peer)) peer.hangUp(badPattern(error));
        throw error;
      }),
    );
  },
  stats: ({ serf }) => serf.stats(),
  'get-coordinate': ({ serf }, { Node }) =>
    Node === '' ? of(wireCoordinate(null)) : serf.coordinate(Node).pipe(map(wireCoordinate)),

  stream: (peer, { Type }, seq) =>
    opening(peer, 'stream', Type, (answered) => {
      if (Type.split(',', FILTER_PARTS + 1).length > FILTER_PARTS)
        throw refusal('stream', 'Too many parts in an event filter', 'overflow');
      const filter = parseEventFilter(Type);
      if (!filter) throw refusal('stream', 'Invalid event filter', 'invalid-filter');
      if (peer.streams.hasStream(seq)) throw refusal('stream', 'Stream with given sequence exists');
      const events$ = peer.serf.stream(filter);
      answered.next(undefined);
      peer.streams.startStream(seq, events$, new EventStream(peer, seq, Type));
      answered.complete();
    }),
  monitor: (peer, { LogLevel }, seq) =>
    opening(peer, 'monitor', LogLevel, (answered) => {
      const level = LogLevel.toUpperCase();
      if (!LEVELS.includes(level)) throw refusal('monitor', `Unknown log level: ${level}`);
      // An agent has one monitor a connection.
      const exists = peer.streams.hasMonitor(sideBySide(peer) ? seq : undefined);
      if (exists) throw refusal('monitor', 'Monitor already exists');
      const lines$ = peer.serf.monitor(level.toLowerCase() as LogLevel);
      answered.next(undefined);
      peer.streams.startMonitor(seq, lines$, new LogStream(peer, seq, level));
      answered.complete();
    }),
  query: (peer, { Name, Payload, Timeout, ...rest }, seq) =>
    opening(peer, 'query', Name, (answered) => {
      const stream = new QueryStream(peer, seq, Name, answered);
      const options: QueryOptions<Uint8Array> = {
        filterTags: rest.FilterTags,
        requestAck: rest.RequestAck,
        relayFactor: rest.RelayFactor,
        onAccepted: () => stream.accepted(),
        ...(rest.FilterNodes.length === 0 ? {} : { filterNodes: rest.FilterNodes }),
        // One that is negative is over at once, as with an agent; to a Serf it would be nonsense.
        ...(Timeout === 0 ? {} : { timeout: Math.min(MAX_TIME, Math.max(1, Timeout) / NANOSECONDS) }),
      };
      const replies$ = peer.serf.query(Name, Payload, options);
      peer.streams.start(replies$, stream);
      stream.startGrace(peer.options.queryGrace, peer.options.scheduler);
    }),
  // Always succeeds, also for a Seq that is no stream's: a round trip without effect.
  stop: ({ streams }, { Stop }) => answer(() => streams.stop(Stop)),

  join: ({ serf }, { Existing, Replay }) => {
    if (Existing.length === 0) return of(wireJoined(0));
    // An agent looks up an empty one, too; to a Serf it would be misuse.
    const somewhere = Existing.filter((address) => address !== '');
    if (somewhere.length === 0) throw refusal('join', severalErrors(Existing.map(() => NOWHERE)));
    return serf.join(somewhere, { replay: Replay }).pipe(map(wireJoined));
  },
  // An agent shuts down when it has answered. One that has not left goes on, and so does the connection.
  leave: (peer) => peer.serf.leave().pipe(tap(() => peer.left())),
  'force-leave': ({ serf }, { Node, Prune }) =>
    Node === '' ? NOTHING_TO_DO : serf.forceLeave(Node, { prune: Prune }),
  'install-key': ({ serf }, { Key }) => serf.installKey(Key).pipe(map(wireKeyReport)),
  'use-key': ({ serf }, { Key }) => serf.useKey(Key).pipe(map(wireKeyReport)),
  'remove-key': ({ serf }, { Key }) => serf.removeKey(Key).pipe(map(wireKeyReport)),
  'list-keys': ({ serf }) => serf.listKeys().pipe(map(wireKeyReport)),
};

const FORGOTTEN: ReadonlySet<string> = new Set(['deadline-passed', 'unknown-query']);

function unknownQuery(): SerfError {
  return refusal('respond', 'No pending queries matching ID', 'unknown-query');
}

function badPattern(cause: SerfError): ProtocolError {
  return new ProtocolError('invalid-pattern', cause.message, { command: 'members-filtered', cause });
}

/**
 * The filters in the `Type` of a `stream`, as the agent reads it: nothing is everything, `user:` is `user`, and a part
 * that can never match makes all of it invalid (`undefined`).
 */
export function parseEventFilter(type: string): readonly string[] | undefined {
  const parts = (type === '' ? '*' : type).split(',').map((part) => part.replace(/^(user|query):$/, '$1'));
  return parts.every((part) => KINDS.has(part) || /^(user|query):/.test(part)) ? parts : undefined;
}

/** Whether the peer has one connection for everything, unlike an agent's. */
function sideBySide({ options }: ServedPeer): boolean {
  return options.concurrency > 1;
}

/** The Serf for a peer with this key, if the key says which; errors with `auth-invalid`. */
function serfOf({ auth, options }: ServedPeer, key: string): Observable<Serf<Uint8Array> | undefined> {
  const { authenticate, authKey } = options;
  return defer(() => {
    // Without a key of ours only an empty one is right, as with an agent.
    if (!authenticate) return sameKey(key, authKey) ? of(undefined) : invalidKey();
    if (auth.authenticated) throw refusal('auth', 'Already authenticated');
    const serf = defer((): Observable<Serf<Uint8Array>> => {
      const given = authenticate(key);
      return isPromiseLike(given) ? from(given) : of(given);
    });
    auth.check();
    return serf.pipe(
      tap(requireSerf),
      catchError((cause) => {
        auth.refuseKey();
        return invalidKey(cause);
      }),
    );
  });
}

/** What nobody is known by is refused, and not served with whatever there is. */
function requireSerf(serf: Serf<Uint8Array>): void {
  if (typeof serf !== 'object' || serf === null) throw new TypeError('authenticate gave no Serf');
}

function isPromiseLike<T extends object>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return 'then' in value && typeof value.then === 'function';
}

/** @throws whatever the reason is: the peer is not told it */
function invalidKey(cause?: unknown): never {
  throw refusal('auth', 'Invalid authentication token', 'auth-invalid', cause);
}

/** A command of the server's own, that is over at once. */
function answer(act: () => void): Observable<undefined> {
  return defer(() => {
    act();
    return of(undefined);
  });
}

/** A command that records follow. */
function opening(
  peer: ServedPeer,
  command: Command,
  subject: string,
  open: (answered: Subscriber<undefined>) => void,
): Observable<undefined> {
  return new Observable((subscriber) => {
    const { options, streams } = peer;
    if (streams.count >= options.limits.streams || streams.size + subject.length > SUBJECTS)
      throw refusal(command, 'Too many streams', 'overflow');
    open(subscriber);
  });
}
