import { Observable, throwError } from 'rxjs';
import { RemoteError } from '../errors.ts';
import { jsonSize, NotTaken } from '../json-patch/json.ts';
import { BoundedHandlers, type HandlerFailure, handlerOf } from '../rpc/bounded-handlers.ts';
import type { Deadlines } from '../rpc/deadlines.ts';
import { type EndReason, PendingCalls } from '../rpc/pending-calls.ts';
import { RpcError } from '../rpc/rpc-error.ts';
import type { Output } from './local-data.ts';
import { messageFrame } from './messages.ts';
import type { JugglerAction, JugglerSettings } from './options.ts';

/** What the peer may call. */
export interface ActionTable {
  readonly actions: Readonly<Record<string, JugglerAction>> | undefined;
  readonly defaultAction: JugglerAction | undefined;
}

/** A message of the call layer, with whatever the peer has put into it. */
interface RpcMessage {
  readonly id?: unknown;
  readonly direction?: unknown;
  readonly action?: unknown;
  readonly args?: unknown;
  readonly success?: unknown;
  readonly result?: unknown;
}

/** The longest text of a peer's that becomes the message of an error, in characters. */
const LONGEST = 1_000;

/** Calls on one connection, both ways: messages whose `type` is `rpc`. */
export class Actions {
  readonly #table: () => ActionTable;
  readonly #output: Output;
  readonly #settings: JugglerSettings;
  readonly #calls: PendingCalls<RpcMessage>;
  readonly #handlers: BoundedHandlers;
  /** Whether anything was called, so that an answer that nobody waits for is a late one, and no message. */
  #called = false;

  constructor(table: () => ActionTable, output: Output, settings: JugglerSettings, deadlines: Deadlines) {
    this.#table = table;
    this.#output = output;
    this.#settings = settings;
    const { limits, parallel, actionTimeout, scheduler } = settings;
    this.#calls = new PendingCalls({ firstId: 1, limit: limits.calls, deadlines });
    this.#handlers = new BoundedHandlers({
      concurrency: parallel ? limits.concurrency : 1,
      waiting: limits.waiting,
      waitingBytes: limits.sendBytes,
      timeout: actionTimeout,
      full: () => output.full(),
      deadlines,
      scheduler,
    });
  }

  /** Calls an action of the peer; the arguments are JSON. */
  call(action: string, args: readonly unknown[], send: (frame: string) => void): Observable<unknown> {
    const { timeout } = this.#settings;
    const request = {
      method: action,
      timeout,
      send: (id: number) => send(messageFrame({ type: 'rpc', id, direction: 'request', action, args })),
    };
    this.#called = true;
    return new Observable((subscriber) =>
      this.#calls.call(request).subscribe({
        next: ({ success, result = null }) => {
          if (success === true) subscriber.next(result);
          else subscriber.error(remoteError(action, result));
        },
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
  }

  /** Whether a message was one of this layer; if so, it has been dealt with. */
  take(payload: unknown, size: number): boolean {
    if (!isRpc(payload)) return false;
    if (own(payload, 'direction') === 'response') {
      const waited = this.#calls.answer(own(payload, 'id'), {
        success: own(payload, 'success'),
        result: own(payload, 'result'),
      });
      return waited || this.#called || this.#answers;
    }
    if (!this.#answers) return false;
    this.#request(payload, size);
    return true;
  }

  /** The connection is gone: pending calls fail, actions under way are unsubscribed from. */
  end(reason: EndReason): void {
    this.#calls.end(reason);
    this.#handlers.close();
  }

  /** Whether there is anything to be called. */
  get #answers(): boolean {
    const { actions, defaultAction } = this.#table();
    return actions !== undefined || defaultAction !== undefined;
  }

  #request(message: RpcMessage, size: number): void {
    const id = own(message, 'id');
    const action = own(message, 'action');
    const args = own(message, 'args');
    const valid =
      own(message, 'direction') === 'request' && typeof action === 'string' && Array.isArray(args);
    if (id === undefined) return;
    if (!valid) {
      this.#answer(id, false, 'invalid request');
      return;
    }
    const { actions, defaultAction } = this.#table();
    const handler = actions && handlerOf(actions, action);
    if (!handler && !defaultAction) {
      this.#answer(id, false, 'invalid action');
      return;
    }
    this.#handlers.run({
      size,
      invoke: () => (handler ? handler(...args) : defaultAction?.(action, ...args)),
      done: (value) => this.#done(id, action, value),
      failed: (why, cause) => {
        this.#answer(id, false, textOf(why));
        if (why === 'failed') this.#report(cause, action);
      },
    });
  }

  #done(id: unknown, action: string, value: unknown): void {
    const { depth } = this.#settings.limits;
    try {
      if (value !== undefined) jsonSize(value, { depth, size: Number.POSITIVE_INFINITY });
    } catch (error) {
      this.#answer(id, false, 'the result is not JSON');
      if (!(error instanceof NotTaken)) throw error;
      this.#report(new TypeError(`the result of ${action} at "${error.path}": ${error.message}`), action);
      return;
    }
    this.#answer(id, true, value ?? null);
  }

  #answer(id: unknown, success: boolean, result: unknown): void {
    this.#output.send(messageFrame({ type: 'rpc', id, direction: 'response', success, result }));
  }

  #report(error: unknown, action: string): void {
    try {
      this.#settings.onActionError(error, action);
    } catch (thrown) {
      reportUnhandled(thrown);
    }
  }
}

/** Reports an error that nobody is there to handle, as RxJS does. */
export function reportUnhandled(error: unknown): void {
  throwError(() => error).subscribe();
}

function isRpc(payload: unknown): payload is RpcMessage {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return false;
  return own(payload as Record<string, unknown>, 'type') === 'rpc';
}

function own<T extends object, K extends keyof T>(message: T, member: K): T[K] | undefined {
  return Object.hasOwn(message, member) ? message[member] : undefined;
}

/** What the peer is told of a failure: only what was meant for it. */
function textOf(why: HandlerFailure): string {
  if (why instanceof RpcError) return why.message;
  switch (why) {
    case 'failed':
      return 'the action failed';
    case 'timed-out':
      return 'the action took too long';
    case 'busy':
      return 'too many calls';
  }
}

function remoteError(action: string, result: unknown): RemoteError {
  const text = typeof result === 'string' ? result : 'the action failed';
  return new RemoteError(text.slice(0, LONGEST), {
    command: action,
    ...(typeof result === 'string' ? {} : { data: result }),
  });
}
