import { firstValueFrom, of } from 'rxjs';
import { connect, type SocketFactory } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { serve } from 'rxserf/server';
import { pipe } from 'rxserf/socket';
import { outcome } from './outcome.ts';

// A page that is a cluster, and has a client of one of its nodes: all over a socket of its own.

const node = new EmbeddedCluster({ nodes: ['n1', 'n2'] }).node('n1');
const sockets = { opened: 0 };
/** As agents do, it takes a command of a connection at a time and hangs up on a bad pattern. */
const socket: SocketFactory = () => {
  const [ours, theirs] = pipe();
  sockets.opened++;
  serve(node, theirs).subscribe({ error: () => {} });
  return ours;
};
const client = connect('embedded', { socket });

export const ownSocket = {
  sockets,
  members: async () => (await firstValueFrom(client.members())).map(({ name }) => name),
  badPattern: () => firstValueFrom(client.members({ name: '(' })).then(() => 'nothing', outcome),
  badQuery: () =>
    firstValueFrom(client.query('q', undefined, { filterTags: { role: '(' } })).then(
      () => 'nothing',
      outcome,
    ),
  /** Rejoins, an effect, on a further connection: it is the same agent's. */
  join: async () => {
    const other = (await firstValueFrom(client.members())).find(({ name }) => name === 'n2');
    return firstValueFrom(client.join(`${other?.address}:${other?.port}`)).then(String, outcome);
  },
  withResolve: () => {
    const resolving = Object.assign((address: Parameters<SocketFactory>[0]) => socket(address), {
      resolve: (address: Parameters<SocketFactory>[0]) => of([address]),
    });
    return thrown(() => connect('embedded', { socket: resolving }));
  },
  withTls: () => thrown(() => connect('wss://gate.example.org', { tls: {} })),
  close: () => client.close(),
};

function thrown(call: () => unknown): unknown {
  try {
    call();
    return 'nothing';
  } catch (error) {
    return { ...outcome(error), message: (error as Error).message };
  }
}

Object.assign(globalThis, { ownSocket });
