import { catchError, defer, finalize, type Observable } from 'rxjs';
import { ConnectionLostError, InvalidArgumentError } from '../../errors.ts';
import type { Member } from '../../model.ts';
import { toMembers } from '../../protocol/translate.ts';
import type { RequestBody } from '../../protocol/wire.ts';
import type { Deadlines } from '../../rpc/deadlines.ts';
import { closedByPeer } from '../connection/connection-loss.ts';
import type { Channel } from './call.ts';
import { unaryCall } from './unary-call.ts';

/** What {@link membersByPattern} needs of the client. */
export interface PatternContext {
  /** A connection that only requests with patterns share, or the only one there is. */
  readonly channel: Channel;
  /** Opens another connection, for one request, that hangs up when told to; none where the peer does not hang up on a pattern. */
  readonly another: (() => Channel & { hangUp(): void }) | undefined;
  readonly deadlines: Deadlines;
  readonly timeout: number;
}

/**
 * `members-filtered`. At a pattern that is not RE2 the agent does not answer, it hangs up, and takes the requests
 * behind it along. So a request whose connection was lost is sent once more, on a connection of its own; a second
 * loss can only be its own fault.
 *
 * ```
 * shared connection   --r---#
 * its own                   ---r---#            it was the pattern: InvalidArgumentError
 *                           ---r---(v|)         it was another's pattern
 * ```
 */
export function membersByPattern(
  body: RequestBody<'members-filtered'>,
  context: PatternContext,
): Observable<Member[]> {
  const { channel, another, deadlines, timeout } = context;
  return defer(() => {
    // For both tries.
    const deadline = deadlines.now() + timeout;
    const request = { command: 'members-filtered', body, timeout, deadline, toValue: toMembers } as const;
    const alone = (open: NonNullable<typeof another>) =>
      defer(() => {
        const link = open();
        return unaryCall(link, deadlines, request).pipe(finalize(() => link.hangUp()));
      }).pipe(
        catchError((error) => {
          throw isLost(error) && closedByPeer(error.cause) ? invalidPattern(body, error) : error;
        }),
      );
    const again = another ? alone(another) : unaryCall(channel, deadlines, request);
    return unaryCall(channel, deadlines, request).pipe(
      catchError((error) => {
        if (isLost(error)) return again;
        throw error;
      }),
    );
  });
}

function isLost(error: unknown): error is ConnectionLostError {
  return error instanceof ConnectionLostError && error.outcome === 'unknown';
}

function invalidPattern({ Name, Status, Tags }: RequestBody<'members-filtered'>, cause: ConnectionLostError) {
  const patterns = [
    ...(Name ? [`name ${JSON.stringify(Name)}`] : []),
    ...(Status ? [`status ${JSON.stringify(Status)}`] : []),
    ...Object.entries(Tags).map(([tag, pattern]) => `tag ${JSON.stringify(tag)} ${JSON.stringify(pattern)}`),
  ];
  return new InvalidArgumentError(
    'invalid-pattern',
    `the agent hung up on these patterns, as it does when one is not valid RE2 (no look-around, no back-references): ${patterns.join(', ')}`,
    { command: 'members-filtered', address: cause.address, cause },
  );
}
