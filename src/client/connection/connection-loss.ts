import { ConnectionLostError, type SerfError } from '../../errors.ts';

/** Why a connection is given up that has not ended. */
export abstract class GivenUp extends Error {}

/** The peer has not said anything for too long: it may be frozen, and accept connections all the same. */
export class Silence extends GivenUp {
  constructor(period: number) {
    super(`no sign of life in ${2.5 * period} ms`);
  }
}

/** Our end of the connection does not take what is sent. */
export class NotTaken extends GivenUp {
  constructor(cause: unknown) {
    super(`the socket does not take what is sent: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

/** The client goes on with another agent. */
export class Moved extends GivenUp {
  constructor(address: string) {
    super(`the client has moved on to ${address}`);
  }
}

export function wasSilent(error: SerfError): boolean {
  return error.cause instanceof Silence;
}

/** Errors of a socket that are the network's: nobody knows what the peer did. */
const NETWORK = new Set<unknown>([
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

/** Whether it was the peer that ended the connection: not we, for whatever reason, and not the network. */
export function hungUp(error: unknown): boolean {
  if (!(error instanceof ConnectionLostError) || error.cause instanceof GivenUp) return false;
  return !NETWORK.has((error.cause as { code?: unknown } | undefined)?.code);
}
