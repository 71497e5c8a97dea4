/**
 * A cluster in an Angular application: its members, events, log, queries and connection as signals, and its client for
 * pipelines of RxJS.
 *
 * @packageDocumentation
 */

export type { SerfSurface } from '../client/serf-client.ts';
export { injectConnection } from './inject-connection.ts';
export { type InjectEventsOptions, injectEvents } from './inject-events.ts';
export { type InjectLogLinesOptions, injectLogLines } from './inject-log-lines.ts';
export { injectMembers } from './inject-members.ts';
export { injectSerf } from './inject-serf.ts';
export { injectSerfAction, type SerfAction, type SerfActionStatus } from './inject-serf-action.ts';
export {
  injectSerfQuery,
  type SerfQuery,
  type SerfQueryStatus,
  type TimedResponse,
} from './inject-serf-query.ts';
export type { InjectSerfOptions } from './injection-context.ts';
export { live } from './live.ts';
export type { Live, LiveOptions, LiveStatus } from './live-value.ts';
export type { FeedOptions, LiveFeed } from './live-window.ts';
export { type ProvideSerfOptions, provideSerf } from './provide-serf.ts';
export {
  type AnyToken,
  type CheckedToken,
  SERF,
  type SerfToken,
  type SurfaceOf,
  serfToken,
} from './serf-token.ts';
