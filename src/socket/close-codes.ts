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

/** What is not said: a close is an error, after which a client reconnects. */
type Row = readonly [
  code: number,
  by: ClosedBy,
  meaning: string,
  end?: 'complete' | undefined,
  client?: 'gives up',
];

/** The table that alone decides what a close code leads to. A code that is not in it is an error after which a client reconnects. */
export const CLOSE_CODES: readonly CloseCode[] = /* @__PURE__ */ table([
  [1000, 'either', 'done', 'complete'],
  [1001, 'server', 'the server goes away'],
  [1002, 'server', 'not the protocol'],
  [1003, 'server', 'a text frame where bytes are spoken, or the other way round'],
  [1005, 'either', 'closed without a code', 'complete'],
  [1006, 'nobody', 'not opened, or ended without a word'],
  [1007, 'server', 'a text that is not UTF-8'],
  [1008, 'server', 'against a policy'],
  [1009, 'server', 'a frame that is too large'],
  [1011, 'server', 'the server failed'],
  [1012, 'server', 'the server restarts, or has lost its agent'],
  [1013, 'server', 'read too slowly, or overloaded'],
  [4401, 'server', 'the credential has expired'],
  [4403, 'server', 'no longer allowed', undefined, 'gives up'],
]);

function table(rows: readonly Row[]): CloseCode[] {
  return rows.map(rowOf);
}

function rowOf([code, by, meaning, end, client]: Row): CloseCode {
  return { code, by, meaning, end: end ?? 'error', client: client ?? 'reconnects' };
}

/** What a code means, also one that is not in the table. */
export function closeCode(code: number): CloseCode {
  return CLOSE_CODES.find((row) => row.code === code) ?? rowOf([code, 'server', 'a code of its own']);
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
