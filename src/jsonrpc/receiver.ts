import { ProtocolError, RemoteError } from '../errors.ts';
import { type PendingCalls, SubscribedCall } from '../rpc/pending-calls.ts';
import { detect } from './detect.ts';
import { BatchAnswers, type IncomingCalls } from './incoming-calls.ts';
import type { JsonRpcEvent } from './json-rpc-session.ts';
import { loose } from './loose.ts';
import {
  type ErrorObject,
  isObject,
  isResponse,
  JSON_RPC_CODES,
  type Message,
  NO_OBJECT,
  type Protocol,
} from './messages.ts';
import type { JsonRpcLimits, JsonRpcProtocol } from './options.ts';
import { Member, type OutgoingBatch } from './outgoing-batch.ts';
import { decodeText, idJson, isDeeper, WrittenIds } from './text.ts';
import { v1 } from './v1.ts';
import { v2 } from './v2.ts';

const PROTOCOLS = { v1, v2, loose, auto: v2 };

/** What a {@link Receiver} tells. */
export interface ReceiverListener {
  answer(message: string): void;
  report(event: () => JsonRpcEvent): void;
  /** The peer sends nothing but rubbish. */
  fail(error: ProtocolError): void;
}

/** Reads messages: answers go to our calls, calls to what answers them, and errors back. */
export class Receiver {
  readonly #calls: PendingCalls<unknown>;
  readonly #incoming: IncomingCalls;
  readonly #limits: JsonRpcLimits;
  readonly #listener: ReceiverListener;
  #detecting: boolean;
  /** How many in a row were no messages. */
  #malformed = 0;
  /** The version that is spoken. */
  protocol: Protocol;

  constructor(
    protocol: JsonRpcProtocol,
    calls: PendingCalls<unknown>,
    incoming: IncomingCalls,
    limits: JsonRpcLimits,
    listener: ReceiverListener,
  ) {
    this.protocol = PROTOCOLS[protocol];
    this.#detecting = protocol === 'auto';
    this.#calls = calls;
    this.#incoming = incoming;
    this.#limits = limits;
    this.#listener = listener;
  }

  receive(message: string | Uint8Array): void {
    const json = typeof message === 'string' ? message : decodeText(message);
    const { parseError, invalidRequest } = JSON_RPC_CODES;
    if (json === undefined) this.#refuse(parseError, 'messages must be encoded in UTF-8');
    else if (isDeeper(json, this.#limits.depth))
      this.#refuse(invalidRequest, `message nests too deep (over ${this.#limits.depth} levels)`);
    else {
      let value: unknown;
      try {
        value = JSON.parse(json);
      } catch {
        this.#refuse(parseError, 'invalid JSON');
        return;
      }
      this.#take(value, json);
    }
  }

  #take(value: unknown, json: string): void {
    if (this.#detecting) this.#detect(value);
    if (Array.isArray(value) && this.protocol.batches) this.#takeBatch(value, json);
    else {
      const message = this.#read(value);
      if (message.type === 'request' || message.type === 'notification') {
        this.#malformed = 0;
        this.#run(message, json);
      } else if (message.type === 'invalid') {
        this.#listener.answer(this.protocol.error(idJson(message.id, json), message.error));
        this.#countMalformed(message.error.message);
      } else this.#settle(message);
    }
  }

  #read(value: unknown): Message {
    if (!isObject(value)) return NO_OBJECT;
    return value['method'] === undefined ? this.protocol.response(value) : this.protocol.request(value);
  }

  #run(message: Message & { type: 'request' | 'notification' }, json: string): void {
    const { method, params } = message;
    const id = message.type === 'request' ? idJson(message.id, json) : undefined;
    this.#incoming.run({ method, params, id, protocol: this.protocol, size: json.length });
  }

  #takeBatch(values: readonly unknown[], json: string): void {
    const { batch: most } = this.#limits;
    if (values.length === 0) this.#refuse(JSON_RPC_CODES.invalidRequest, 'batch is empty');
    else if (values.length > most)
      this.#refuse(JSON_RPC_CODES.invalidRequest, `batch too large (over ${most} members)`);
    else if (values.every((value) => isObject(value) && isResponse(value))) this.#settleBatch(values);
    else this.#runBatch(values, json);
  }

  /** First what is no message, which has its answer at once, then the calls in their order. */
  #runBatch(values: readonly unknown[], json: string): void {
    const { protocol } = this;
    const size = Math.ceil(json.length / values.length);
    const ids = new WrittenIds(json);
    const messages = values.map((value) => {
      if (!isObject(value)) return NO_OBJECT;
      return isResponse(value) ? protocol.response(value) : protocol.request(value);
    });
    const answered = ({ type }: Message) =>
      type === 'invalid' || type === 'request' || type === 'notification';
    const answers = new BatchAnswers(this.#incoming, messages.filter(answered).length);
    messages.forEach((message, index) => {
      if (message.type !== 'invalid') return;
      answers.add(protocol.error(ids.of(message.id, index), message.error), false);
      this.#countMalformed(message.error.message);
    });
    messages.forEach((message, index) => {
      if (message.type === 'request' || message.type === 'notification') {
        const { method, params } = message;
        const id = message.type === 'request' ? ids.of(message.id, index) : undefined;
        this.#malformed = 0;
        this.#incoming.run({ method, params, id, protocol, size }, answers);
      } else if (message.type !== 'invalid') this.#settle(message);
    });
  }

  /** Answers to a batch of ours. What it has no answer to will have none. */
  #settleBatch(values: readonly unknown[]): void {
    const batches = new Set<OutgoingBatch>();
    for (const value of values) {
      const message = this.#read(value);
      const call = 'id' in message ? this.#calls.find(message.id) : undefined;
      if (call instanceof SubscribedCall && call.subscriber instanceof Member)
        batches.add(call.subscriber.batch);
      this.#settle(message as Response);
    }
    for (const batch of batches) batch.answered();
  }

  #settle(message: Response): void {
    if (!this.#answer(message))
      this.#listener.report(() => ({ type: 'unexpected-response', id: message.id }));
  }

  #answer(message: Response): boolean {
    const { id, type } = message;
    this.#malformed = 0;
    if (type === 'result') return this.#calls.answer(id, message.result);
    const command = this.#calls.find(id)?.method;
    if (command === undefined) return false;
    if (type === 'error') {
      const { code, message: text, data } = message.error;
      return this.#calls.fail(id, new RemoteError(text, { command, rpcCode: code, data }));
    }
    const problem = `${command}: the answer ${message.problem}`;
    return this.#calls.fail(id, new ProtocolError('unexpected-shape', problem, { command }));
  }

  #detect(first: unknown): void {
    this.#detecting = false;
    this.protocol = detect(first);
    const { name } = this.protocol;
    this.#listener.report(() => ({ type: 'protocol', protocol: name }));
  }

  /** An error about something that has no id. */
  #refuse(code: number, message: string): void {
    const error: ErrorObject = { code, message };
    this.#listener.answer(this.protocol.error('null', error));
    this.#countMalformed(message);
  }

  #countMalformed(problem: string): void {
    this.#listener.report(() => ({
      type: 'malformed',
      error: new ProtocolError('unexpected-shape', problem),
    }));
    if (++this.#malformed <= this.#limits.malformed) return;
    const message = `more than ${this.#limits.malformed} messages in a row were none (limits.malformed)`;
    this.#listener.fail(new ProtocolError('overflow', message));
  }
}

type Response = Message & { type: 'result' | 'error' | 'bad-response' };
