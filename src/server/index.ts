/** The agent's half of Serf's RPC, for any `Serf`: on one socket, and, on Node, on a TCP port. */

export type { Peer, PeerEvent, ServerEvent } from './events.ts';
export { type ListenOptions, listen } from './listen.ts';
export type { PeerLimits, ServeOptions, SlowConsumer } from './options.ts';
export { serve } from './serve.ts';
