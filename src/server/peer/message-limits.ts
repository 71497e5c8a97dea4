import type { FrameLimits } from '../../protocol/limits.ts';
import type { PeerLimits } from '../options.ts';

/** What a peer may send at most before it is accepted: a handshake and a key are far less. */
const FRAME_BYTES = 65_536;
const VALUES = 1_000;
const UNREAD_BYTES = 2 * FRAME_BYTES;

/** The limits on a peer's messages: narrow ones until it is accepted, so that a stranger's cost nobody much. */
export class MessageLimits implements FrameLimits {
  frameBytes: number;
  readonly depth: number;
  values: number;
  /** How many bytes may wait to be read: a socket that can be paused has less. */
  unreadBytes: number;

  constructor({ frameBytes, depth, values }: FrameLimits) {
    this.frameBytes = Math.min(FRAME_BYTES, frameBytes);
    this.depth = depth;
    this.values = Math.min(VALUES, values);
    this.unreadBytes = UNREAD_BYTES;
  }

  /** Sets the limits of a peer that is accepted, from the next message on. */
  widen({ frameBytes, values, requestBytes }: PeerLimits): void {
    this.frameBytes = frameBytes;
    this.values = values;
    this.unreadBytes = frameBytes + requestBytes;
  }
}
