import { Observable, type Subscriber } from 'rxjs';
import { ClosedError, ConnectionLostError, RequestTimeoutError, type SerfError } from '../../errors.ts';
import type { Command } from '../../protocol/commands.ts';
import { toError } from '../../protocol/refusals.ts';
import type { WireValue } from '../../protocol/wire.ts';
import type { Task, TaskQueue } from '../gossip/task-queue.ts';

/** The node whose agent, an `A`, is called. */
export interface CallTarget<A> {
  readonly name: string;
  readonly rpcAddress: string;
  readonly agent: A | undefined;
}

/** How an agent replies to a request. */
export interface Reply<T> {
  ok(value: T): void;
  /** @param size the payload's bytes, where it has one */
  refuse(text: string, details?: { readonly size?: number; readonly body?: WireValue }): void;
  fail(error: SerfError): void;
  /** Runs when the request is over or unsubscribed. */
  add(teardown: () => void): void;
  /** Fails the request with a `ConnectionLostError`: the agent that it was for does not run any more. */
  lost(): void;
}

interface OpenCall {
  lose(): void;
  close(): void;
}

/**
 * The pending calls of one node. Each begins at the scheduler's next turn, never within `subscribe`, as over a connection; and
 * ends with the node.
 */
export class Calls<A> {
  readonly #node: CallTarget<A>;
  readonly #tasks: TaskQueue;
  /** As many as there are subscriptions. */
  readonly #open = new Set<OpenCall>();

  constructor(node: CallTarget<A>, tasks: TaskQueue) {
    this.#node = node;
    this.#tasks = tasks;
  }

  /**
   * A call with records, until it is unsubscribed or the node ends. It completes when the cluster is closed if it is
   * `endless`, and errors otherwise.
   *
   * @param start `settle` takes the call off the list: it is answered, and not ended by what happens from then on
   */
  records<T>(
    { command, endless }: { readonly command: Command; readonly endless: boolean },
    start: (agent: A, subscriber: Subscriber<T>, settle: () => void) => () => void,
  ): Observable<T> {
    const node = this.#node;
    return new Observable((subscriber) => {
      const context = { command, address: node.rpcAddress };
      const closed = () => new ClosedError('the cluster is closed', context);
      if (this.#tasks.closed) {
        subscriber.error(closed());
        return;
      }
      let sent = false;
      let stop: (() => void) | undefined;
      const call: OpenCall = {
        lose: () => subscriber.error(lost(node, sent, command)),
        close: () => (endless ? subscriber.complete() : subscriber.error(closed())),
      };
      this.#open.add(call);
      const begin = this.#tasks.schedule(0, () => {
        const { agent } = node;
        if (!agent) {
          call.lose();
          return;
        }
        sent = true;
        stop = start(agent, subscriber, () => this.#open.delete(call));
        if (subscriber.closed) stop();
      });
      return () => {
        begin.cancel();
        this.#open.delete(call);
        stop?.();
      };
    });
  }

  /** A request with a single answer, within `timeout` ms. */
  request<T>(
    { command, timeout }: { readonly command: Command; readonly timeout: number },
    act: (agent: A, reply: Reply<T>) => void,
  ): Observable<T> {
    const node = this.#node;
    return this.records({ command, endless: false }, (agent, subscriber, settle) => {
      const address = node.rpcAddress;
      act(agent, {
        ok: (value) => {
          // The subscriber may close the cluster or stop the node, and has the answer all the same.
          settle();
          subscriber.next(value);
          subscriber.complete();
        },
        refuse: (text, details) => subscriber.error(toError(text, { command, address, ...details })),
        fail: (error) => subscriber.error(error),
        add: (teardown) => subscriber.add(teardown),
        lost: () => subscriber.error(lost(node, false, command)),
      });
      let late: Task | undefined;
      if (!subscriber.closed) {
        const message = `no answer to ${command} in ${timeout} ms`;
        late = this.#tasks.schedule(timeout, () =>
          subscriber.error(new RequestTimeoutError(message, { command, address, timeout })),
        );
      }
      return () => late?.cancel();
    });
  }

  /** Ends all calls with a `ConnectionLostError`: the agent has ended. */
  lose(): void {
    for (const call of [...this.#open]) call.lose();
  }

  /** Ends all calls: the cluster, and so the queue, is closed. */
  close(): void {
    for (const call of [...this.#open]) call.close();
  }
}

function lost(node: CallTarget<unknown>, sent: boolean, command: Command): ConnectionLostError {
  return new ConnectionLostError(`${node.name} is not running`, {
    command,
    address: node.rpcAddress,
    outcome: sent ? 'unknown' : 'not-sent',
  });
}
