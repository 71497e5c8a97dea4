import { type ConnectionStatus, type ConnectOptions, connect } from 'rxserf';
import { closing } from './observing.ts';
import { recordingSockets } from './recording-sockets.ts';

/** A client, its traffic, and every status it has had. */
export function recorded(address: string | string[], options: ConnectOptions & { codec?: undefined } = {}) {
  const wire = recordingSockets();
  const client = closing(connect(address, { ...options, socket: wire.socket }));
  const statuses: ConnectionStatus[] = [];
  client.status$.subscribe((status) => statuses.push(status));
  return { client, wire, statuses };
}
