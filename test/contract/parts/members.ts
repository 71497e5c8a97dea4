import { firstValueFrom } from 'rxjs';
import { exactly, InvalidArgumentError, type Serf } from 'rxserf';
import { beforeAll, describe, expect, test } from 'vitest';
import { failureOf } from '../../agent/harness/agent.ts';
import type { ContractNode } from '../implementer.ts';
import { byName, type Contract, hostOf, NODES, names, portOf, testIf } from '../kit.ts';

/** Who is there, and who of them matches. */
export function members({ capabilities, cluster, serfs }: Contract): void {
  describe('members', () => {
    let n1: Serf;
    let n2: Serf;
    let n3: Serf;
    beforeAll(() => {
      [n1, n2, n3] = serfs();
    });

    test('every field of every member, on every node', async () => {
      for (const serf of [n1, n2, n3]) {
        const members = await firstValueFrom(serf.members());
        expect(members.toSorted(byName)).toEqual(
          NODES.map(({ name, tags }, index) => ({
            name,
            address: hostOf(cluster().nodes[index] as ContractNode),
            port: portOf(cluster().nodes[index] as ContractNode),
            tags: expect.objectContaining(tags),
            status: 'alive',
            protocol: { min: 1, max: 5, current: 2 },
            delegate: { min: 2, max: 5, current: 5 },
          })),
        );
      }
    });

    test('a node knows which of them it is', async () => {
      for (const [index, serf] of [n1, n2, n3].entries()) {
        const self = await firstValueFrom(serf.self());
        const members = await firstValueFrom(serf.members());
        expect(self).toEqual(members.find(({ name }) => name === NODES[index]?.name));
        expect(await firstValueFrom(serf.self({ live: true, timeout: 5_000 }))).toEqual(self);
      }
      expect(() => n1.self({ live: 1 as never })).toThrow(/live should be true or false/);
      expect(() => n1.self({ timeout: -1 })).toThrow(InvalidArgumentError);
    });

    testIf(capabilities.agent).each([
      ['a status', { status: 'alive' }, ['n1', 'n2', 'n3']],
      ['other statuses', { status: '(failed|left)' }, []],
      ['a name', { name: 'n[12]' }, ['n1', 'n2']],
      ['part of a name', { name: 'n' }, []],
      ['alternatives without a group: `^n|zzz$`', { name: 'n|zzz' }, ['n1', 'n2', 'n3']],
      ['what only RE2 reads so', { name: '(?i)N\\pN' }, ['n1', 'n2', 'n3']],
      ['a name, exactly', { name: exactly('n1') }, ['n1']],
      ['a tag', { tags: { role: 'w.*' } }, ['n1', 'n2']],
      ['tags', { tags: { role: 'web', zone: 'b' } }, ['n2']],
      ['a tag that is not there', { tags: { zone: '' } }, ['n3']],
      ['all at once', { status: 'alive', name: 'n.', tags: { role: 'db' } }, ['n3']],
      ['nothing at all', {}, ['n1', 'n2', 'n3']],
    ])('by %s', async (_, filter, expected) => {
      expect(await names(n1.members(filter))).toEqual(expected);
    });

    testIf(capabilities.agent).each([
      { name: '(' },
      { status: '[' },
      { tags: { role: '(?=look)' } },
      { name: '(a)\\1' },
    ])('a pattern that is not RE2 fails that call alone: %j', async (filter) => {
      const failure = failureOf(n1.members(filter));

      expect(await names(n1.members({ name: 'n1' }))).toEqual(['n1']);
      expect(await failure).toMatchObject({
        name: 'InvalidArgumentError',
        code: 'invalid-pattern',
        command: 'members-filtered',
      });
    });
  });
}
