import { firstValueFrom } from 'rxjs';
import type { AgentError, KeyReport, Serf } from 'rxserf';
import { beforeAll, expect, test } from 'vitest';
import { failureOf } from '../../agent/harness/agent.ts';
import type { ContractNode } from '../implementer.ts';
import { type Contract, describeIf, FIRST, plain, SECOND, THIRD, testIf } from '../kit.ts';

/** Encryption keys, on every node. */
export function keys({ capabilities, serfs, start }: Contract): void {
  describeIf(capabilities.agent)('keys', () => {
    let n1: Serf;
    beforeAll(() => {
      [n1] = serfs();
    });

    test('are none in a cluster without encryption, as every node says', async () => {
      const commands = {
        'list-keys': n1.listKeys(),
        'install-key': n1.installKey(FIRST),
        'use-key': n1.useKey(FIRST),
        'remove-key': n1.removeKey(FIRST),
      };
      for (const [command, request] of Object.entries(commands)) {
        const failure = (await failureOf(request)) as AgentError;
        expect(failure).toMatchObject({ name: 'AgentError', code: 'nodes-failed', command });
        expect(failure.message).toMatch(/^[1-3]\/3 nodes reported failure$/);
        // On a busy machine an agent's answer may come too late for the report.
        const answered = Number(failure.message[0]);
        const { messages, keys, ...counts } = failure.report as KeyReport;
        expect(counts).toEqual({ nodes: 3, responses: answered, errors: answered });
        expect(Object.keys(messages)).toHaveLength(answered);
        const reason = command === 'list-keys' ? 'Keyring is empty' : 'No keyring to modify';
        for (const each of Object.values(messages)) expect(each).toBe(`${reason} (encryption not enabled)`);
        expect(Object.keys(keys)).toEqual([]);
      }
    });

    testIf(capabilities.encryption)('are listed, installed, used and removed on every node', async () => {
      const encrypted = await start([{ name: 'e1' }, { name: 'e2' }], { encryptKey: FIRST });
      try {
        const { serf } = encrypted.nodes[0] as ContractNode;
        const onBoth = { nodes: 2, responses: 2, errors: 0, messages: {}, keys: {} };
        const report = async (keys: ReturnType<Serf['listKeys']>) => plain(await firstValueFrom(keys));
        expect(await report(serf.listKeys())).toEqual({ ...onBoth, keys: { [FIRST]: 2 } });
        expect(await report(serf.installKey(SECOND))).toEqual(onBoth);
        expect(await report(serf.installKey(SECOND))).toEqual(onBoth);
        expect(await report(serf.listKeys())).toEqual({ ...onBoth, keys: { [FIRST]: 2, [SECOND]: 2 } });
        expect(await report(serf.useKey(SECOND))).toEqual(onBoth);
        expect(await report(serf.removeKey(FIRST))).toEqual(onBoth);
        expect(await report(serf.removeKey(THIRD))).toEqual(onBoth);
        expect(await report(serf.listKeys())).toEqual({ ...onBoth, keys: { [SECOND]: 2 } });

        for (const [request, reason] of [
          [serf.removeKey(SECOND), 'Removing the primary key is not allowed'],
          [serf.useKey(THIRD), 'Requested key is not in the keyring'],
        ] as const) {
          const failure = (await failureOf(request)) as AgentError;
          expect(failure).toMatchObject({ code: 'nodes-failed', message: '2/2 nodes reported failure' });
          expect(plain(failure.report as KeyReport)).toEqual({
            ...onBoth,
            errors: 2,
            messages: { e1: expect.stringContaining(reason), e2: expect.stringContaining(reason) },
          });
        }
        expect(await firstValueFrom(serf.stats())).toMatchObject({ serf: { encrypted: 'true' } });
      } finally {
        await encrypted.stop();
      }
    });
  });
}
