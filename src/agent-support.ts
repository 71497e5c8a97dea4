import type { Observable, SchedulerLike } from 'rxjs';
import type { Address } from './address.ts';
import type { Frame } from './protocol/frames.ts';
import type { Reader } from './protocol/reader.ts';
import type { ResolveName } from './socket/place.ts';
import type { Socket } from './socket/socket.ts';

/** What agents that are reached by TCP ask of a client, and gateways do not: a page is not given the code for it. */
export interface AgentSupport {
  readonly resolveName: ResolveName;
  readonly guessPeer?: (address: Address) => PeerHint;
  /** Makes what reads the values of one connection, at the rate at which agents send them. */
  readonly newReader?: () => Reader;
  /** Adds to streams that what an agent drops of them is reported, for as long as any of them is subscribed to. */
  readonly countDrops?: (counting: DropCounting) => <T>(events$: Observable<T>) => Observable<T>;
  /** Writes down what goes over one connection, for who looks for a fault; nothing: nobody does. */
  readonly wireLog?: (address: string) => WireLog | undefined;
}

/** The sending half of a socket. */
export type Outgoing = Pick<Socket, 'next' | 'complete' | 'localAddress'>;

/** Is told what goes over one connection. */
export interface WireLog {
  /** What happens to the connection itself. */
  tell(what: string): void;
  /** The sending half of the socket, of which it is told. */
  outgoing(socket: Socket): Outgoing;
  received(frame: Frame): void;
}

/** Says what a peer may be that does not behave like an agent. */
export interface PeerHint {
  /** Takes the bytes that arrive. */
  look(bytes: Uint8Array): void;
  /** The hint for the error of a connection that was not accepted; empty: none. */
  hint(cause: unknown): string;
}

/** What it takes to count the events that an agent drops. */
export interface DropCounting {
  /** A monitor at `warn`, on another connection than the streams'. */
  readonly lines$: Observable<string>;
  /** Our end of the streams' connection, as `IP:PORT`. */
  readonly ours: () => string | undefined;
  readonly scheduler: SchedulerLike;
  readonly report: (count: number) => void;
}
