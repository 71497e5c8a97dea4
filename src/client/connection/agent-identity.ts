import { catchError, forkJoin, ignoreElements, map, Observable, of, tap } from 'rxjs';
import { AgentError, AgentMismatchError, AuthenticationError } from '../../errors.ts';
import { toStats } from '../../protocol/translate.ts';
import type { WireValue } from '../../protocol/wire.ts';
import { type CallSession, InternalCall } from '../calls/call.ts';

/** A session whose agent can be told from others: a name is unique in a cluster. */
export interface Identified {
  /** The agent's `host:port`. */
  readonly address: string;
  /** See {@link agentName}. */
  readonly agentName$: Observable<string | undefined>;
}

/**
 * The name of a session's agent, as `stats` has it.
 *
 * ```
 * subscribe   ---(n|)    `undefined`: its stats have no name
 *             ---#       it refuses to tell
 *             ------     the session has ended
 * ```
 */
export function agentName(session: CallSession): Observable<string | undefined> {
  return new Observable((subscriber) => {
    const told = (body: WireValue | undefined) => {
      try {
        const { agent } = toStats(body);
        subscriber.next(agent && Object.hasOwn(agent, 'name') ? agent.name : undefined);
        subscriber.complete();
      } catch (error) {
        subscriber.error(error);
      }
    };
    const call = new InternalCall('stats', undefined, told, (error) => {
      // Any other error is the session's end.
      if (error instanceof AgentError || error instanceof AuthenticationError) subscriber.error(error);
    });
    session.call(call);
    return () => session.cancel(call);
  });
}

/**
 * Completes if two sessions are with the same agent: behind a balancer, each connection to one address may lead to another.
 * Errors with `AgentMismatchError` if they are not, or if that cannot be found out. Completes as well if the further one wants a
 * key: it refuses everything, whoever it is.
 */
export function sameAgent(session: Identified, main: Identified): Observable<never> {
  return forkJoin([answerOf(session), answerOf(main)]).pipe(
    tap(([found, expected]) => {
      if (found.error instanceof AuthenticationError) return;
      if (found.error ?? expected.error) throw unknown(session, found.error ?? expected.error);
      if (found.name !== expected.name) throw mismatch(session, found.name, expected.name);
    }),
    ignoreElements(),
  );
}

interface NameAnswer {
  readonly name?: string | undefined;
  readonly error?: unknown;
}

function answerOf({ agentName$ }: Identified): Observable<NameAnswer> {
  return agentName$.pipe(
    map((name): NameAnswer => ({ name })),
    catchError((error: unknown) => of({ error })),
  );
}

function mismatch({ address }: Identified, found: string | undefined, expected: string | undefined) {
  const message = `not sent: a further connection to ${address} leads to ${named(found)}, the main one to ${named(expected)}; connect to an agent's own address`;
  return new AgentMismatchError(message, { address, found, expected });
}

function unknown({ address }: Identified, cause: unknown) {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `not sent: whether a further connection to ${address} leads to the same agent as the main one cannot be found out (${why})`;
  return new AgentMismatchError(message, { address, cause });
}

function named(name: string | undefined): string {
  return name === undefined ? 'an agent without a name' : `the agent ${JSON.stringify(name)}`;
}
