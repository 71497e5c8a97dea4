import type { Outgoing, WireLog } from '../../agent-support.ts';
import { printable } from '../../printable.ts';
import { COMMANDS, type Command } from '../../protocol/commands.ts';
import { type Frame, FrameDecoder } from '../../protocol/frames.ts';
import { DEFAULT_LIMITS } from '../../protocol/limits.ts';
import type { Uint64 } from '../../protocol/wire.ts';
import type { Socket } from '../../socket/socket.ts';

/** How long a line is at the most, in characters. */
const LONGEST = 400;
/** How many items of a list are shown. */
const ITEMS = 8;
/** The requests whose answers are known by name; the oldest are forgotten. */
const REQUESTS = 1_024;

/** What of a message is shown: all but the keys, or neither keys nor payloads. */
export type Shown = 'all' | 'no-payloads';

/**
 * Writes down what goes over one connection, a line each.
 *
 * ```
 * rxserf 12:00:01.506 10.0.0.1:7373 >  2 query {"Name":"load","Payload":"(0 bytes)",…}
 * rxserf 12:00:01.507 10.0.0.1:7373 <  2 query ok
 * ```
 */
export class TextWireLog implements WireLog {
  readonly #address: string;
  readonly #shown: Shown;
  readonly #write: (line: string) => void;
  readonly #now: () => Date;
  readonly #requests = new Map<Uint64, string>();
  readonly #decoder = new FrameDecoder(
    'Command',
    (_, command) => Object.hasOwn(COMMANDS, command) && COMMANDS[command as Command].request,
    DEFAULT_LIMITS,
  );

  constructor(address: string, shown: Shown, write: (line: string) => void, now = () => new Date()) {
    this.#address = address;
    this.#shown = shown;
    this.#write = write;
    this.#now = now;
  }

  tell(what: string): void {
    this.#line(what);
  }

  outgoing(socket: Socket): Outgoing {
    return {
      get localAddress() {
        return socket.localAddress;
      },
      next: (bytes) => {
        this.sent(bytes);
        socket.next(bytes);
      },
      complete: () => socket.complete(),
    };
  }

  sent(bytes: Uint8Array): void {
    this.#decoder.push(bytes);
    for (let frame = this.#decoder.next(); frame; frame = this.#decoder.next()) {
      this.#requests.set(frame.seq, frame.text);
      if (this.#requests.size > REQUESTS)
        for (const oldest of this.#requests.keys()) {
          this.#requests.delete(oldest);
          break;
        }
      this.#message('>', frame.seq, frame.text, frame.body === undefined ? '' : this.#json(frame.body));
    }
  }

  received({ seq, text, body }: Frame): void {
    const command = this.#requests.get(seq) ?? '?';
    const what =
      text === '' ? (body === undefined ? 'ok' : this.#json(body)) : `error ${JSON.stringify(text)}`;
    this.#message('<', seq, command, what);
  }

  #message(direction: '<' | '>', seq: Uint64, command: string, what: string): void {
    this.#line(`${direction} ${String(seq).padStart(2)} ${command} ${what}`.trimEnd());
  }

  #line(what: string): void {
    const time = this.#now().toISOString().slice(11, 23);
    const line = printable(`rxserf ${time} ${this.#address} ${what}`);
    this.#write(line.length <= LONGEST ? line : `${line.slice(0, LONGEST)}…`);
  }

  #json(body: unknown): string {
    return JSON.stringify(body, (key, value: unknown) => this.#show(key, value));
  }

  #show(key: string, value: unknown): unknown {
    if (key === 'AuthKey' || key === 'Key') return '(hidden)';
    if (key === 'Keys' && typeof value === 'object' && value !== null)
      return `(${Object.keys(value).length} hidden)`;
    if (key === 'Payload' || key === 'Log') return this.#shown === 'all' ? textOf(value) : sizeOf(value);
    if (typeof value === 'bigint') return value.toString();
    if (value instanceof Uint8Array) return sizeOf(value);
    if (Array.isArray(value) && value.length > ITEMS)
      return [...value.slice(0, ITEMS), `(and ${value.length - ITEMS} more)`];
    return value;
  }
}

function sizeOf(value: unknown): string {
  if (typeof value === 'string') return `(${value.length} characters)`;
  return value instanceof Uint8Array ? `(${value.length} bytes)` : '(nothing)';
}

function textOf(value: unknown): unknown {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
}
