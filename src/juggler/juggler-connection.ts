// For projects whose `lib` has no AsyncDisposable: kept in the declarations.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Observable, Observer } from 'rxjs';
import type { SerfError } from '../errors.ts';
import type { JsonValue } from '../json-patch/operation.ts';
import type { DataChange } from './remote-data.ts';
import type { SharedDocument } from './shared-document.ts';

/** What a juggler connection is doing, told apart by `state`. */
export type JugglerStatus =
  | { readonly state: 'connecting'; readonly attempt: number }
  | { readonly state: 'connected' }
  | {
      readonly state: 'waiting';
      readonly attempt: number;
      /** When the next attempt is due, in ms since the epoch (by the connection's scheduler). */
      readonly retryAt: number;
      readonly error: SerfError;
    }
  | {
      readonly state: 'closed';
      /** Why, unless one of the two has closed it. */
      readonly error?: SerfError;
    };

/**
 * One end of a juggler connection; both ends are the same. Each has a document, its local data, that the other end sees as its remote data; and
 * both can send messages and call actions.
 *
 * Documents are JSON and treated as immutable: what changes is set anew, and what has not changed stays the same object, on the
 * other side too. Streams complete when one of the two closes the connection, and error when it is lost or the peer does not
 * speak the protocol: `ConnectionLostError`, `ConnectError`, `ProtocolError`.
 */
export interface JugglerConnection<Remote = JsonValue, Local = unknown> {
  /** Where the peer is: host and port, without what a URL may have of secrets; empty where that is not known. */
  readonly address: string;
  /** What was set last; it need not have been sent. `null` at first. */
  readonly localData: Local | null;
  /**
   * An Observer that sets what it is given: `source$.subscribe(connection.localData$)`. It unsubscribes from its source when the
   * connection ends, and reports an error of the source as unhandled.
   */
  readonly localData$: Observer<Local>;
  /** What the peer has set and sent. `null` at first. */
  readonly remoteData: Remote | null;
  /**
   * The peer's data: the present value, and each later one.
   *
   * ```
   * peer sets        ---a-----b--
   * remoteData$      n---a-----b-    n = null
   * late subscriber      ---b----    b: the value there is
   * ```
   *
   * With `reconnect`, it goes on after a loss without a `null` in between.
   */
  readonly remoteData$: Observable<Remote | null>;
  /** The changes of the peer's data as they come, one for each that it sends, with its patch; nothing is replayed. */
  readonly changes$: Observable<DataChange<Remote>>;
  /**
   * Messages of the peer, in order. While nobody is subscribed they are kept (option `buffer`), so
   * `firstValueFrom(connection.messages$)` takes one after the other.
   */
  readonly messages$: Observable<JsonValue>;
  /** The present status, and each later one; completes behind `closed`. */
  readonly status$: Observable<JugglerStatus>;
  /** Emits when all is closed, and completes; however it ended. */
  readonly closed$: Observable<void>;

  /**
   * Sets the local data; it is sent as the option `autoflush` says, as a patch from what was sent before.
   *
   * @throws `ClosedError` after the end, `InvalidArgumentError` (`invalid-payload`, `payload-too-large`) for what is not JSON:
   *   `undefined`, `NaN`, a `Date`, a cycle…
   */
  setLocalData(value: Local): void;
  /**
   * Has a document as local data that many connections have: it is compared and written once for all of them. From then on
   * `setLocalData` is refused.
   */
  shareLocalData(document: SharedDocument<Local>): void;
  /**
   * Sends all that is pending at once, and completes when it was handed to the socket. That is no acknowledgement: the protocol
   * has none. Each subscription flushes; it waits while there is no connection, and for a peer that reads too slowly. Errors with
   * `ClosedError` when the connection ends.
   */
  flush(): Observable<void>;
  /**
   * Sends a message. Before the connection is up it waits.
   *
   * @throws `ClosedError` after the end; `ConnectionLostError` while it waits to reconnect; `SerfError` (`overflow`) when too much
   *   waits for a peer that reads too slowly; `InvalidArgumentError` for what is not JSON
   */
  send(message: unknown): void;
  /**
   * Calls an action of the peer: each subscription does, and emits the one result (`null` where there is none). Unsubscribing
   * forgets the call; the peer is not told.
   *
   * Errors with `RemoteError` (the peer's text), `RequestTimeoutError` (option `timeout`), `ConnectionLostError`, `ClosedError`,
   * `SerfError` (`overflow`).
   *
   * @throws `InvalidArgumentError` at the call for arguments that are not JSON
   */
  call<R = JsonValue>(action: string, ...args: readonly unknown[]): Observable<R>;
  /**
   * Closes the connection, after what was set is sent (`flush`, default true) and for at most a second. Calls under way fail with
   * `ClosedError`, streams complete. Resolves when it is closed.
   */
  close(options?: { readonly flush?: boolean }): Promise<void>;
  /** For `await using`: `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}
