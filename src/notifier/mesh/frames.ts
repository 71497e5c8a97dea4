import { ProtocolError } from '../../errors.ts';
import type { Slab } from '../../protocol/slab.ts';
import type { WireValue } from '../../protocol/wire.ts';
import { Writer } from '../../protocol/writer.ts';
import { type Id, type IdMask, isId, masked } from '../registrations/match.ts';
import type { Registration } from '../registrations/registration.ts';

// What two notifiers say to each other: MessagePack arrays, one after the other, each with its type first.
//
// | type | frame | |
// | --- | --- | --- |
// | 0 | `hello, version, id, node, nonce` | first, by either side; the side that dialled begins |
// | 1 | `proof, mac` | the key is known; the side that dialled proves it first |
// | 2 | `registrations, number, [registration…], more` | all there are, in parts of a thousand |
// | 3 | `change, number, [change…]` | what is another since |
// | 4 | `publish, object, id, command, payload, full, slice` | to all that are full, and to the slice with this number |
// | 5 | `call, seq, registration, id, payload` | |
// | 6 | `answer, seq, outcome, body` | |
// | 7 | `cancel, seq` | nobody waits for the answer any more |
// | 8, 9 | `ping`, `pong` | |
// | 10 | `bye` | nothing more will be asked or published over this connection |
//
// A registration is `[number, kind, object, command, mask, value, weight or nil, target]`; a change `[0, registration]` (a new one),
// `[1, number]` (gone) or `[2, number, weight]`. What comes before the proof is hello and proof, and nothing else is read.

/** The version of all this. */
export const VERSION = 1;
/** How many registrations one frame has at most. */
export const PART = 1_000;

const TYPES = [
  'hello',
  'proof',
  'registrations',
  'change',
  'publish',
  'call',
  'answer',
  'cancel',
  'ping',
  'pong',
  'bye',
] as const;
export type FrameType = (typeof TYPES)[number];
export const CODE = Object.fromEntries(TYPES.map((type, code) => [type, code])) as Record<FrameType, number>;

/** Who somebody is, as he says. */
export interface Hello {
  readonly version: number;
  readonly id: string;
  /** The member that his agent is; empty: none. */
  readonly node: string;
  readonly nonce: Uint8Array;
}

/** A change of what somebody has registered. */
export type Change =
  | { readonly type: 'added'; readonly registration: Registration }
  | { readonly type: 'removed'; readonly number: number }
  | { readonly type: 'weight'; readonly number: number; readonly weight: number };

/** What became of a call: an answer, an error of its handler, or nobody is registered there any more and nothing was done. */
export type CallOutcome =
  | { readonly type: 'value'; readonly payload: Uint8Array }
  | { readonly type: 'error'; readonly code: number; readonly message: string; readonly data: Uint8Array }
  | { readonly type: 'gone' };

export type Frame =
  | { readonly type: 'hello'; readonly hello: Hello }
  | { readonly type: 'proof'; readonly mac: Uint8Array }
  | {
      readonly type: 'registrations';
      readonly number: number;
      readonly registrations: readonly Registration[];
      readonly more: boolean;
    }
  | { readonly type: 'change'; readonly number: number; readonly changes: readonly Change[] }
  | PublishFrame
  | CallFrame
  | AnswerFrame
  | { readonly type: 'cancel'; readonly seq: number }
  | { readonly type: 'ping' | 'pong' | 'bye' };

export interface PublishFrame {
  readonly type: 'publish';
  readonly object: string;
  readonly id: Id;
  readonly command: string;
  readonly payload: Uint8Array;
  /** Whether it is for all that are full. */
  readonly full: boolean;
  /** The number of the slice that it is for. */
  readonly slice: number | undefined;
}

export interface CallFrame {
  readonly type: 'call';
  readonly seq: number;
  readonly registration: number;
  readonly id: Id;
  readonly payload: Uint8Array;
}

export interface AnswerFrame {
  readonly type: 'answer';
  readonly seq: number;
  readonly outcome: CallOutcome;
}

// Reused, because it keeps a buffer; what it gives is a copy.
const writer = new Writer();

export function encodeHello({ version, id, node, nonce }: Hello): Uint8Array {
  return encode([CODE.hello, version, id, node, nonce]);
}

export function encodeProof(mac: Uint8Array): Uint8Array {
  return encode([CODE.proof, mac]);
}

export function encodeRegistrations(
  number: number,
  registrations: readonly Registration[],
  more: boolean,
): Uint8Array {
  return encode([CODE.registrations, number, registrations.map(registrationFields), more]);
}

/** What a registration has besides its names, in bytes, at most. */
const REGISTRATION_OVERHEAD = 64;

/** A list of registrations in the parts in which it is sent: of {@link PART} at most, and of so many bytes. One is always in a part. */
export function* partsOf<R extends Registration>(all: readonly R[], bytes: number): Generator<readonly R[]> {
  let start = 0;
  let size = 0;
  for (let at = 0; at < all.length; at++) {
    const { object, command } = all[at] as R;
    // A character has three bytes at most.
    const length = REGISTRATION_OVERHEAD + 3 * (object.length + command.length);
    if (at - start === PART || (at > start && size + length > bytes)) {
      yield all.slice(start, at);
      start = at;
      size = 0;
    }
    size += length;
  }
  yield all.slice(start);
}

export function encodeChange(number: number, changes: readonly Change[]): Uint8Array {
  return encode([CODE.change, number, changes.map(changeFields)]);
}

export function encodePublish(
  object: string,
  id: Id,
  command: string,
  payload: Uint8Array,
  full: boolean,
  slice: number | undefined,
): Uint8Array {
  return encode([CODE.publish, object, id, command, payload, full, slice]);
}

/** Field by field: it is written thousands of times a second. */
export function encodeCall(
  seq: number,
  registration: number,
  id: Id,
  payload: Uint8Array,
  slab?: Slab,
): Uint8Array {
  writer.clear();
  writer.list(5).write(CODE.call).write(seq).write(registration).write(id).write(payload);
  return writer.take(slab);
}

export function encodeAnswer(seq: number, outcome: CallOutcome, slab?: Slab): Uint8Array {
  writer.clear();
  writer.list(4).write(CODE.answer).write(seq);
  if (outcome.type === 'value') writer.write(0).write(outcome.payload);
  else if (outcome.type === 'gone') writer.write(2).write(null);
  else writer.write(1).write([outcome.code, outcome.message, outcome.data]);
  return writer.take(slab);
}

export function encodeCancel(seq: number): Uint8Array {
  return encode([CODE.cancel, seq]);
}

/** `ping`, `pong` and `bye` say nothing but themselves. */
export function encodeSign(type: 'ping' | 'pong' | 'bye'): Uint8Array {
  return encode([CODE[type]]);
}

type Fields = Parameters<Writer['write']>[0];

function encode(fields: readonly Fields[]): Uint8Array {
  // Whatever is in there is of a frame that could not be written.
  writer.clear();
  return writer.write(fields).take();
}

function registrationFields({
  number,
  kind,
  object,
  command,
  match,
  weight,
  target,
}: Registration): readonly Fields[] {
  return [number, kind === 'call' ? 1 : 0, object, command, match.mask, match.value, weight, target];
}

function changeFields(change: Change): readonly Fields[] {
  switch (change.type) {
    case 'added':
      return [0, registrationFields(change.registration)];
    case 'removed':
      return [1, change.number];
    case 'weight':
      return [2, change.number, change.weight];
  }
}

/** The most characters of the name of an object or command, and of an id of an instance. */
export const LONGEST_NAME = 255;
/** The largest weight: sums of them are still finite, and exact enough. */
export const LARGEST_WEIGHT = 2 ** 52;

/** @throws ProtocolError (`unexpected-shape`) for what is none of the frames above */
export function readFrame(value: WireValue): Frame {
  const fields = listOf(value, 'a frame');
  switch (fields[0]) {
    case CODE.publish:
      return {
        type: 'publish',
        object: nameOf(fields[1]),
        id: idOf(fields[2]),
        command: nameOf(fields[3]),
        payload: bytesOf(fields[4]),
        full: flagOf(fields[5]),
        slice: fields[6] === null ? undefined : countOf(fields[6]),
      };
    case CODE.call:
      return {
        type: 'call',
        seq: countOf(fields[1]),
        registration: countOf(fields[2]),
        id: idOf(fields[3]),
        payload: bytesOf(fields[4]),
      };
    case CODE.answer:
      return { type: 'answer', seq: countOf(fields[1]), outcome: outcomeOf(fields[2], fields[3]) };
    case CODE.cancel:
      return { type: 'cancel', seq: countOf(fields[1]) };
    case CODE.ping:
    case CODE.pong:
    case CODE.bye:
      return { type: TYPES[fields[0]] as 'ping' | 'pong' | 'bye' };
    case CODE.hello:
      return {
        type: 'hello',
        hello: {
          version: countOf(fields[1]),
          id: nameOf(fields[2]),
          node: textOf(fields[3]),
          nonce: bytesOf(fields[4]),
        },
      };
    case CODE.proof:
      return { type: 'proof', mac: bytesOf(fields[1]) };
    case CODE.registrations:
      return {
        type: 'registrations',
        number: countOf(fields[1]),
        registrations: listOf(fields[2], 'registrations').map(registrationOf),
        more: flagOf(fields[3]),
      };
    case CODE.change:
      return {
        type: 'change',
        number: countOf(fields[1]),
        changes: listOf(fields[2], 'changes').map(changeOf),
      };
    default:
      throw unexpected('a type of frame that there is not');
  }
}

function outcomeOf(type: Field, body: Field): CallOutcome {
  if (type === 0) return { type: 'value', payload: bytesOf(body) };
  if (type === 2) return { type: 'gone' };
  if (type !== 1) throw unexpected('an outcome of a call that there is not');
  const [code, message, data] = listOf(body, 'an error');
  if (typeof code !== 'number' || !Number.isInteger(code)) throw unexpected('a code that is no integer');
  return { type: 'error', code, message: textOf(message), data: bytesOf(data) };
}

function registrationOf(value: Field): Registration {
  const [number, kind, object, command, mask, value_, weight, target] = listOf(value, 'a registration');
  if (kind !== 0 && kind !== 1) throw unexpected('a kind of registration that there is not');
  return {
    number: countOf(number),
    kind: kind === 1 ? 'call' : 'notification',
    object: nameOf(object),
    command: nameOf(command),
    match: matchOf(mask, value_),
    weight: weight === null ? undefined : weightOf(weight),
    target: countOf(target),
  };
}

function changeOf(value: Field): Change {
  const [type, what, weight] = listOf(value, 'a change');
  if (type === 0) return { type: 'added', registration: registrationOf(what) };
  if (type === 1) return { type: 'removed', number: countOf(what) };
  if (type === 2) return { type: 'weight', number: countOf(what), weight: weightOf(weight) };
  throw unexpected('a type of change that there is not');
}

type Field = WireValue | undefined;

function listOf(value: Field, what: string): WireValue[] {
  if (Array.isArray(value)) return value;
  throw unexpected(`${what} that is no list`);
}

function textOf(value: Field): string {
  if (typeof value === 'string') return value;
  throw unexpected('no text where one belongs');
}

function nameOf(value: Field): string {
  if (typeof value === 'string' && value.length <= LONGEST_NAME) return value;
  throw unexpected(`no name of at most ${LONGEST_NAME} characters where one belongs`);
}

function idOf(value: Field): Id {
  if (isId(value)) return value;
  throw unexpected('an id that is no integer');
}

function bytesOf(value: Field): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw unexpected('no bytes where some belong');
}

function flagOf(value: Field): boolean {
  if (typeof value === 'boolean') return value;
  throw unexpected('no boolean where one belongs');
}

function countOf(value: Field): number {
  if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) return value;
  throw unexpected('no count where one belongs');
}

function weightOf(value: Field): number {
  if (typeof value === 'number' && value >= 0 && value <= LARGEST_WEIGHT) return value;
  throw unexpected('a weight that is none');
}

function matchOf(mask: Field, value: Field): IdMask {
  const match = { mask: idOf(mask), value: idOf(value) };
  if (masked(match.value, match.mask) !== match.value) throw unexpected('a match that nothing matches');
  return match;
}

function unexpected(what: string): ProtocolError {
  return new ProtocolError('unexpected-shape', `the peer sent ${what}`);
}
