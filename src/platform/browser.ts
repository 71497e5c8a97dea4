import type { Address, Scheme } from '../address.ts';
import type { Socket } from '../socket/socket.ts';

/** A browser has no TCP; an agent is reached through a gateway, over a socket given as an option. */
export const schemes: readonly Scheme[] = [];

/** Never called: there are no {@link schemes}. */
export function platformSocket({ scheme }: Address): Socket {
  throw new Error(`no socket for ${scheme}`);
}

/** A browser has no environment. */
export function environment(_name: string): string | undefined {
  return undefined;
}
