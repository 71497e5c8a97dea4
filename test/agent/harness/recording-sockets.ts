import { decodeMulti } from '@msgpack/msgpack';
import { type MonoTypeOperatorFunction, Observable, type Observer, type Unsubscribable } from 'rxjs';
import type { Socket, SocketFactory } from 'rxserf';
import { tcpSocket } from 'rxserf/socket';

/** A request as it went out. */
export interface SentRequest {
  /** Which of the client's connections, counted from 0. */
  connection: number;
  command: string;
  seq: number;
  body: unknown;
}

/** A response or a record as it came in. */
export interface ReceivedFrame {
  connection: number;
  seq: number;
  error: string;
  body: unknown;
}

export interface RecordingSockets {
  /** For `connect(…, { socket })`. */
  socket: SocketFactory;
  /** How many connections were opened so far. */
  opened(): number;
  /** How many of them are open. */
  open(): number;
  /** The requests sent so far, or those of one command. */
  sent(command?: string): SentRequest[];
  /** The bodies of the sent requests of one command. */
  bodies(command: string): unknown[];
  received(): ReceivedFrame[];
}

interface Recording {
  out: Uint8Array[];
  in: Uint8Array[];
  open: boolean;
}

/** TCP sockets that remember both directions. What comes in goes through `inbound` on its way to the client. */
export function recordingSockets(
  inbound: MonoTypeOperatorFunction<Uint8Array> = (bytes$) => bytes$,
): RecordingSockets {
  const recordings: Recording[] = [];
  const sent = (command?: string): SentRequest[] =>
    recordings
      .flatMap((recording, connection) => requestsIn(recording.out, connection))
      .filter((request) => command === undefined || request.command === command);
  return {
    socket: ({ host, port }) => {
      const recording: Recording = { out: [], in: [], open: false };
      recordings.push(recording);
      return recorded(tcpSocket({ host, port }), recording, inbound);
    },
    opened: () => recordings.length,
    open: () => recordings.filter(({ open }) => open).length,
    sent,
    bodies: (command) => sent(command).map(({ body }) => body),
    received: () => recordings.flatMap((recording, connection) => framesIn(recording.in, connection)),
  };
}

function recorded(
  socket: Socket,
  recording: Recording,
  inbound: MonoTypeOperatorFunction<Uint8Array>,
): Socket {
  const bytes$ = new Observable<Uint8Array>((subscriber) => {
    recording.open = true;
    const subscription = socket.subscribe({
      next: (bytes) => {
        recording.in.push(bytes.slice());
        subscriber.next(bytes);
      },
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
    return () => {
      recording.open = false;
      subscription.unsubscribe();
    };
  }).pipe(inbound);
  return {
    subscribe: (observer: Partial<Observer<Uint8Array>>): Unsubscribable => bytes$.subscribe(observer),
    next: (bytes) => {
      recording.out.push(bytes.slice());
      socket.next(bytes);
    },
    error: (error) => socket.error(error),
    complete: () => socket.complete(),
  };
}

function requestsIn(chunks: readonly Uint8Array[], connection: number): SentRequest[] {
  const requests: SentRequest[] = [];
  for (const value of valuesIn(chunks)) {
    const { Command: command, Seq: seq } = value as { Command?: string; Seq?: number };
    const last = requests.at(-1);
    if (command !== undefined && seq !== undefined)
      requests.push({ connection, command, seq, body: undefined });
    else if (last) last.body = value;
  }
  return requests;
}

function framesIn(chunks: readonly Uint8Array[], connection: number): ReceivedFrame[] {
  const frames: ReceivedFrame[] = [];
  for (const value of valuesIn(chunks)) {
    const { Error: error, Seq: seq } = value as { Error?: string; Seq?: number };
    const last = frames.at(-1);
    if (error !== undefined && seq !== undefined) frames.push({ connection, seq, error, body: undefined });
    else if (last) last.body = value;
  }
  return frames;
}

/** The whole values among the bytes. */
function valuesIn(chunks: readonly Uint8Array[]): unknown[] {
  const values: unknown[] = [];
  try {
    for (const value of decodeMulti(Buffer.concat(chunks))) values.push(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // a RangeError: the last value is not complete yet
  }
  return values;
}
