import { concat, EMPTY, NEVER, of } from 'rxjs';
import type { SerfSurface } from '../client/serf-client.ts';
import { binary, type Codec } from '../codec.ts';

/** What there is of a client on a server: nothing connects, and whatever is asked completes without a value. */
export function serverSerf<P>(): SerfSurface<P> {
  const nothing = () => EMPTY;
  const close = async () => {};
  return {
    codec: binary() as unknown as Codec<P>,
    status$: concat(of({ state: 'idle' as const }), NEVER),
    dropped$: EMPTY,
    stream: nothing,
    membership: nothing,
    self: nothing,
    monitor: nothing,
    query: nothing,
    respond: nothing,
    event: nothing,
    members: nothing,
    tags: nothing,
    join: nothing,
    leave: nothing,
    forceLeave: nothing,
    stats: nothing,
    coordinate: nothing,
    installKey: nothing,
    useKey: nothing,
    removeKey: nothing,
    listKeys: nothing,
    close,
    drain: close,
    reconnect: () => {},
    [Symbol.asyncDispose]: close,
  };
}
