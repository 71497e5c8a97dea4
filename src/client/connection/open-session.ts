import { catchError, defer, first, from, Observable, of, type Subscribable, switchMap, tap } from 'rxjs';
import type { Address } from '../../address.ts';
import type { AgentSupport, PeerHint } from '../../agent-support.ts';
import {
  AgentError,
  ConnectError,
  ConnectionLostError,
  InvalidArgumentError,
  ProtocolError,
  type SerfError,
} from '../../errors.ts';
import type { AuthKey, ClientOptions } from '../../options.ts';
import type { Command } from '../../protocol/commands.ts';
import { decodeFrames } from '../../protocol/frames.ts';
import type { RequestBody } from '../../protocol/wire.ts';
import { afterReads } from '../../rpc/fair-timer.ts';
import type { Socket } from '../../socket/socket.ts';
import { InternalCall } from '../calls/call.ts';
import { HeartbeatTimeout } from './connection-loss.ts';
import { heartbeat } from './heartbeat.ts';
import { Session } from './session.ts';

/** Options of {@link openSession}. */
export type SessionOptions = Pick<
  ClientOptions<unknown>,
  keyof AgentSupport | 'connectTimeout' | 'heartbeat' | 'limits' | 'scheduler' | 'socket'
>;

/**
 * Dials, shakes hands, and emits the session once the agent has accepted it; errors when it ends.
 *
 * ```
 * subscribe   --s------#    accepted, then lost
 *             --#           not reached in time, refused, or not an agent
 *             --s----#      closed by this client, then by the agent
 * ```
 *
 * Each step waits for the one before it: the agent answers twice what it refuses for want of a key. Unsubscribing closes the
 * socket at once.
 */
export function openSession(
  address: Address,
  authKey: AuthKey | undefined,
  options: SessionOptions,
): Observable<Session> {
  return new Observable((subscriber) => {
    const where = address.toString();
    const { connectTimeout, scheduler } = options;
    let dialled = false;
    const timer = afterReads(scheduler, connectTimeout, () => {
      const late = dialled
        ? `no ${address.peer} answered at ${described(address)}`
        : `authKey gave no key for ${where}`;
      const message = `${late} in ${connectTimeout} ms`;
      subscriber.error(new ConnectError('connect-timeout', message, { address: where }));
    });
    subscriber.add(timer);
    const session$ = keyFor(where, authKey).pipe(
      switchMap((key) => {
        dialled = true;
        return dial(address, key, options);
      }),
      tap(() => timer.unsubscribe()),
    );
    subscriber.add(session$.subscribe(subscriber));
  });
}

/** Emits the key for one connection; empty: none. */
function keyFor(address: string, authKey: AuthKey | undefined): Observable<string> {
  if (typeof authKey !== 'function') return of(authKey ?? '');
  return defer(() => {
    const key = authKey();
    return typeof key === 'string' ? of(key) : from(key);
  }).pipe(
    first(),
    catchError((cause) => {
      const message = `could not connect to ${address}: authKey gave no key`;
      throw new ConnectError('connect-failed', message, { address, cause });
    }),
    tap((key) => {
      if (typeof key === 'string') return;
      throw new InvalidArgumentError('invalid-argument', `authKey should give a text, not ${typeof key}`);
    }),
  );
}

/** One connection, with its key. */
function dial(address: Address, authKey: string, options: SessionOptions): Observable<Session> {
  return new Observable((subscriber) => {
    let socket: Socket;
    try {
      socket = options.socket(address);
    } catch (error) {
      subscriber.error(endOf(address, false, error));
      return;
    }
    let ready = false;
    const guess = options.guessPeer?.(address);
    const log = options.wireLog?.(address.toString());
    log?.tell('connecting');
    subscriber.add(() => log?.tell('closed'));
    const fail = (error: SerfError) => {
      log?.tell(error.message);
      subscriber.error(error);
    };
    const ended = (cause?: unknown) => fail(endOf(address, ready, cause, ready ? '' : guess?.hint(cause)));
    const session = new Session(log?.outgoing(socket) ?? socket, address, ended);
    const accepted = () => {
      ready = true;
      const { heartbeat: period, scheduler } = options;
      const timedOut = () => ended(new HeartbeatTimeout(period));
      const silent = (since?: number) => session.onSilence?.(since);
      if (period > 0) subscriber.add(heartbeat(session, period, scheduler, timedOut, silent));
      subscriber.next(session);
    };
    subscriber.add(
      decodeFrames(
        counting(socket, session, guess),
        'Error',
        (seq, error) => session.hasBody(seq, error),
        options.limits,
        options.newReader,
      ).subscribe({
        next: log
          ? (frame) => {
              log.received(frame);
              session.dispatch(frame);
            }
          : (frame) => session.dispatch(frame),
        error: ended,
        complete: () => ended(),
      }),
    );
    const greet = <C extends Command>(command: C, body: RequestBody<C>, next: () => void) =>
      session.call(new InternalCall(command, body, next, (error) => fail(refusedBy(command, error))));
    const authenticate = () => greet('auth', { AuthKey: authKey }, accepted);
    greet('handshake', { Version: 1 }, authKey ? authenticate : accepted);
  });
}

/** A piece of a message this large, in bytes, is a sign of life though the message is not whole. */
const LARGE_PIECE = 1024;

/**
 * The socket's bytes, of which large pieces count as signs of life. Small ones do not: with a corrupted length, the answers to
 * pings would be taken for the rest of a message that never ends.
 */
function counting(socket: Socket, session: Session, guess: PeerHint | undefined): Subscribable<Uint8Array> {
  return {
    subscribe: (observer) =>
      socket.subscribe({
        ...observer,
        next: (bytes) => {
          if (ArrayBuffer.isView(bytes)) {
            if (bytes.length >= LARGE_PIECE) session.heard++;
            guess?.look(bytes);
          }
          observer.next?.(bytes);
        },
      }),
  };
}

/**
 * The error for the end of a socket.
 *
 * @param hint what the peer may be, of a connection that was not accepted
 */
function endOf(to: Address, ready: boolean, cause: unknown, hint = ''): SerfError {
  const address = to.toString();
  // OpenSSL ends its messages with a line break.
  const why =
    cause instanceof Error
      ? cause.message.trimEnd() || (cause as { code?: string }).code
      : `the ${to.peer} closed the connection`;
  if (cause instanceof InvalidArgumentError)
    return new InvalidArgumentError(cause.code, cause.message, { cause, address });
  if (cause instanceof ProtocolError)
    return new ProtocolError(cause.code, `${cause.message}${hint}`, { cause, address });
  if (!ready)
    return new ConnectError('connect-failed', `could not connect to ${described(to)}: ${why}${hint}`, {
      address,
      cause,
    });
  return new ConnectionLostError(`lost the connection to ${described(to)}: ${why}`, {
    outcome: 'unknown',
    address,
    cause,
  });
}

/** `host:port`, and the name that it was resolved from. */
function described(address: Address): string {
  return address.servername ? `${address} (${address.servername})` : address.toString();
}

/** The error for a refused step of the greeting. */
function refusedBy(command: Command, error: SerfError): SerfError {
  if (!(error instanceof AgentError)) return error;
  return new ProtocolError('handshake-refused', error.message, {
    command,
    address: error.address,
    cause: error,
  });
}
