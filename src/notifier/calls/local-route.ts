import type { EndReason } from '../../rpc/pending-calls.ts';
import type { CallOutcome } from '../mesh/frames.ts';
import type { OwnRegistrations } from '../registrations/own-registrations.ts';
import type { Publication, Route, RoutedCall } from '../registrations/route.ts';
import { CallExchange, type CallExchangeOptions, type CallTransport } from './call-exchange.ts';

/** The way to ourselves: what is for our own subscribers and handlers takes it, and is treated as what comes from others. */
export class LocalRoute implements Route, CallTransport {
  readonly id: string;
  readonly full = false;
  publication = 0;
  readonly #own: OwnRegistrations;
  readonly #calls: CallExchange;

  constructor(options: CallExchangeOptions) {
    this.id = options.settings.id;
    this.#own = options.own;
    this.#calls = new CallExchange(this, options);
  }

  publish(publication: Publication, full: boolean, slice: number | undefined): void {
    this.#own.deliver(publication, full, slice, this.id);
  }

  call(call: RoutedCall): void {
    this.#calls.call(call);
  }

  cancelCall(seq: number): void {
    this.#calls.cancel(seq);
  }

  sendCall(seq: number, { registration: { number }, id, payload }: RoutedCall): void {
    this.#calls.called({ type: 'call', seq, registration: number, id, payload });
  }

  sendAnswer(seq: number, outcome: CallOutcome): void {
    this.#calls.answered(seq, outcome);
  }

  sendCancel(seq: number): void {
    this.#calls.cancelled(seq);
  }

  idle(): void {}

  close(reason: EndReason): void {
    this.#calls.end(reason);
  }
}
