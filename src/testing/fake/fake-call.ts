import { Observable, type Subscriber } from 'rxjs';
import { RequestTimeoutError } from '../../errors.ts';
import type { SerfEvent } from '../../model.ts';
import { COMMANDS, type CommandSpec } from '../../protocol/commands.ts';
import type { FakeAgent } from './fake-agent.ts';
import { type FakeRequest, wireName } from './requests.ts';

/** Something that somebody has asked of a fake, and that is not over. */
export abstract class FakeCall<V = unknown> {
  readonly agent: FakeAgent;
  readonly request: FakeRequest;
  readonly subscriber: Subscriber<V>;
  /** When it was asked, in ms. */
  readonly since: number;
  /** Whether the agent has it. */
  sent = false;

  constructor(agent: FakeAgent, request: FakeRequest, subscriber: Subscriber<V>) {
    this.agent = agent;
    this.request = request;
    this.subscriber = subscriber;
    this.since = agent.scheduler.now();
  }

  /** What the table says of its command. */
  get spec(): CommandSpec {
    return COMMANDS[wireName(this.request.command)];
  }

  /** Whether its time to wait goes on. */
  abstract get waiting(): boolean;
  /** The agent has got it. */
  abstract answer(): void;
  /** The connection has ended, and it will be sent again. */
  abstract interrupted(): void;
  /** The client is closed. */
  abstract close(): void;
  /** Something has happened in the cluster, or is in the agent's log. */
  hear(_item: SerfEvent<unknown> | string): void {}

  fail(error: unknown): void {
    this.agent.delete(this);
    this.subscriber.error(error);
  }

  complete(): void {
    this.agent.delete(this);
    this.subscriber.complete();
  }

  /** It is answered: whoever gets its one answer may end the connection, and has the answer all the same. */
  settle(answer: V): void {
    this.agent.delete(this);
    this.subscriber.next(answer);
    this.subscriber.complete();
  }
}

/** A call, made anew by each subscription. */
export function calling<V>(
  agent: FakeAgent,
  timeout: number,
  make: (subscriber: Subscriber<V>) => FakeCall<V>,
): Observable<V> {
  return new Observable((subscriber) => {
    const call = make(subscriber);
    subscriber.add(() => agent.cancel(call));
    agent.call(call);
    if (subscriber.closed || !call.waiting) return;
    const expire = () => {
      if (!call.waiting) return;
      const command = wireName(call.request.command);
      call.fail(new RequestTimeoutError(`no answer to ${command} in ${timeout} ms`, { command, timeout }));
    };
    subscriber.add(agent.scheduler.schedule(expire, timeout));
  });
}
