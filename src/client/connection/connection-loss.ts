import { ConnectionLostError, type SerfError } from '../../errors.ts';

/** Why the client closed a connection that was still open. */
export abstract class ClosedByClient extends Error {}

/** The peer sent nothing for too long. It may be frozen, and accept connections all the same. */
export class HeartbeatTimeout extends ClosedByClient {
  /** @param period the time between two pings, in ms */
  constructor(period: number) {
    super(`no sign of life in ${2.5 * period} ms`);
  }
}

/** The socket threw at `next`. */
export class WriteFailed extends ClosedByClient {
  constructor(cause: unknown) {
    super(`the socket does not take what is sent: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

/** The main connection is to another agent now, and the others follow it. */
export class FailedOver extends ClosedByClient {
  constructor(address: string) {
    super(`the client has moved on to ${address}`);
  }
}

/** Errors of a socket that come from the network: what the peer did is not known. */
const NETWORK = new Set<unknown>([
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

export function isHeartbeatTimeout(error: SerfError): boolean {
  return error.cause instanceof HeartbeatTimeout;
}

/** Whether the peer closed the connection: not this client, for whatever reason, and not the network. */
export function closedByPeer(error: unknown): boolean {
  if (!(error instanceof ConnectionLostError) || error.cause instanceof ClosedByClient) return false;
  // A WebSocket that ended without a word: whether by the peer or by the network, nobody tells.
  return error.closeCode !== 1006 && !NETWORK.has((error.cause as { code?: unknown } | undefined)?.code);
}
