import { firstValueFrom, mergeMap } from 'rxjs';
import { type KeyReport, type QueryReply, type Serf, utf8 } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { eventually, replayed, settled } from '../agent/harness/agent.ts';
import type { ContractCluster, ContractNode, Implementer } from './implementer.ts';

/** What a part of the contract is told of, and asked of. */
export interface Contract extends Pick<Implementer, 'capabilities' | 'start'> {
  /** The nodes {@link NODES}, all of which know each other; in a test, not before. */
  cluster(): ContractCluster;
  /** The same, as their users see them. */
  serfs(): [Serf, Serf, Serf];
}

/**
 * vitest's `test` and `describe`, or nothing at all where a capability is not declared: what an implementer does not claim
 * to do is not skipped, there is just no such test.
 */
export const testIf = (declared: boolean): typeof test => (declared ? test : UNCLAIMED) as typeof test;
export const describeIf = (declared: boolean): typeof describe =>
  (declared ? describe : UNCLAIMED) as typeof describe;
const UNCLAIMED: unknown = Object.assign(() => {}, { each: () => () => {} });

export const NODES = [
  { name: 'n1', tags: { role: 'web', zone: 'a' } },
  { name: 'n2', tags: { role: 'web', zone: 'b' } },
  { name: 'n3', tags: { role: 'db' } },
];
export const TEXT = { codec: utf8() };
export const [FIRST, SECOND, THIRD] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [
  string,
  string,
  string,
];
export const LINE = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[(TRACE|DEBUG|INFO|WARN|ERR)\] \S/;

export const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
export const byFrom = (a: { from: string }, b: { from: string }) => a.from.localeCompare(b.from);
export const hostOf = ({ gossip }: ContractNode) => gossip.slice(0, gossip.lastIndexOf(':'));
export const portOf = ({ gossip }: ContractNode) => Number(gossip.slice(gossip.lastIndexOf(':') + 1));

/** Tables without a prototype are equal to nothing but their like. */
export function plain({ messages, keys, ...counts }: KeyReport) {
  return { ...counts, messages: { ...messages }, keys: { ...keys } };
}

export async function names(members$: ReturnType<Serf['members']>): Promise<string[]> {
  return (await firstValueFrom(members$)).map(({ name }) => name).sort();
}

/** From whom the replies are. */
export function of(replies: readonly QueryReply<unknown>[], type: QueryReply['type'] = 'response'): string[] {
  return replies
    .filter((reply) => reply.type === type)
    .map((reply) => reply.from)
    .sort();
}

/** Until the test ends, these nodes answer queries of that name. */
export async function answering(nodes: readonly ContractNode[], query: string): Promise<void> {
  for (const { serf, name } of nodes) {
    replayed(
      serf
        .stream(`query:${query}`, TEXT)
        .pipe(mergeMap((event) => event.respond(`${name} heard ${event.payload}`))),
    );
  }
  await Promise.all(nodes.map(({ serf }) => settled(serf)));
}

/** Two nodes that know each other and nobody else. */
export async function pair(
  cluster: ContractCluster,
  ...pair: [string, string]
): Promise<[ContractNode, ContractNode]> {
  const nodes = await Promise.all(pair.map((name) => cluster.lone({ name })));
  const [first, second] = nodes as [ContractNode, ContractNode];
  await firstValueFrom(second.serf.join(first.gossip));
  for (const { serf } of nodes) {
    await eventually('both know each other', async () => {
      expect(await names(serf.members({ status: 'alive' }))).toEqual(pair.toSorted());
    });
  }
  return [first, second];
}
