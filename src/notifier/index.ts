/**
 * Publications and calls by object, id and command, across a Serf cluster.
 *
 * @packageDocumentation
 */
export type { Answer } from '../model.ts';
export { RpcError } from '../rpc/rpc-error.ts';
export { CALL_ERRORS } from './calls/incoming-call.ts';
export type { DiscoverySerf } from './discovery/by-membership.ts';
export type { Instance } from './discovery/instance.ts';
export type { InstanceList } from './discovery/static-discovery.ts';
export type {
  AnswerOf,
  AnyApi,
  ArgsOf,
  Call,
  CallArgs,
  CallEvent,
  CallHandler,
  CallOptions,
  CommandOf,
  KnownRegistration,
  Notification,
  Notifier,
  NotifierDrop,
  NotifierEvent,
  NotifierPeer,
  ObjectOf,
  PublishArgs,
  PublishReport,
  RegistrationOptions,
} from './notifier.ts';
export { notify } from './notify.ts';
export type { NotifierLimits, NotifierOptions } from './options.ts';
export { hashId, type Id, type Match } from './registrations/match.ts';
export type { RegistrationKind } from './registrations/registration.ts';
