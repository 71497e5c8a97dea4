/**
 * A JSON document kept equal on both sides of a WebSocket, with messages and calls beside it (hat-juggler's protocol), on Node.
 *
 * @packageDocumentation
 */
export type { RefusalReason } from '../http/admission.ts';
export { RpcError } from '../rpc/rpc-error.ts';
export { type JugglerConnectOptions, type JugglerTarget, jugglerConnect, jugglerRpc } from './connect.ts';
export type { JugglerConnection, JugglerStatus } from './juggler-connection.ts';
export { type JugglerServerEvent, jugglerListen } from './listen.ts';
export type { JugglerListenOptions, UpgradeRequest } from './listen-options.ts';
export type { JugglerAction, JugglerLimits, JugglerOptions } from './options.ts';
export type { DataChange } from './remote-data.ts';
export {
  type SerfDocument,
  type SharedEvent,
  type SharedSerf,
  type SharedStatus,
  type ShareSerfOptions,
  shareSerf,
} from './share-serf.ts';
export {
  type SettableDocument,
  type SharedDocument,
  type SharedDocumentOptions,
  sharedDocument,
} from './shared-document.ts';
