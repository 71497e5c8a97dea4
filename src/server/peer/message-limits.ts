import type { FrameLimits } from '../../protocol/limits.ts';

/** What a peer may send at most before it is accepted: a handshake and a key are far less. */
const FRAME_BYTES = 65_536;
const VALUES = 1_000;

/** The limits on a peer's messages: narrow ones at first, so that a stranger's are not worth decoding to anybody. */
export class MessageLimits implements FrameLimits {
  frameBytes: number;
  readonly depth: number;
  values: number;

  constructor({ frameBytes, depth, values }: FrameLimits) {
    this.frameBytes = Math.min(FRAME_BYTES, frameBytes);
    this.depth = depth;
    this.values = Math.min(VALUES, values);
  }

  /** The peer is accepted: these are its limits from the next message on. */
  widen({ frameBytes, values }: FrameLimits): void {
    this.frameBytes = frameBytes;
    this.values = values;
  }
}
