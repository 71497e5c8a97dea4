/** Who closes with a code: the server, either side, or nobody: the connection ended without a word. */
export type ClosedBy = 'server' | 'either' | 'nobody';

/** What a close code of a WebSocket means here. */
export interface CloseCode {
  readonly code: number;
  readonly by: ClosedBy;
  readonly meaning: string;
  /** What it is to a socket: its normal end, or an error. */
  readonly end: 'complete' | 'error';
  /** Whether a client comes back after it, or gives up. */
  readonly client: 'reconnects' | 'gives up';
}

/** The table that alone decides what a close code leads to. A code that is not in it is an error after which a client reconnects. */
export const CLOSE_CODES: readonly CloseCode[] = [
  row(1000, 'either', 'done', 'complete'),
  row(1001, 'server', 'the server goes away'),
  row(1002, 'server', 'not the protocol'),
  row(1003, 'server', 'a text frame where bytes are spoken, or the other way round'),
  row(1005, 'either', 'closed without a code', 'complete'),
  row(1006, 'nobody', 'not opened, or ended without a word'),
  row(1007, 'server', 'a text that is not UTF-8'),
  row(1008, 'server', 'against a policy'),
  row(1009, 'server', 'a frame that is too large'),
  row(1011, 'server', 'the server failed'),
  row(1012, 'server', 'the server restarts, or has lost its agent'),
  row(1013, 'server', 'read too slowly, or overloaded'),
  row(4401, 'server', 'the credential has expired'),
  row(4403, 'server', 'no longer allowed', 'error', 'gives up'),
];

function row(
  code: number,
  by: ClosedBy,
  meaning: string,
  end: CloseCode['end'] = 'error',
  client: CloseCode['client'] = 'reconnects',
): CloseCode {
  return { code, by, meaning, end, client };
}

const BY_CODE: ReadonlyMap<number, CloseCode> = new Map(CLOSE_CODES.map((row) => [row.code, row]));

/** The row of a code. */
export function closeCode(code: number): CloseCode {
  return BY_CODE.get(code) ?? row(code, 'server', 'a code of its own');
}

/** How a WebSocket is closed: the code, and a text of 123 bytes at the most that has nothing of anybody else's. */
export interface WebSocketClose {
  readonly code: number;
  readonly text: string;
}

export const DONE: WebSocketClose = { code: 1000, text: '' };

/** A WebSocket that was closed other than with 1000 or without a code, or that could not be opened. */
export class WebSocketClosedError extends Error {
  override name = 'WebSocketClosedError';
  /** The close code, as {@link CLOSE_CODES} has them. */
  readonly closeCode: number;
  /** What the peer wrote beside it, verbatim: up to 123 bytes, and empty with 1006. */
  readonly closeReason: string;

  constructor(code: number, reason: string, opened: boolean, cause?: unknown) {
    super(messageOf(code, reason, opened, cause), cause === undefined ? undefined : { cause });
    this.closeCode = code;
    this.closeReason = reason;
  }
}

function messageOf(code: number, reason: string, opened: boolean, cause: unknown): string {
  const why = cause instanceof Error && cause.message !== '' ? cause.message : undefined;
  if (!opened) {
    return `no WebSocket could be opened (${why ?? "a page is not told why: there is no gateway, or it refuses this page's origin, which its log tells"})`;
  }
  // What the library `ws` found wrong with the peer's frames, say.
  const said = reason !== '' ? `: ${JSON.stringify(reason)}` : why === undefined ? '' : `: ${why}`;
  return `the WebSocket was closed with ${code} (${closeCode(code).meaning})${said}`;
}
