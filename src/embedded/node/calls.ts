import { Observable, type Subscriber } from 'rxjs';
import { ClosedError, ConnectionLostError, RequestTimeoutError, type SerfError } from '../../errors.ts';
import type { Command } from '../../protocol/commands.ts';
import { toError } from '../../protocol/refusals.ts';
import type { WireValue } from '../../protocol/wire.ts';
import type { Task, Timeline } from '../gossip/task-queue.ts';
import type { Agent } from './agent.ts';
import type { Node } from './node.ts';

/** How an agent answers a request. */
export interface Reply<T> {
  ok(value: T): void;
  /** @param size the payload's bytes, where it has one */
  refuse(text: string, details?: { readonly size?: number; readonly body?: WireValue }): void;
  fail(error: SerfError): void;
  /** The agent that was meant is not there any more. */
  lost(): void;
}

interface OpenCall {
  lose(): void;
  close(): void;
}

/**
 * The calls of one node that are under way. Each begins at the scheduler's next turn, never within `subscribe`, as
 * nothing that goes over a connection does; the node's end is theirs.
 */
export class Calls {
  readonly #timeline: Timeline;
  readonly #open = new Set<OpenCall>();

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /**
   * Records until somebody unsubscribes, or the node ends: then it completes if it has `endless` records.
   *
   * @param start `settle` says that all is answered: whatever ends from then on does not end this call
   */
  records<T>(
    node: Node,
    { command, endless }: { readonly command: Command; readonly endless: boolean },
    start: (agent: Agent, subscriber: Subscriber<T>, settle: () => void) => () => void,
  ): Observable<T> {
    return new Observable((subscriber) => {
      const context = { command, address: node.rpcAddress };
      const closed = () => new ClosedError('the cluster is closed', context);
      if (this.#timeline.closed) {
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
      const begin = this.#timeline.at(0, () => {
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
    node: Node,
    { command, timeout }: { readonly command: Command; readonly timeout: number },
    act: (agent: Agent, reply: Reply<T>) => void,
  ): Observable<T> {
    return this.records(node, { command, endless: false }, (agent, subscriber, settle) => {
      const address = node.rpcAddress;
      act(agent, {
        ok: (value) => {
          // Whoever gets the answer may close the cluster or stop the node, and has the answer all the same.
          settle();
          subscriber.next(value);
          subscriber.complete();
        },
        refuse: (text, details) => subscriber.error(toError(text, { command, address, ...details })),
        fail: (error) => subscriber.error(error),
        lost: () => subscriber.error(lost(node, false, command)),
      });
      let late: Task | undefined;
      if (!subscriber.closed) {
        const message = `no answer to ${command} in ${timeout} ms`;
        late = this.#timeline.at(timeout, () =>
          subscriber.error(new RequestTimeoutError(message, { command, address, timeout })),
        );
      }
      return () => late?.cancel();
    });
  }

  /** The agent has ended. */
  lose(): void {
    for (const call of [...this.#open]) call.lose();
  }

  /** The cluster, and so the timeline, is closed. */
  close(): void {
    for (const call of [...this.#open]) call.close();
  }
}

function lost(node: Node, sent: boolean, command: Command): ConnectionLostError {
  return new ConnectionLostError(`${node.name} is not running`, {
    command,
    address: node.rpcAddress,
    outcome: sent ? 'unknown' : 'not-sent',
  });
}
