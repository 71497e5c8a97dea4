import { Observable, type SchedulerLike, type Subscriber } from 'rxjs';
import { RequestTimeoutError } from '../../errors.ts';
import type { SerfEvent } from '../../model.ts';
import { COMMANDS, type CommandSpec } from '../../protocol/commands.ts';
import type { RequestRecord } from './request-record.ts';
import { type FakeRequest, wireName } from './requests.ts';

/** What a fake emits: an event, or a log line. */
export type EmittedItem = SerfEvent<unknown> | string;

/** What a call needs of the agent that is called. */
export interface CalledAgent {
  readonly scheduler: SchedulerLike;
  readonly address: string;
  readonly ledger: RequestRecord;
  call(call: FakeCall): void;
  cancel(call: FakeCall): void;
  delete(call: FakeCall): void;
  answerTo(request: FakeRequest, fallback?: () => Observable<unknown>): Observable<unknown>;
  /** Reports the gap of a stream or a monitor, once for all of its subscribers. */
  missed(subject: string, away: number): void;
}

/** A call of a fake that is not over. */
export abstract class FakeCall<V = unknown> {
  readonly agent: CalledAgent;
  readonly request: FakeRequest;
  readonly subscriber: Subscriber<V>;
  /** When it was made, in ms. */
  readonly since: number;
  /** Whether the agent has it. */
  sent = false;

  constructor(agent: CalledAgent, request: FakeRequest, subscriber: Subscriber<V>) {
    this.agent = agent;
    this.request = request;
    this.subscriber = subscriber;
    this.since = agent.scheduler.now();
  }

  /** The row of its command in the table. */
  get spec(): CommandSpec {
    return COMMANDS[wireName(this.request.command)];
  }

  /** Whether its timeout is running. */
  abstract get isWaiting(): boolean;
  /** Answers it: the agent has it. */
  abstract answer(): void;
  /** Interrupts it: the connection has ended, and it will be sent again. */
  abstract interrupted(): void;
  /** Ends it: the client is closed. */
  abstract close(): void;
  /** Emits an event or a log line to it. */
  emit(_item: EmittedItem): void {}

  fail(error: unknown): void {
    this.agent.delete(this);
    this.subscriber.error(error);
  }

  complete(): void {
    this.agent.delete(this);
    this.subscriber.complete();
  }

  /** Gives its one answer. The subscriber may end the connection, and has the answer all the same. */
  settle(answer: V): void {
    this.agent.delete(this);
    this.subscriber.next(answer);
    this.subscriber.complete();
  }
}

/** An Observable that makes a call for each subscription. */
export function calling<V>(
  agent: CalledAgent,
  timeout: number,
  make: (subscriber: Subscriber<V>) => FakeCall<V>,
): Observable<V> {
  return new Observable((subscriber) => {
    const call = make(subscriber);
    subscriber.add(() => agent.cancel(call));
    agent.call(call);
    if (subscriber.closed || !call.isWaiting) return;
    const expire = () => {
      if (!call.isWaiting) return;
      const command = wireName(call.request.command);
      call.fail(new RequestTimeoutError(`no answer to ${command} in ${timeout} ms`, { command, timeout }));
    };
    subscriber.add(agent.scheduler.schedule(expire, timeout));
  });
}
