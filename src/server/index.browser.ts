/** The agent's half of Serf's RPC, for any `Serf`, on one socket, in a browser. */
export type { PeerLimits, ServeOptions, SlowConsumer } from './options.ts';
export type { PeerEvent } from './peer-event.ts';
export { serve } from './serve.ts';
