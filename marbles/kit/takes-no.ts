import type { SocketFactory } from 'rxserf';
import type { AgentConnection } from './agent.ts';

/** Sockets of which the first throws at the `nth` message that it is to send. */
export function takesNo(connection: (index: number) => AgentConnection, nth: number): SocketFactory {
  let opened = 0;
  let sent = 0;
  return (address) => {
    const socket = connection(opened++).socket(address.toString());
    const next = socket.next.bind(socket);
    return Object.assign(socket, {
      next(bytes: Uint8Array) {
        if (++sent === nth) throw new Error('InvalidStateError');
        next(bytes);
      },
    });
  };
}
