import type { Stats } from '../../model.ts';
import type { Agent } from './agent.ts';
import { tableOf } from './node-state.ts';

/** The stats of a node, in an agent's sections; no queue is ever filled here. */
export function statsOf(agent: Agent): Stats {
  let failed = 0;
  let left = 0;
  for (const { status } of agent.view) {
    if (status === 'failed') failed++;
    else if (status === 'left') left++;
  }
  return tableOf({
    agent: tableOf({ name: agent.name }),
    // The keys are an agent's: there are no goroutines here, and the processors are nobody's.
    runtime: tableOf({
      os: 'embedded',
      arch: 'virtual',
      version: 'rxserf',
      max_procs: '1',
      goroutines: '1',
      cpu_count: '1',
    }),
    serf: tableOf({
      members: String(agent.view.size),
      failed: String(failed),
      left: String(left),
      health_score: '0',
      member_time: String(agent.clock.time),
      event_time: String(agent.events.clock.time),
      query_time: String(agent.queries.clock.time),
      intent_queue: '0',
      event_queue: '0',
      query_queue: '0',
      encrypted: String(agent.node.keyring.enabled),
      coordinate_resets: '0',
    }),
    tags: agent.nodeState.tags,
    event_handlers: tableOf({}),
  });
}
