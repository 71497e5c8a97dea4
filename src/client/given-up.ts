import { ConnectionLostError, type SerfError } from '../errors.ts';

/** Why a connection is given up that has not ended. */
export abstract class GivenUp extends Error {}

/** The peer has not said anything for too long: it may be frozen, and accept connections all the same. */
export class Silence extends GivenUp {
  constructor(period: number) {
    super(`no sign of life in ${2.5 * period} ms`);
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

/** Whether it was the peer that ended the connection: it was not given up, and nothing was wrong with what came. */
export function hungUp(error: unknown): boolean {
  return error instanceof ConnectionLostError && !(error.cause instanceof GivenUp);
}
