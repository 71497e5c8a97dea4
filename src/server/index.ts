/**
 * The agent's half of Serf's RPC, for any `Serf`: on one socket, and, on Node, on a TCP port.
 *
 * @packageDocumentation
 */
export type { Peer, PeerEvent, ServerEvent } from './events.ts';
export { type ListenOptions, listen } from './listen.ts';
export type { PeerLimits, ServeOptions, SlowConsumer } from './options.ts';
export type { NamePatterns } from './policy/name-patterns.ts';
export { type PolicySerf, type PolicySession, policy } from './policy/policy.ts';
export type { Policy } from './policy/policy-rules.ts';
export { PolicyUsage } from './policy/policy-usage.ts';
export type { RateLimits } from './policy/rate-limits.ts';
export { ADMIN, OPERATOR, VIEWER } from './policy/roles.ts';
export { serve } from './serve.ts';
export { type SharedReadsOptions, sharedReads } from './shared-reads.ts';
