import { ProtocolError } from '../errors.ts';

/** Bounds on what is taken from a peer; a frame beyond one of them is a `ProtocolError` and ends the connection. */
export interface FrameLimits {
  /** The most bytes of one message. @defaultValue 33,554,432 (32 MiB; 10,000 members take about 3 MB) */
  readonly frameBytes: number;
  /** How deep maps and arrays may nest; 1,000 at the most. @defaultValue 16 (a real agent's: 5) */
  readonly depth: number;
  /**
   * The most MessagePack values in one message: an empty map takes one byte on the wire and far more in memory.
   * @defaultValue 2,000,000 (10,000 members with ten tags each have 430,000)
   */
  readonly values: number;
}

export const DEFAULT_LIMITS: FrameLimits = { frameBytes: 32 * 1024 * 1024, depth: 16, values: 2_000_000 };

/** Whether a message was one beyond the limits. */
export function isBeyondLimits(error: unknown): boolean {
  return error instanceof ProtocolError && (error.code === 'frame-too-large' || error.code === 'too-deep');
}
