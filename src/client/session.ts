import { ConnectionLostError, type RequestOutcome, type SerfError } from '../errors.ts';
import { COMMANDS, responseHasBody } from '../protocol/commands.ts';
import { encodeRequest, type Frame } from '../protocol/frames.ts';
import { toError } from '../protocol/refusals.ts';
import type { Socket } from '../socket/socket.ts';
import { Call, type Caller } from './call.ts';

/** One connection: numbers requests, and hands each frame that comes to the request it is for. */
export class Session implements Caller {
  /** The agent's `host:port`. */
  readonly address: string;
  readonly #socket: Socket;
  /** The requests for which something may still come, by Seq. */
  readonly #calls = new Map<number, Call>();
  #nextSeq = 0;
  #ended: SerfError | undefined;
  /** What is to be sent again on another connection, once this one has ended. */
  readonly unfinished: Call[] = [];
  /** How often anything came from the agent. */
  heard = 0;

  constructor(socket: Socket, address: string) {
    this.#socket = socket;
    this.address = address;
  }

  /** Our end of the connection, `IP:PORT`, where that is known. */
  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  /** Whether anything is under way. */
  get busy(): boolean {
    return this.#calls.size > 0;
  }

  call(call: Call): void {
    if (this.#ended) {
      call.fail(lost(call, this.address, 'not-sent', this.#ended));
      return;
    }
    call.seq = this.#nextSeq++;
    call.state = 'asked';
    this.#calls.set(call.seq, call);
    this.#socket.next(encodeRequest(call.command, call.seq, call.body));
  }

  cancel(call: Call): void {
    if (call.state === 'asked') call.state = 'cancelled';
    else if (call.state === 'answered') this.#stop(call);
  }

  /** Nothing more comes for `call`: the agent has said so. */
  release(call: Call): void {
    call.state = 'over';
    this.#calls.delete(call.seq);
  }

  /**
   * Whether a body follows a header. One with a Seq that is no longer known is of a record of a stopped stream, so a
   * body follows; but one with an error is the second answer to a request that was refused with its body unread.
   */
  hasBody(seq: number, error: string): boolean {
    const call = this.#calls.get(seq);
    if (!call) return error === '';
    return call.state === 'answered' || responseHasBody(call.command, error);
  }

  dispatch({ seq, text, body }: Frame): void {
    const call = this.#calls.get(seq);
    if (!call) return;
    if (call.state === 'answered') call.record(body, this);
    else if (text !== '') this.#refuse(call, text, body);
    else this.#answer(call, body);
  }

  #answer(call: Call, body: Frame['body']): void {
    const heard = call.state === 'asked';
    if (COMMANDS[call.command].records === 'none') this.release(call);
    else if (heard) call.state = 'answered';
    else this.#stop(call);
    if (heard) call.reply(body, this);
  }

  #refuse(call: Call, text: string, body: Frame['body']): void {
    const heard = call.state === 'asked';
    this.release(call);
    if (heard)
      call.fail(
        toError(text, { command: call.command, address: this.address, size: payloadSize(call), body }),
      );
  }

  /** Tells everybody who waits that they wait in vain, though the connection goes on. */
  abandon(reason: SerfError): void {
    for (const call of [...this.#calls.values()]) {
      if (call.state === 'cancelled') continue;
      if (call.state === 'asked') call.state = 'cancelled';
      call.fail(reason);
    }
  }

  /** The connection has ended: tells everybody who waits. */
  end(reason: SerfError): void {
    if (this.#ended) return;
    this.#ended = reason;
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) {
      const heard = call.state === 'asked' || call.state === 'answered';
      call.state = 'over';
      if (heard) this.#settle(call, reason);
    }
  }

  #settle(call: Call, reason: SerfError): void {
    const { onLoss } = COMMANDS[call.command];
    if (onLoss === 'done') call.reply(undefined, this);
    else if (onLoss === 'fail') call.fail(lost(call, this.address, 'unknown', reason));
    else {
      call.state = 'unsent';
      call.interrupted();
      this.unfinished.push(call);
    }
  }

  /** A round trip without any effect: `stop` always succeeds, also for a number that is no stream's. */
  ping(): void {
    this.call(new Stop(this.#nextSeq));
  }

  /** Whether the agent may be silent for long: it takes one command of a connection at a time. */
  get blocked(): boolean {
    for (const { state, command } of this.#calls.values()) {
      if (state === 'asked' && COMMANDS[command].lane === 'control') return true;
    }
    return false;
  }

  /** Closes once the agent has been sent everything. */
  close(): void {
    this.#socket.complete();
  }

  #stop(call: Call): void {
    this.release(call);
    this.call(new Stop(call.seq));
  }
}

class Stop extends Call<'stop'> {
  constructor(seq: number) {
    super('stop', { Stop: seq });
  }
  reply(): void {}
  fail(): void {}
}

function payloadSize({ body }: Call): number | undefined {
  return body && 'Payload' in body ? body.Payload.length : undefined;
}

function lost(
  { command }: Call,
  address: string,
  outcome: RequestOutcome,
  cause: SerfError,
): ConnectionLostError {
  return new ConnectionLostError(`the connection to ${address} has ended`, {
    command,
    address,
    outcome,
    cause,
  });
}
