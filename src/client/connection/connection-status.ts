import type { SerfError } from '../../errors.ts';
import type { ConnectionStatus } from '../../model.ts';

/** What happens to a connection. */
export type ConnectionChange =
  | { readonly type: 'try'; readonly address: string; readonly attempt: number }
  | { readonly type: 'accept'; readonly address: string }
  | { readonly type: 'silence'; readonly since: number | undefined }
  | {
      readonly type: 'wait';
      readonly address: string;
      readonly attempt: number;
      readonly retryAt: number;
      readonly error: SerfError;
    }
  | { readonly type: 'rest'; readonly error?: SerfError | undefined }
  | { readonly type: 'close' };

/**
 * The state after a change; pure.
 *
 * ```
 * idle ──try──▶ connecting ──accept──▶ connected ◀─┐
 *   ▲            │  ▲  │                  │  └──silence
 *   │   rest     │  │  └──try (another)   │
 *   ├────────────┘  │try                  │
 *   │               │                     │
 *   └──rest──── waiting ◀────wait─────────┘     close: from anywhere, for good
 * ```
 */
export function nextStatus(status: ConnectionStatus, change: ConnectionChange): ConnectionStatus {
  if (status.state === 'closed') return status;
  switch (change.type) {
    case 'try':
      return { state: 'connecting', address: change.address, attempt: change.attempt };
    case 'accept':
      return { state: 'connected', address: change.address };
    case 'silence': {
      if (status.state !== 'connected') return status;
      const { state, address } = status;
      return { state, address, ...(change.since !== undefined && { silentSince: change.since }) };
    }
    case 'wait': {
      const { type: _, ...rest } = change;
      return { state: 'waiting', ...rest };
    }
    case 'rest':
      if (status.state === 'idle') return status;
      return { state: 'idle', ...(change.error && { error: change.error }) };
    case 'close':
      return { state: 'closed' };
  }
}
