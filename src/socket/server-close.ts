import { ProtocolError } from '../errors.ts';
import type { WebSocketClose } from './close-codes.ts';

const FAILED: WebSocketClose = { code: 1011, text: 'the server failed' };
const NOT_THE_PROTOCOL: WebSocketClose = { code: 1002, text: 'not what the protocol has' };

const BY_ERROR: ReadonlyMap<string, WebSocketClose> = new Map([
  ['frame-too-large', { code: 1009, text: 'a message is too large' }],
  ['overflow', { code: 1013, text: 'too slow a reader, or too many requests' }],
  ['unexpected-frame', { code: 1003, text: 'a frame of the other type' }],
  ['peer-timeout', { code: 1002, text: 'nothing came in time' }],
]);

/** How a server closes for this reason. */
export function closeFor(reason: unknown): WebSocketClose {
  if (!(reason instanceof ProtocolError)) return FAILED;
  return BY_ERROR.get(reason.code) ?? NOT_THE_PROTOCOL;
}
