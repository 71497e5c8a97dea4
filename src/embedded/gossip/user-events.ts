import { readText } from '../../protocol/text.ts';
import type { HeardEvent } from '../heard.ts';
import type { Agent } from '../node/agent.ts';
import { eventSize, textSize } from '../queries/sizes.ts';
import { LamportClock } from './lamport-clock.ts';
import { type RecentEvent, RecentEvents } from './recent-events.ts';

/** The user events of one agent: fired, heard, and remembered. */
export class UserEvents {
  readonly clock = new LamportClock();
  readonly recent = new RecentEvents(this.clock);
  readonly #agent: Agent;

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  /** Gives the agent's text when it refuses. */
  fire(name: string, payload: Uint8Array, coalesce: boolean): string | undefined {
    const { node, world } = this.#agent;
    const shown = JSON.stringify(readText(payload, 0, payload.length));
    node.log.write(
      'debug',
      `agent: Requesting user event send: ${name}. Coalesced: ${coalesce}. Payload: ${shown}`,
    );
    const ltime = this.clock.time;
    const refusal = this.#refusal(ltime, name, payload);
    if (refusal) {
      node.log.write('warn', `agent: failed to send user event: ${refusal}`);
      return refusal;
    }
    // One object for all who hear it: whoever compares two events then need not look at their bytes.
    const event: HeardEvent = { event: 'user', name, ltime, payload, coalesce };
    this.#hear(event);
    world.network.broadcast(this.#agent, 'event', (agent) => {
      agent.node.log.write('debug', `serf: messageUserEventType: ${name}`);
      agent.events.#hear(event);
    });
    return undefined;
  }

  /** What others remember. */
  replay(events: readonly RecentEvent[]): void {
    for (const { name, ltime, payload } of events) {
      this.#hear({ event: 'user', name, ltime, payload, coalesce: false });
    }
  }

  #hear(event: HeardEvent): void {
    const taken = this.recent.take(event);
    if (taken === 'new') this.#agent.emit(event);
    if (taken !== 'old') return;
    const { name, ltime } = event;
    this.#agent.node.log.write(
      'warn',
      `serf: received old event ${name} from time ${ltime} (current: ${this.clock.time})`,
    );
  }

  #refusal(ltime: number, name: string, payload: Uint8Array): string | undefined {
    const limit = this.#agent.world.settings.userEventSizeLimit;
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
