/**
 * The reactive client for HashiCorp Serf.
 *
 * @packageDocumentation
 */
export { Address, type Scheme } from './address.ts';
export { SerfClient } from './client/serf-client.ts';
export { binary, type Codec, json, msgpack, type PayloadCodec, utf8 } from './codec.ts';
export { connect } from './connect.ts';
export {
  AgentError,
  AgentMismatchError,
  AuthenticationError,
  ClosedError,
  type CloseFacts,
  ConnectError,
  ConnectionLostError,
  InvalidArgumentError,
  NoRecipientError,
  ProtocolError,
  RemoteError,
  type RequestOutcome,
  RequestTimeoutError,
  SerfError,
  type SerfErrorCode,
  type SerfErrorContext,
  type SizeFacts,
  SocksError,
  type SocksReply,
} from './errors.ts';
export type { CheckedFilter, EventFilter, EventsOf } from './filter.ts';
export type { Instrument, InstrumentedRequest, RequestEnd, RequestHooks } from './instrument.ts';
export type { KeyReport } from './key-report.ts';
export type { MembershipFilter } from './membership.ts';
export type {
  Answer,
  ClusterStats,
  ConnectionStatus,
  Coordinate,
  DecodedPayload,
  DropReport,
  LTime,
  Member,
  MemberEvent,
  MemberEventType,
  MemberStatus,
  QueryAck,
  QueryEvent,
  QueryReply,
  QueryResponse,
  RuntimeStats,
  SerfEvent,
  Stats,
  StatsSection,
  StreamGap,
  UserEvent,
  VersionRange,
} from './model.ts';
export * from './operators/index.ts';
export type { AuthKey, ConnectOptions } from './options.ts';
export { exactly } from './pattern.ts';
export type { Command } from './protocol/commands.ts';
export type { FrameLimits } from './protocol/limits.ts';
export type { ReconnectOptions } from './reconnect.ts';
export type {
  AnySerf,
  CompleteWhen,
  EventOptions,
  GapsIf,
  LogLevel,
  MembersFilter,
  OwnCodec,
  PayloadOptions,
  QueryOptions,
  RequestOptions,
  RespondOptions,
  SelfOptions,
  Serf,
  StreamOptions,
  TagsChange,
} from './serf.ts';
export type { Socket, SocketFactory } from './socket/socket.ts';
