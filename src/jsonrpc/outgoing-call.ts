import { InvalidArgumentError } from '../errors.ts';
import type { BatchMember, UntypedBatchBuilder } from './json-rpc-session.ts';
import type { JsonRpcParams } from './messages.ts';
import type { JsonRpcProtocol } from './options.ts';

/** A call of ours, ready to be sent as often as is wanted. */
export interface OutgoingCall {
  readonly type: 'request' | 'notification';
  readonly method: string;
  /** As JSON; `undefined`: none. */
  readonly params: string | undefined;
}

/** @throws InvalidArgumentError (`invalid-argument`, `invalid-payload`) for what cannot be sent */
export function callOf(
  type: OutgoingCall['type'],
  method: string,
  params: JsonRpcParams | undefined,
  protocol: JsonRpcProtocol,
): OutgoingCall {
  if (typeof method !== 'string')
    throw new InvalidArgumentError('invalid-argument', `the method should be a text, not ${typeof method}`);
  return { type, method, params: paramsJson(method, params, protocol) };
}

/** No arguments by position are none, by name they are an empty object. */
function paramsJson(
  command: string,
  params: JsonRpcParams | undefined,
  protocol: JsonRpcProtocol,
): string | undefined {
  if (params === undefined) return undefined;
  if (typeof params !== 'object' || params === null)
    throw new InvalidArgumentError('invalid-argument', `${command}: params should be a list or an object`, {
      command,
    });
  if (protocol === 'v1' && !Array.isArray(params))
    throw new InvalidArgumentError('invalid-argument', `${command}: JSON-RPC 1.0 has no arguments by name`, {
      command,
    });
  let json: string | undefined;
  try {
    json = JSON.stringify(params);
  } catch (cause) {
    throw noJson(command, cause);
  }
  // What a `toJSON` makes of it is the peer's to judge, but for nothing.
  if (json === undefined) throw noJson(command);
  return json === '[]' ? undefined : json;
}

function noJson(command: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError('invalid-payload', `${command}: params have no JSON`, { command, cause });
}

/** The members that `build` gives. @throws InvalidArgumentError for what cannot be sent as a batch */
export function batchOf(
  build: (batch: UntypedBatchBuilder) => readonly BatchMember<unknown>[],
  protocol: JsonRpcProtocol,
  most: number,
): readonly OutgoingCall[] {
  if (protocol === 'v1') throw invalidBatch('JSON-RPC 1.0 has none');
  const made = new Map<BatchMember<unknown>, OutgoingCall>();
  const make = (type: OutgoingCall['type'], method: string, params?: JsonRpcParams) => {
    const call = callOf(type, method, params, protocol);
    const member: BatchMember<never> = { type, method };
    made.set(member, call);
    return member;
  };
  const members = build({
    request: (method, params) => make('request', method, params),
    notify: (method, params) => make('notification', method, params),
  });
  if (!Array.isArray(members)) throw invalidBatch('build should return a list of what it made');
  if (members.length === 0) throw invalidBatch('it has no members');
  if (members.length > most) throw invalidBatch(`it has more than ${most} members (limits.batch)`);
  return members.map((member) => {
    const call = made.get(member);
    if (!call) throw invalidBatch('build should return what it made with its argument');
    return call;
  });
}

function invalidBatch(problem: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', `not a batch: ${problem}`, { command: 'batch' });
}
