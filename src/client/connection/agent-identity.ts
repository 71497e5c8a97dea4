import { catchError, forkJoin, ignoreElements, Observable, type Subscriber, tap, throwError } from 'rxjs';
import { AgentError, AgentMismatchError, type SerfError } from '../../errors.ts';
import { toStats } from '../../protocol/translate.ts';
import type { WireValue } from '../../protocol/wire.ts';
import { Call, type CallSession } from '../calls/call.ts';

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
    const call = new NameRequest(subscriber);
    session.call(call);
    return () => session.cancel(call);
  });
}

/**
 * Completes if two sessions are with the same agent: behind a balancer, each connection to one address may lead to another.
 * Errors with `AgentMismatchError` if they are not, or if that cannot be found out.
 */
export function sameAgent(session: Identified, main: Identified): Observable<never> {
  return forkJoin([session.agentName$, main.agentName$]).pipe(
    catchError((error) => throwError(() => unknown(session, error))),
    tap(([found, expected]) => {
      if (found !== expected) throw mismatch(session, found, expected);
    }),
    ignoreElements(),
  );
}

class NameRequest extends Call<'stats'> {
  readonly #subscriber: Subscriber<string | undefined>;

  constructor(subscriber: Subscriber<string | undefined>) {
    super('stats', undefined);
    this.#subscriber = subscriber;
  }

  reply(body: WireValue | undefined): void {
    try {
      const { agent } = toStats(body);
      this.#subscriber.next(agent && Object.hasOwn(agent, 'name') ? agent.name : undefined);
      this.#subscriber.complete();
    } catch (error) {
      this.#subscriber.error(error);
    }
  }

  fail(error: SerfError): void {
    if (error instanceof AgentError) this.#subscriber.error(error);
  }

  override interrupted(): boolean {
    return false;
  }
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
