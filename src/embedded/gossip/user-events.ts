import { readText } from '../../protocol/text.ts';
import type { LogLevel } from '../../serf.ts';
import type { ClusterContext } from '../cluster-context.ts';
import type { NodeEvent, NodeUserEvent } from '../node/node-event.ts';
import type { GossipPeer } from './gossip-peer.ts';
import { LamportClock } from './lamport-clock.ts';
import { eventSize, textSize } from './message-size.ts';
import { type RecentEvent, RecentEvents } from './recent-events.ts';

/** What {@link UserEvents} needs of the node. */
export interface UserEventsContext extends GossipPeer {
  readonly cluster: ClusterContext;
  log(level: LogLevel, text: string): void;
  emit(event: NodeEvent): void;
}

/** The user events of one node: fires them, receives them, and keeps recent ones. */
export class UserEvents {
  readonly clock = new LamportClock();
  readonly recent = new RecentEvents(this.clock);
  readonly #node: UserEventsContext;

  constructor(node: UserEventsContext) {
    this.#node = node;
  }

  /** Fires an event. Gives the agent's text when it refuses. */
  fire(name: string, payload: Uint8Array, coalesce: boolean): string | undefined {
    const { cluster } = this.#node;
    const shown = JSON.stringify(readText(payload, 0, payload.length));
    this.#node.log(
      'debug',
      `agent: Requesting user event send: ${name}. Coalesced: ${coalesce}. Payload: ${shown}`,
    );
    const ltime = this.clock.time;
    const refusal = this.#refusal(ltime, name, payload);
    if (refusal) {
      this.#node.log('warn', `agent: failed to send user event: ${refusal}`);
      return refusal;
    }
    // One object for all nodes: to compare two events, their bytes need not be looked at.
    const event: NodeUserEvent = { event: 'user', name, ltime, payload, coalesce };
    this.receive(event);
    cluster.network.broadcast(this.#node, { type: 'user-event', event });
    return undefined;
  }

  /** Receives the events that another node keeps. */
  replay(events: readonly RecentEvent[]): void {
    for (const { name, ltime, payload } of events) {
      this.receive({ event: 'user', name, ltime, payload, coalesce: false });
    }
  }

  receive(event: NodeUserEvent): void {
    const taken = this.recent.take(event);
    if (taken === 'new') this.#node.emit(event);
    if (taken !== 'old') return;
    const { name, ltime } = event;
    this.#node.log(
      'warn',
      `serf: received old event ${name} from time ${ltime} (current: ${this.clock.time})`,
    );
  }

  #refusal(ltime: number, name: string, payload: Uint8Array): string | undefined {
    const limit = this.#node.cluster.settings.userEventSizeLimit;
    const nameBytes = textSize(name) - textSize('');
    if (nameBytes + payload.length > limit) {
      return `user event exceeds configured limit of ${limit} bytes before encoding`;
    }
    if (eventSize(ltime, name, payload) > limit) {
      return `encoded user event exceeds configured limit of ${limit} bytes after encoding`;
    }
    return undefined;
  }
}
