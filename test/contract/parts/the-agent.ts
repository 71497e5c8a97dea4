import { firstValueFrom, mergeMap } from 'rxjs';
import type { Serf } from 'rxserf';
import { beforeAll, expect, test } from 'vitest';
import { eventually, failureOf, replayed, settled } from '../../agent/harness/agent.ts';
import { type Contract, describeIf, LINE } from '../kit.ts';

/** What the agent says of itself. */
export function theAgent({ capabilities, serfs }: Contract): void {
  describeIf(capabilities.agent)('the agent itself', () => {
    let n1: Serf;
    beforeAll(() => {
      [n1] = serfs();
    });

    test('has figures, by section', async () => {
      const stats = await firstValueFrom(n1.stats());

      expect(stats).toMatchObject({
        agent: { name: 'n1' },
        runtime: { os: expect.any(String), arch: expect.any(String), version: expect.any(String) },
        serf: { members: '3', failed: '0', left: '0', encrypted: 'false', event_queue: expect.any(String) },
        tags: { role: 'web' },
      });
      for (const clock of ['member_time', 'event_time', 'query_time']) {
        expect(stats['serf']?.[clock]).toMatch(/^[1-9]\d*$/);
      }
    });

    test('knows where its members are, and nobody else', async () => {
      const known = await eventually('there is a coordinate', async () => {
        const coordinate = await firstValueFrom(n1.coordinate('n2'));
        if (!coordinate) throw new Error('not yet');
        return coordinate;
      });

      expect(known).toEqual({
        vector: expect.any(Array),
        error: expect.any(Number),
        adjustment: expect.any(Number),
        height: expect.any(Number),
      });
      expect(known.vector).toHaveLength(8);
      expect(known.vector.every(Number.isFinite)).toBe(true);
      expect(await firstValueFrom(n1.coordinate('nobody'))).toBeNull();
    });

    test('lets its log be read: old lines first, then new ones, at a level and above', async () => {
      const everything = replayed(n1.monitor('debug'));
      const warnings = replayed(n1.monitor('warn'));
      const old = await firstValueFrom(everything);
      await settled(n1);
      await firstValueFrom(n1.event('logged'));
      const refused = await failureOf(n1.event('refused', new Uint8Array(600)));

      const line = (log: typeof everything, pattern: RegExp) =>
        firstValueFrom(log.pipe(mergeMap((each) => (pattern.test(each) ? [each] : []))));
      expect(old).toMatch(LINE);
      expect(await line(everything, /agent: Requesting user event send: logged/)).toMatch(/ \[DEBUG\] /);
      expect(await line(everything, /agent: Received event: user-event: logged/)).toMatch(/ \[INFO\] /);
      expect(await line(warnings, /600|failed to send user event: user event exceeds/)).toContain(
        refused.message,
      );
      const told: string[] = [];
      warnings.subscribe((each) => told.push(each)).unsubscribe();
      expect(told.filter((each) => /\[(TRACE|DEBUG|INFO)\]/.test(each))).toEqual([]);
    });
  });
}
