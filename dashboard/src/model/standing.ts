import type { ConnectionStatus, SerfError } from 'rxserf';

/** How this page stands to its cluster. */
export type Standing =
  | { readonly kind: 'connecting'; readonly attempt: number }
  /** With `silentSince`, what is shown may be from then. */
  | { readonly kind: 'connected'; readonly silentSince: number | undefined }
  /** What is shown is from then. */
  | {
      readonly kind: 'stale';
      readonly since: number;
      readonly retryAt: number | undefined;
      readonly attempt: number;
    }
  /** The key is wrong or over; with `since`, what is shown is from then. */
  | { readonly kind: 'signed-out'; readonly since: number | undefined }
  | { readonly kind: 'failed'; readonly error: SerfError };

/** What is known of the members and of the connection. */
export interface Facts {
  readonly connection: ConnectionStatus;
  /** Since when the gateway has not answered; it stays when the connection is given up for that. */
  readonly silentSince: number | undefined;
  readonly status: 'idle' | 'loading' | 'live' | 'stale' | 'error';
  readonly since: number;
  readonly error: SerfError | undefined;
  /** Whether there is anything on the screen. */
  readonly any: boolean;
}

export function standingOf({ connection, silentSince, status, since, error, any }: Facts): Standing {
  if (error) {
    if (error.name === 'AuthenticationError') return { kind: 'signed-out', since: any ? since : undefined };
    return { kind: 'failed', error };
  }
  if (status === 'live') return { kind: 'connected', silentSince };
  const attempt =
    connection.state === 'waiting' || connection.state === 'connecting' ? connection.attempt : 1;
  if (status !== 'stale') return { kind: 'connecting', attempt };
  return {
    kind: 'stale',
    since: silentSince ?? since,
    attempt,
    retryAt: connection.state === 'waiting' ? connection.retryAt : undefined,
  };
}
