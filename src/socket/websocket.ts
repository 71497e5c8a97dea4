import { catchError, type Observable, Subscription } from 'rxjs';
import { InvalidArgumentError, ProtocolError } from '../errors.ts';
import { closeCode, DONE, type WebSocketClose, WebSocketClosedError } from './close-codes.ts';
import { Outgoing } from './outgoing.ts';
import { type Connection, type Incoming, type SocketData, SocketSubject } from './socket.ts';

/** What is needed of a WebSocket: the browser's, Node's, that of the library `ws` on either side, or a fake. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(
    type: 'close',
    listener: (event: { readonly code: number; readonly reason: string }) => void,
  ): void;
  addEventListener(type: 'error', listener: (event: object) => void): void;
}

/** Which frames a WebSocket carries: binary ones that are a stream of bytes, or text ones that are a message each. */
export type FrameType = 'binary' | 'text';

/** How a {@link WebSocketLike} is used. */
export interface WebSocketUse {
  readonly frames: FrameType;
  /** The largest frame that is taken, in bytes. */
  readonly frameBytes: number;
  /** How it is closed for a reason: a server says which, by the code. @defaultValue with 1000, as a page may say no more */
  readonly closeFor?: (reason: unknown) => WebSocketClose;
}

const CONNECTING = 0;
const OPEN = 1;

/** The largest frame that is taken where nothing else is said, in bytes. */
export const FRAME_BYTES = 64 * 1024 * 1024;

/** A connection over a WebSocket that is opening or open, from which nothing has been read; `socket$` emits it, now or later. */
export function overWebSocket<T extends SocketData>(
  socket$: Observable<WebSocketLike>,
  incoming: Incoming<T>,
  { frames, frameBytes, closeFor = () => DONE }: WebSocketUse,
): Connection<T> {
  let socket: WebSocketLike | undefined;
  let opened = false;
  let over = false;
  let ending = false;
  let cause: unknown;
  /** What waits for the opening handshake, and how large it is. */
  let early: T[] = [];
  let earlySize = 0;

  const send = (data: Uint8Array | string) => {
    if (socket?.readyState === OPEN) socket.send(data);
  };
  const outgoing = new Outgoing(send);
  const write = (frames === 'text' ? send : (bytes: Uint8Array) => outgoing.write(bytes)) as (
    data: T,
  ) => void;
  const isOpen = () => {
    opened = true;
    if (over) return;
    incoming.opened();
    for (const data of early) write(data);
    early = [];
    earlySize = 0;
    if (ending) end();
  };
  const end = (reason?: unknown) => {
    ending = true;
    if (!opened) return;
    outgoing.flush();
    const { code, text } = reason === undefined ? DONE : closeFor(reason);
    socket?.close(code, text);
  };
  const close = ({ code, text }: WebSocketClose) => {
    over = true;
    early = [];
    earlySize = 0;
    attempt.unsubscribe();
    // While it is CONNECTING this ends the attempt.
    socket?.close(code, text);
  };
  const fail = (error: ProtocolError) => {
    close(closeFor(error));
    incoming.error(error);
  };

  const attach = (webSocket: WebSocketLike) => {
    socket = webSocket;
    // A blob is read later, and so in any order. (The library's `nodebuffer` is what we want, without a copy.)
    if (socket.binaryType === 'blob') socket.binaryType = 'arraybuffer';
    if (socket.readyState === CONNECTING) socket.addEventListener('open', isOpen);
    else isOpen();
    socket.addEventListener('message', ({ data }) => {
      if (over) return;
      const read = frames === 'text' ? readText(data) : readBytes(data);
      if (read === undefined) fail(wrongFrame(frames));
      else if (read.length > frameBytes) fail(tooLarge(frameBytes));
      else incoming.next(read as T);
    });
    // A page is told nothing here, the library tells what it was; what follows from it, `close` says.
    socket.addEventListener('error', (event) => {
      cause = (event as { error?: unknown }).error;
    });
    socket.addEventListener('close', ({ code, reason }) => {
      if (over) return;
      over = true;
      if (closeCode(code).end === 'complete') incoming.complete();
      else if (isTooLarge(cause)) incoming.error(tooLarge(frameBytes, cause));
      else incoming.error(new WebSocketClosedError(code, reason, opened, cause));
    });
  };
  const attempt = new Subscription();
  attempt.add(socket$.subscribe({ next: attach, error: (error) => incoming.error(error) }));

  return {
    write: (data) => {
      if (over || ending) return;
      if (opened) write(data);
      else {
        early.push(data);
        earlySize += data.length;
      }
    },
    end,
    destroy: () => {
      if (!over) close(DONE);
    },
    bufferedAmount: () => (over ? 0 : (socket?.bufferedAmount ?? 0) + outgoing.size + earlySize),
  };
}

function readText(data: unknown): string | undefined {
  return typeof data === 'string' ? data : undefined;
}

function readBytes(data: unknown): Uint8Array | undefined {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  // A plain view: Node's Buffer has other methods of the same names.
  return data instanceof Uint8Array ? new Uint8Array(data.buffer, data.byteOffset, data.length) : undefined;
}

function wrongFrame(frames: FrameType): ProtocolError {
  const other = frames === 'text' ? 'binary' : 'text';
  return new ProtocolError(
    'unexpected-frame',
    `a ${other} frame came where only ${frames} frames are spoken`,
  );
}

function tooLarge(limit: number, cause?: unknown): ProtocolError {
  // What a server has accepted has the server's own limit.
  const most = Number.isFinite(limit) ? `the limit of ${limit} bytes` : 'the server takes (maxPayload)';
  return new ProtocolError('frame-too-large', `a frame came that is larger than ${most}`, { cause });
}

/** Whether it is the error with which the library `ws` refuses a frame over its limit; a page gets the frame. */
function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
}

/** Options of `webSocketSocket`. */
export interface WebSocketOptions {
  /** `'text'`: text frames, a message each. @defaultValue 'binary': binary frames, which are one stream of bytes */
  readonly frames?: FrameType;
  /** The subprotocols to offer, the preferred one first. @defaultValue none */
  readonly protocols?: readonly string[];
  /** The largest frame that is taken, in bytes. @defaultValue 67,108,864 (64 MiB) */
  readonly frameBytes?: number;
  /** Makes the WebSocket instead of the platform. @defaultValue a browser's `WebSocket`; on Node that of the library `ws` */
  readonly webSocket?: new (
    url: string,
    protocols: string[],
  ) => WebSocketLike;
}

/** A socket that opens a WebSocket. */
export function openWebSocket(
  socket$: Observable<WebSocketLike>,
  { frames = 'binary', frameBytes = FRAME_BYTES }: WebSocketOptions,
): SocketSubject | SocketSubject<string> {
  const use = { frames, frameBytes };
  return frames === 'text' ? opening<string>(socket$, use) : opening<Uint8Array>(socket$, use);
}

function opening<T extends SocketData>(socket$: Observable<WebSocketLike>, use: WebSocketUse) {
  const checked$ = socket$.pipe(
    catchError((error) => {
      throw notMade(error);
    }),
  );
  return new SocketSubject<T>((incoming) => overWebSocket<T>(checked$, incoming, use), { tellsOpened: true });
}

/** What the constructor of a WebSocket threw. */
function notMade(cause: unknown): InvalidArgumentError {
  const { name, message } = cause as Error;
  const why =
    name === 'SecurityError'
      ? 'a page that came by https:// can open wss:// only, not ws://'
      : `no WebSocket can be made: ${message}`;
  return new InvalidArgumentError('invalid-address', why, { cause });
}
