/** The agent's half of Serf's RPC, for any `Serf`, on one socket, in a browser. */

export type { PeerEvent } from './events.ts';
export type { PeerLimits, ServeOptions, SlowConsumer } from './options.ts';
export { serve } from './serve.ts';
