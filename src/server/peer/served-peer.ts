import type { Command } from '../../protocol/commands.ts';
import type { Uint64 } from '../../protocol/wire.ts';
import type { Serf } from '../../serf.ts';
import type { ServerOptions } from '../options.ts';
import type { ActiveStreams } from '../streams/active-streams.ts';
import type { OpenQueries } from '../streams/open-queries.ts';
import type { AuthState } from './auth-state.ts';

/** What a record belongs to: a stream, a monitor or a query of a peer. */
export interface RecordSource {
  readonly command: 'stream' | 'monitor' | 'query';
  /** The filter, log level or query name, cut short. */
  readonly subject: string;
}

/** A peer as the handlers of commands and the streams see it, whatever socket it is behind. */
export interface ServedPeer {
  /** Carries out its commands. */
  readonly serf: Serf<Uint8Array>;
  readonly options: ServerOptions;
  readonly auth: AuthState;
  /** Its streams, its monitor and its queries. */
  readonly streams: ActiveStreams;
  /** The queries that it was sent and may answer. */
  readonly queries: OpenQueries;

  /** Sets what carries out its commands from now on: its key says which. */
  use(serf: Serf<Uint8Array>): void;
  /** Called once, when it has shaken hands and, where one is asked for, given the key. */
  accepted(): void;
  /** Answers a request. */
  reply(seq: Uint64, command: Command, value: unknown): void;
  /** Answers a request with an error. */
  refuse(seq: Uint64, command: string, error: Error): void;
  /** Called when a request that was begun is over. */
  done(): void;
  /** Whether a record may be sent; one that may not is dropped, or is the peer's last. */
  hasRoom(source: RecordSource): boolean;
  sendRecord(header: Uint8Array, body: Uint8Array): void;
  /** Emits that a record was left out. */
  dropped(source: RecordSource, why: { cause: 'slow' } | { cause: 'malformed'; error: unknown }): void;
  /** Closes the connection: what was sent still gets there, and what the peer sends is not read any more. */
  hangUp(reason?: unknown): void;
  /** Called when the Serf has left its cluster at this peer's command: closes when that is answered. */
  left(): void;
  /** Called when the Serf has ended a stream: closes when the request under way is answered. */
  streamEnded(reason?: unknown): void;
}
