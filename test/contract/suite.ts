import { afterAll, beforeAll } from 'vitest';
import type { ContractCluster, Implementer } from './implementer.ts';
import { type Contract, NODES } from './kit.ts';
import { comingAndGoing } from './parts/coming-and-going.ts';
import { events } from './parts/events.ts';
import { everyCall } from './parts/every-call.ts';
import { greeting } from './parts/greeting.ts';
import { keys } from './parts/keys.ts';
import { memberStates } from './parts/member-states.ts';
import { members } from './parts/members.ts';
import { order } from './parts/order.ts';
import { queries } from './parts/queries.ts';
import { tags } from './parts/tags.ts';
import { theAgent } from './parts/the-agent.ts';

/**
 * What a user of the interface `Serf` can rely on, whoever implements it. Everything is in real time, as agents are; no
 * test waits for a time to pass.
 */
export function serfContract({ name, capabilities, describe, start }: Implementer): void {
  describe(name, () => {
    let cluster: ContractCluster;

    beforeAll(async () => {
      cluster = await start(NODES);
    });

    afterAll(() => cluster?.stop());

    const contract: Contract = {
      capabilities,
      start,
      cluster: () => cluster,
      serfs: () => cluster.nodes.map(({ serf }) => serf) as ReturnType<Contract['serfs']>,
    };
    for (const part of [
      everyCall,
      order,
      members,
      events,
      queries,
      tags,
      theAgent,
      keys,
      comingAndGoing,
      memberStates,
      greeting,
    ])
      part(contract);
  });
}
