import { encode } from '@msgpack/msgpack';

/** What an agent knows of the requests on a connection, to answer them by name. */
export interface Asked {
  /** The Seq of the first request of a command that has had no answer yet. */
  unanswered(command: string): number;
  /** The Seq of the last request of a command. */
  latest(command: string): number;
}

/** Something that the agent says: bytes, which may depend on what it was asked. */
export interface Saying {
  (asked: Asked): Uint8Array;
  /** The requests that it answers. */
  readonly answers?: readonly To[];
}

/** Which request is meant: its command, or its Seq where that does not say it. */
export type To = string | number;

/** The agent accepts a request: the first one of that command that it has not answered yet. */
export function reply(to: To, body?: unknown): Saying {
  return answering([to], (asked) => frame(unanswered(asked, to), '', body));
}

/** The agent refuses a request, with its text and, for some commands, a body. */
export function refuse(to: To, text: string, body?: unknown): Saying {
  return answering([to], (asked) => frame(unanswered(asked, to), text, body));
}

/** A record of a stream, a monitor or a query: of the last one there was. */
export function record(to: To, body: unknown): Saying {
  return (asked) => frame(typeof to === 'number' ? to : asked.latest(to), '', body);
}

/** Bytes as they are. */
export function bytes(...values: number[]): Saying {
  return () => Uint8Array.from(values);
}

/** Several things in one piece, as TCP likes to have it. */
export function together(...sayings: Saying[]): Saying {
  const answers = sayings.flatMap((saying) => saying.answers ?? []);
  return answering(answers, (asked) => concat(...sayings.map((saying) => saying(asked))));
}

/** The bytes of something from `start` on, before `end`: a piece as TCP cuts it. */
export function piece(saying: Saying, start: number, end?: number): Saying {
  return answering(saying.answers ?? [], (asked) => saying(asked).slice(start, end));
}

/** A record for each letter, made by `body`: `records('stream', 'abc', userEvent)`. */
export function records(to: To, letters: string, body: (letter: string) => unknown): Record<string, Saying> {
  return Object.fromEntries([...letters].map((letter) => [letter, record(to, body(letter))]));
}

function answering(answers: readonly To[], saying: (asked: Asked) => Uint8Array): Saying {
  return Object.assign(saying, { answers });
}

function unanswered(asked: Asked, to: To): number {
  return typeof to === 'number' ? to : asked.unanswered(to);
}

/** Keys in Go's order, by `@msgpack/msgpack`: nothing here is the library's own encoding. */
function frame(seq: number, error: string, body: unknown): Uint8Array {
  const header = encode({ Error: error, Seq: seq });
  return body === undefined ? header : concat(header, encode(body));
}

function concat(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
