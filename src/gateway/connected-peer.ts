import { type SchedulerLike, Subscription } from 'rxjs';
import { dateBy } from '../clock.ts';
import { MAX_TIME } from '../options.ts';
import type { Serf } from '../serf.ts';
import type { WebSocketClose } from '../socket/close-codes.ts';
import type { GatewayPeer } from './events.ts';
import type { Source } from './sources.ts';

/** Ends that are the gateway's own; those of `serve` have theirs from the socket. */
export const CLOSE = {
  goingAway: { code: 1001, text: 'the gateway ends' },
  crowded: { code: 1013, text: 'too many that are not authenticated' },
  draining: { code: 1012, text: 'the gateway restarts' },
  upstreamLost: { code: 1012, text: 'the agent was lost: what it said meanwhile is not known' },
  upstreamEnded: { code: 1012, text: 'the agent has ended' },
  slow: { code: 1013, text: 'what it asked for is read too slowly' },
  tooMany: { code: 1013, text: 'too many connections of this name' },
  expired: { code: 4401, text: 'the credential has expired' },
  forbidden: { code: 4403, text: 'no longer allowed' },
} as const satisfies Record<string, WebSocketClose>;

/** How a peer's connection ends, and what was wrong. */
export type PeerEnd = WebSocketClose & { readonly error?: Error };

/** What an identity uses, until `free` is called. */
export interface Use {
  readonly serf: Serf<Uint8Array>;
  readonly source: Source;
  free(): void;
}

/** Whoever is connected to a gateway, whatever they speak: a WebSocket, or a stream of events over HTTP. */
export interface ConnectedPeer extends GatewayPeer {
  /** What it uses, once that is known. */
  readonly source: Source | undefined;
  /** Sees whether it is still there, or has those between know that it is. */
  ping(): void;
  /** Ends it; what it was sent until then still gets there. */
  close(end: PeerEnd): void;
  /** What it uses was lost: from now on it misses something. */
  sourceLost(): void;
  /** What it uses is there again. */
  sourceBack(): void;
}

/**
 * Calls `end` at a date, which may be set back or stand still; so it is no later than that date is now, by the scheduler.
 *
 * @param date in ms since the epoch
 */
export function atDate(date: number, scheduler: SchedulerLike, end: () => void): Subscription {
  const work = new Subscription();
  const deadline = scheduler.now() + date - dateBy(scheduler);
  const look = () => {
    const left = Math.min(date - dateBy(scheduler), deadline - scheduler.now());
    // A timer holds 24.8 days: what is later is looked at again.
    if (left > 0) work.add(scheduler.schedule(look, Math.min(left, MAX_TIME)));
    else end();
  };
  look();
  return work;
}
