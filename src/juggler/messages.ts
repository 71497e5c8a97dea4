import { ProtocolError } from '../errors.ts';
import { jsonSize, NotTaken } from '../json-patch/json.ts';
import type { JsonPatch } from '../json-patch/operation.ts';
import type { JugglerLimits } from './options.ts';

/** What is done with each message: one method a type. */
export interface MessageReceiver {
  /** Changes of the peer's data; anything at all. */
  data(patch: unknown): void;
  /** @param size of the frame, in characters */
  message(payload: unknown, size: number): void;
  ping(): void;
  pong(): void;
}

/** A message: what becomes of it here, and whether it has to have a payload. */
interface MessageType {
  readonly payload: boolean;
  receive(receiver: MessageReceiver, payload: unknown, size: number): void;
}

/** The messages that there are. A `Map`: `type` is a peer's text. */
const TYPES: ReadonlyMap<unknown, MessageType> = new Map<string, MessageType>([
  ['DATA', { payload: true, receive: (receiver, payload) => receiver.data(payload) }],
  ['MESSAGE', { payload: true, receive: (receiver, payload, size) => receiver.message(payload, size) }],
  ['PING', { payload: false, receive: (receiver) => receiver.ping() }],
  ['PONG', { payload: false, receive: (receiver) => receiver.pong() }],
]);

/**
 * Reads a frame and hands it on. Members besides `type` and `payload` are ignored.
 *
 * @throws `ProtocolError` for what is no message, and beyond the limits; the connection ends then
 */
export function receive(frame: string, receiver: MessageReceiver, limits: JugglerLimits): void {
  if (frame.length > limits.frameBytes)
    throw new ProtocolError('frame-too-large', `a frame of more than ${limits.frameBytes} bytes came`);
  const message = parse(frame);
  const type = TYPES.get(memberOf(message, 'type'));
  if (!type) throw new ProtocolError('unexpected-shape', 'a message came whose type is none of juggler’s');
  if (type.payload && !Object.hasOwn(message, 'payload'))
    throw new ProtocolError('unexpected-shape', 'a message came without a payload');
  const payload = memberOf(message, 'payload');
  if (type.payload) checkValues(payload, frame, limits);
  type.receive(receiver, payload, frame.length);
}

function parse(frame: string): object {
  let message: unknown;
  try {
    message = JSON.parse(frame);
  } catch {
    // What JSON.parse says has a part of the frame in it.
    throw new ProtocolError('unexpected-shape', 'a frame came that is not JSON');
  }
  if (typeof message === 'object' && message !== null && !Array.isArray(message)) return message;
  throw new ProtocolError('unexpected-shape', 'a frame came that is no object');
}

/** What a number needs to be too large for a short frame's digits alone. */
const LARGE_EXPONENT = /e\+?\d{3}/i;
const SHORT = 200;

/** Whoever gets a value may recurse, and JSON has no word for the `Infinity` that `JSON.parse` makes of 1e999. */
function checkValues(payload: unknown, frame: string, { depth }: JugglerLimits): void {
  // One without enough brackets, and without enough digits, need not be looked at.
  if (frame.length < Math.min(2 * depth, SHORT) && !LARGE_EXPONENT.test(frame)) return;
  try {
    // A patch has its values two levels deeper.
    jsonSize(payload, { depth: depth + 2, size: Number.POSITIVE_INFINITY });
  } catch (error) {
    if (!(error instanceof NotTaken)) throw error;
    if (error.code === 'too-deep')
      throw new ProtocolError('too-deep', `a message came that is deeper than ${depth}`);
    throw new ProtocolError('unexpected-shape', 'a message came with a number that is too large');
  }
}

function memberOf(message: object, member: 'type' | 'payload'): unknown {
  return Object.hasOwn(message, member) ? (message as Record<string, unknown>)[member] : undefined;
}

/** A frame that changes the peer's remote data. */
export function dataFrame(patch: JsonPatch): string {
  return `{"type":"DATA","payload":${JSON.stringify(patch)}}`;
}

/** A frame with a message that is JSON. */
export function messageFrame(payload: unknown): string {
  return `{"type":"MESSAGE","payload":${JSON.stringify(payload)}}`;
}

export const PING_FRAME = '{"type":"PING","payload":{}}';
export const PONG_FRAME = '{"type":"PONG","payload":{}}';
