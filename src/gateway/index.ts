/**
 * A gateway for browsers: WebSockets that speak Serf's RPC, each under the policy of its role, safe by default.
 *
 * @packageDocumentation
 */
export type { RefusalReason, RequestFacts } from '../http/admission.ts';
export type { GatewayEvent, GatewayPeer, RefusedRequest } from './events.ts';
export { gateway } from './gateway.ts';
export { type GatewayHandler, gatewayHandler } from './handler.ts';
export { type Authenticate, type Credential, type Identity, tokens } from './identity.ts';
export type { GatewayHandlerOptions, GatewayLimits, GatewayOptions, MetricsOptions } from './options.ts';
export type { ServedSource } from './sources.ts';
export type { Upstream } from './upstream.ts';
