import { InvalidArgumentError } from '../errors.ts';
import type { duplexSocket as Duplex } from './duplex.ts';
import type { tcpSocket as Tcp, unixSocket as Unix } from './tcp.ts';

// The types of a package are often those for Node, in a browser project as well. So what a browser does not have is there, and
// says so, where a bundler would only find that the name is missing.

/** @throws `InvalidArgumentError` a browser has no TCP */
export const tcpSocket: typeof Tcp = () => unavailable('tcpSocket');

/** @throws `InvalidArgumentError` a browser has no TCP */
export const unixSocket: typeof Unix = () => unavailable('unixSocket');

/** @throws `InvalidArgumentError` a browser has no TCP */
export const duplexSocket: typeof Duplex = () => unavailable('duplexSocket');

function unavailable(name: string): never {
  throw new InvalidArgumentError(
    'invalid-argument',
    `${name}: a browser has no TCP: use webSocketSocket, to a gateway, wss://host/serf`,
  );
}
