/**
 * JSON-RPC sessions over any socket, and, on Node, a listener.
 *
 * @packageDocumentation
 */
export { RpcError } from '../rpc/rpc-error.ts';
export { type Framer, type FramerOutput, textFrames } from './framer.ts';
export {
  type Answer,
  type JsonRpcHandlers,
  method,
  type ReplyAndDisconnect,
  replyAndDisconnect,
} from './handlers.ts';
export { jsonRpc } from './json-rpc.ts';
export type {
  ApiProxy,
  BatchBuilder,
  BatchMember,
  BatchOutcome,
  BatchOutcomes,
  HandlersFor,
  JsonRpcCallOptions,
  JsonRpcEvent,
  JsonRpcNotification,
  JsonRpcRequest,
  JsonRpcSession,
  JsonRpcSessionBase,
  JsonRpcStatus,
  MethodOf,
  ParamsAndOptions,
  ParamsOf,
  ResultOf,
  TypedJsonRpcSession,
  UntypedBatchBuilder,
} from './json-rpc-session.ts';
export { type JsonRpcListenOptions, jsonRpcListen } from './listen.ts';
export { JSON_RPC_CODES, type JsonRpcParams } from './messages.ts';
export { type NewlineOptions, newline } from './newline.ts';
export type { JsonRpcLimits, JsonRpcOptions, JsonRpcProtocol } from './options.ts';
export type { JsonRpcPeer, JsonRpcServerEvent } from './server-event.ts';
