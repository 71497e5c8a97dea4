import { type Observable, shareReplay } from 'rxjs';
import type { Address } from '../../address.ts';
import type { Outgoing } from '../../agent-support.ts';
import { ConnectionLostError, type RequestOutcome, type SerfError } from '../../errors.ts';
import { COMMANDS, responseHasBody } from '../../protocol/commands.ts';
import { encodeRequest, type Frame } from '../../protocol/frames.ts';
import { isBeyondLimits } from '../../protocol/limits.ts';
import { toError } from '../../protocol/refusals.ts';
import { Slab } from '../../protocol/slab.ts';
import type { Uint64 } from '../../protocol/wire.ts';
import { CallTable } from '../../rpc/call-table.ts';
import { type Call, type CallSession, InternalCall, inReplyTo } from '../calls/call.ts';
import { agentName } from './agent-identity.ts';
import { closedByPeer, WriteFailed } from './connection-loss.ts';

/** One connection's requests: numbers them, and dispatches each frame to the request it answers. */
export class Session implements CallSession {
  /** The agent's `host:port`, or the like. */
  readonly address: string;
  readonly #peer: Address['peer'];
  readonly #socket: Outgoing;
  /** Where requests are encoded to. */
  readonly #slab = new Slab();
  /** The requests that frames may still arrive for, by Seq. */
  readonly #calls = new CallTable<Call>();
  readonly #onWriteFailed: (reason: WriteFailed) => void;
  /** The Seq of the frame whose body is being read; -1: none. */
  #reading: Uint64 = -1;
  /** Whether the sending half is closed. */
  #closing = false;
  /** Makes the error that new calls are refused with. */
  #refusal: ((call: Call) => SerfError) | undefined;
  /** The agent's name: asked for once, and remembered for all who subscribe. */
  readonly agentName$: Observable<string | undefined> = agentName(this).pipe(
    shareReplay({ bufferSize: 1, refCount: true }),
  );
  /** How often there was a sign of life: a message, or a large piece of one. */
  heard = 0;
  /** Called with the date of a ping that is not answered, and with nothing when there is a sign of life after that. */
  onSilence: ((since?: number) => void) | undefined;
  /** Called whenever the last pending call ends. */
  onIdle: (() => void) | undefined;

  /** @param onWriteFailed called when the socket throws at `next` */
  constructor(socket: Outgoing, address: Address, onWriteFailed: (reason: WriteFailed) => void) {
    this.#socket = socket;
    this.address = address.toString();
    this.#peer = address.peer;
    this.#onWriteFailed = onWriteFailed;
  }

  /** The local end of the connection, `IP:PORT`, if the socket knows it. */
  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  call(call: Call): void {
    if (this.#refusal) call.fail(this.#refusal(call));
    else this.#send(call);
  }

  #send(call: Call): void {
    if (this.#closing) return;
    // First: what a body that cannot be encoded throws is for the channel only.
    const bytes = encodeRequest(call.command, this.#calls.nextSeq, call.body, this.#slab);
    call.state = 'asked';
    this.#calls.add(call);
    try {
      this.#socket.next(bytes);
    } catch (error) {
      this.#onWriteFailed(new WriteFailed(error));
    }
  }

  cancel(call: Call): void {
    if (call.state === 'asked') call.state = 'cancelled';
    else if (call.state === 'answered') this.#stop(call);
  }

  release(call: Call): void {
    call.state = 'over';
    this.#calls.delete(call);
    if (this.#calls.size === 0) this.onIdle?.();
  }

  /**
   * Whether a body follows a header. One with a Seq that is no longer known is of a record of a stopped stream, so a
   * body follows; but one with an error is the second answer to a request that was refused with its body unread.
   */
  hasBody(seq: Uint64, error: string): boolean {
    const call = this.#calls.get(seq);
    const follows = call ? call.state === 'answered' || responseHasBody(call.command, error) : error === '';
    if (follows) this.#reading = seq;
    return follows;
  }

  dispatch({ seq, text, body }: Frame): void {
    this.heard++;
    this.#reading = -1;
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
        toError(text, {
          command: call.command,
          address: this.address,
          peer: this.#peer,
          size: payloadSize(call),
          body,
        }),
      );
  }

  /** Fails all pending calls and refuses new ones; the connection goes on. */
  abandon(reason: SerfError): void {
    this.#refusal = () => reason;
    for (const call of this.#calls.all()) {
      if (call.state === 'cancelled') continue;
      if (call.state === 'asked') call.state = 'cancelled';
      call.fail(reason);
    }
  }

  /** The connection has ended: fails pending calls, and returns those to be sent again on another. */
  end(reason: SerfError): readonly Call[] {
    this.#refusal ??= (call) => lost(call, this.address, 'not-sent', reason);
    const calls = this.#calls.all();
    const read = this.#calls.get(this.#reading);
    this.#calls.clear();
    const again: Call[] = [];
    // Sent again, it would get the same answer again.
    const tooLarge = isBeyondLimits(reason) && read?.state === 'asked' ? read : undefined;
    if (tooLarge) tooLarge.state = 'over';
    for (const call of calls) {
      if (call.state === 'cancelled') call.state = 'over';
      else if (call === tooLarge) continue;
      else if (COMMANDS[call.command].onLoss === 'resend') {
        call.state = 'unsent';
        if (call.interrupted()) again.push(call);
      }
    }
    tooLarge?.fail(inReplyTo(tooLarge.command, this.address, reason));
    for (const call of calls)
      if (call.state === 'asked' || call.state === 'answered') this.#settle(call, reason);
    return again;
  }

  #settle(call: Call, reason: SerfError): void {
    call.state = 'over';
    if (COMMANDS[call.command].onLoss === 'done' && closedByPeer(reason)) call.reply(undefined, this);
    else call.fail(lost(call, this.address, 'unknown', reason));
  }

  /** Asks for a sign of life: `stop` succeeds without effect for a Seq that is no stream's. */
  ping(onAnswer: () => void): void {
    this.#send(new InternalCall('stop', { Stop: this.#calls.nextSeq }, onAnswer));
  }

  /** Whether no call is pending. */
  get idle(): boolean {
    return this.#calls.size === 0;
  }

  /** Whether the agent may be silent for long: it takes one command of a connection at a time. */
  get blocked(): boolean {
    for (const { state, command } of this.#calls.all()) {
      if (state === 'asked' && COMMANDS[command].lane === 'control') return true;
    }
    return false;
  }

  /** Closes once everything is sent. */
  close(): void {
    this.#closing = true;
    this.#socket.complete();
  }

  #stop(call: Call): void {
    this.#send(new InternalCall('stop', { Stop: call.seq }));
    this.release(call);
  }
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
