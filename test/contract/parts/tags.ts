import { firstValueFrom, mergeMap, skip } from 'rxjs';
import type { Serf } from 'rxserf';
import { beforeAll, expect, test } from 'vitest';
import { failureOf, replayed, settled } from '../../agent/harness/agent.ts';
import { type Contract, describeIf, testIf } from '../kit.ts';

/** Tags of a node. */
export function tags({ capabilities, serfs }: Contract): void {
  describeIf(capabilities.agent)('tags', () => {
    let n1: Serf;
    let n2: Serf;
    let n3: Serf;
    beforeAll(() => {
      [n1, n2, n3] = serfs();
    });

    test('are set, changed and deleted; too many are refused', async () => {
      const tagsOf = async () => ({ ...(await firstValueFrom(n3.members({ name: 'n3' })))[0]?.tags });
      await firstValueFrom(n3.tags({ set: { temp: '1', zone: 'z' } }));
      const afterSet = await tagsOf();
      await firstValueFrom(n3.tags({ set: { zone: 'y' }, delete: ['temp', 'never-there'] }));
      const afterChange = await tagsOf();
      await firstValueFrom(n3.tags({ delete: ['zone'] }));

      expect(afterSet).toEqual({ role: 'db', zone: 'z', temp: '1' });
      expect(afterChange).toEqual({ role: 'db', zone: 'y' });
      expect(await failureOf(n3.tags({ set: { huge: 'x'.repeat(600) } }))).toMatchObject({
        name: 'AgentError',
        code: 'payload-too-large',
        message: 'Encoded length of tags exceeds limit of 512 bytes',
        command: 'tags',
      });
      expect(await tagsOf()).toEqual({ role: 'db' });
    });

    test('of a node are told to who follows it', async () => {
      const self = replayed(n3.self({ live: true }));
      const [first, changed, back] = [0, 1, 2].map((index) => firstValueFrom(self.pipe(skip(index))));
      expect(await first).toEqual(await firstValueFrom(n3.self()));
      await firstValueFrom(n3.tags({ set: { temp: '1' } }));
      expect(await changed).toMatchObject({ name: 'n3', tags: { role: 'db', temp: '1' } });
      await firstValueFrom(n3.tags({ delete: ['temp'] }));
      expect((await back)?.tags).not.toHaveProperty('temp');
    });

    testIf(capabilities.gossip)('of a node are news to the others, and to itself', async () => {
      const updates = [n1, n2].map((serf) => replayed(serf.stream('member-update')));
      await Promise.all([n1, n2].map(settled));
      await firstValueFrom(n2.tags({ set: { version: '2' } }));

      for (const update of updates) {
        const ofN2 = update.pipe(mergeMap(({ members }) => members.filter(({ name }) => name === 'n2')));
        expect(await firstValueFrom(ofN2)).toMatchObject({
          status: 'alive',
          tags: { role: 'web', zone: 'b', version: '2' },
        });
      }
      await firstValueFrom(n2.tags({ delete: ['version'] }));
    });
  });
}
