import { filter, map, type Observable } from 'rxjs';
import type { Socket } from '../../socket/socket.ts';
import { tcpSocket } from '../../socket/tcp.ts';
import { tcpListener } from '../../socket/tcp-listener.ts';
import type { Instance } from '../discovery/instance.ts';
import type { NotifierSettings } from '../options.ts';

/** Somebody has connected, or it is known where others can connect. */
export type CarrierEvent =
  | { readonly type: 'listening'; readonly host: string; readonly port: number }
  | {
      readonly type: 'accepted';
      readonly socket: Socket;
      /** Where it is; empty: unknown. */
      readonly address: string;
      /** Disconnects it at once, whether somebody has subscribed to the socket or not. */
      readonly destroy: () => void;
    };

/** Connects to instances by TCP, or TLS. */
export function dialTcp({ tls }: Pick<NotifierSettings, 'tls'>): (instance: Instance) => Socket {
  return ({ host, port }) => tcpSocket({ host, port, ...(tls && { tls }) });
}

/** The connections of others: those that were given, or those to a port. */
export function accepted(settings: NotifierSettings): Observable<CarrierEvent> {
  const { accepted$, host, port, tls, limits } = settings;
  if (!accepted$) {
    const events$ = tcpListener({ host, port, maxPeers: limits.peers, ...(tls && { tls }) });
    return events$.pipe(filter((event) => event.type !== 'rejected'));
  }
  return accepted$.pipe(
    map((socket) => ({
      type: 'accepted' as const,
      socket,
      address: '',
      destroy: () => socket.subscribe({ error: () => {} }).unsubscribe(),
    })),
  );
}
