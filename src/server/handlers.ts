import { catchError, defer, map, Observable, of, type Subscriber, tap } from 'rxjs';
import { ProtocolError, SerfError } from '../errors.ts';
import { MAX_TIME } from '../options.ts';
import type { COMMANDS, Command } from '../protocol/commands.ts';
import { severalErrors } from '../protocol/refusals.ts';
import { wireCoordinate, wireJoined, wireKeyReport, wireMembers } from '../protocol/to-wire.ts';
import type { RequestBody, Uint64 } from '../protocol/wire.ts';
import type { Writable } from '../protocol/writer.ts';
import type { LogLevel, MembersFilter, QueryOptions } from '../serf.ts';
import { parseEventFilter } from './event-filter.ts';
import type { PeerSession } from './peer/peer-session.ts';
import { sameKey } from './peer/same-key.ts';
import { refusal } from './refusal.ts';
import { QueryRecords } from './streams/query-stream.ts';
import { EventRecords, LogRecords } from './streams/record-stream.ts';

/** What emits a command's answer: its body, or nothing worth having where there is none. */
export type Answer$<C extends Command> = (typeof COMMANDS)[C]['response'] extends true
  ? Observable<Writable>
  : Observable<void>;

/**
 * Carries out a command. What it emits first is the answer, and an error refuses the command. The next command's turn has
 * come with the answer or, where records follow, when it completes: what it does between the two comes behind the answer.
 */
export type Handler<C extends Command> = (
  session: PeerSession,
  body: RequestBody<C>,
  seq: Uint64,
) => Answer$<C>;

const NANOSECONDS = 1_000_000;
/**
 * How long the filters, levels and names of all that a peer has open may be together, in characters: a filter takes about
 * 13 times its length in memory.
 */
const SUBJECTS = 262_144;
const NOWHERE = 'Failed to resolve : lookup : no such host';
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERR'];
/** "Ok" to what an agent takes and a Serf is not asked for, as there is nothing to it: the call would be misuse. */
const NOTHING_TO_DO = of(undefined);

/** What becomes of each command. */
export const HANDLERS: { readonly [C in Command]: Handler<C> } = {
  handshake: (session, { Version }) =>
    answer(() => {
      if (Version !== 1) throw refusal('handshake', 'Unsupported IPC version');
      if (session.manners.greeted) throw refusal('handshake', 'Handshake already performed');
      if (session.manners.greet()) session.accepted();
    }),
  // Without a key of ours only an empty one is right, as with an agent.
  auth: (session, { AuthKey }) =>
    answer(() => {
      if (!sameKey(AuthKey, session.options.authKey))
        throw refusal('auth', 'Invalid authentication token', 'auth-invalid');
      if (session.manners.authenticate()) session.accepted();
    }),

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

  members: ({ serf }) => serf.members().pipe(map(wireMembers)),
  'members-filtered': (session, { Name, Status, Tags }) => {
    const filter: MembersFilter = {
      ...(Status === '' ? {} : { status: Status }),
      ...(Name === '' ? {} : { name: Name }),
      tags: Tags,
    };
    return defer(() => session.serf.members(filter)).pipe(
      map(wireMembers),
      // An agent hangs up on a pattern that is not RE2, without a word.
      catchError((error) => {
        if (error instanceof SerfError && error.code === 'invalid-pattern') session.hangUp(badPattern(error));
        throw error;
      }),
    );
  },
  stats: ({ serf }) => serf.stats(),
  'get-coordinate': ({ serf }, { Node }) =>
    Node === '' ? of(wireCoordinate(null)) : serf.coordinate(Node).pipe(map(wireCoordinate)),

  stream: (session, { Type }, seq) =>
    opening(session, 'stream', Type, (answered) => {
      const filter = parseEventFilter(Type);
      if (!filter) throw refusal('stream', 'Invalid event filter', 'invalid-filter');
      if (session.records.hasStream(seq)) throw refusal('stream', 'Stream with given sequence exists');
      const events$ = session.serf.stream(filter);
      answered.next(undefined);
      session.records.startStream(seq, events$, new EventRecords(session, seq, Type));
      answered.complete();
    }),
  monitor: (session, { LogLevel }, seq) =>
    opening(session, 'monitor', LogLevel, (answered) => {
      const level = LogLevel.toUpperCase();
      if (!LEVELS.includes(level)) throw refusal('monitor', `Unknown log level: ${level}`);
      if (session.records.hasMonitor) throw refusal('monitor', 'Monitor already exists');
      const lines$ = session.serf.monitor(level.toLowerCase() as LogLevel);
      answered.next(undefined);
      session.records.startMonitor(seq, lines$, new LogRecords(session, seq, level));
      answered.complete();
    }),
  query: (session, { Name, Payload, Timeout, ...rest }, seq) =>
    opening(session, 'query', Name, (asked) => {
      const records = new QueryRecords(session, seq, Name, asked);
      const options: QueryOptions<Uint8Array> = {
        filterTags: rest.FilterTags,
        requestAck: rest.RequestAck,
        relayFactor: rest.RelayFactor,
        onAccepted: () => records.accepted(),
        ...(rest.FilterNodes.length === 0 ? {} : { filterNodes: rest.FilterNodes }),
        // One that is negative is over at once, as with an agent; to a Serf it would be nonsense.
        ...(Timeout === 0 ? {} : { timeout: Math.min(MAX_TIME, Math.max(1, Timeout) / NANOSECONDS) }),
      };
      const replies$ = session.serf.query(Name, Payload, options);
      session.records.start(replies$, records);
      records.wait(session.options.queryGrace, session.options.scheduler);
    }),
  // Always succeeds, also for a Seq that is no stream's: a round trip without effect.
  stop: ({ records }, { Stop }) => answer(() => records.stop(Stop)),

  join: ({ serf }, { Existing, Replay }) => {
    if (Existing.length === 0) return of(wireJoined(0));
    // An agent looks up an empty one, too; to a Serf it would be misuse.
    const somewhere = Existing.filter((address) => address !== '');
    if (somewhere.length === 0) throw refusal('join', severalErrors(Existing.map(() => NOWHERE)));
    return serf.join(somewhere, { replay: Replay }).pipe(map(wireJoined));
  },
  // An agent shuts down when it has answered. One that has not left goes on, and so does the connection.
  leave: (session) => session.serf.leave().pipe(tap(() => session.parting.left())),
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

/** A command of the server's own, that is over at once. */
function answer(act: () => void): Observable<undefined> {
  return defer(() => {
    act();
    return of(undefined);
  });
}

/** A command that records follow. */
function opening(
  session: PeerSession,
  command: Command,
  subject: string,
  open: (answered: Subscriber<undefined>) => void,
): Observable<undefined> {
  return new Observable((subscriber) => {
    const { options, records } = session;
    if (records.count >= options.limits.streams || records.size + subject.length > SUBJECTS)
      throw refusal(command, 'Too many streams', 'overflow');
    open(subscriber);
  });
}
