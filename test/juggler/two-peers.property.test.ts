import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { jugglerConnect } from 'rxserf/juggler';
import { pipe } from 'rxserf/socket';
import { expect, test } from 'vitest';
import { documents, edited, frozen } from '../json-patch/documents.ts';

const autoflush = fc.constantFrom(0, 1, 10, 'manual' as const);

/** What somebody does: who, when, and sets what or flushes. */
const act = fc.record({
  who: fc.constantFrom(0, 1),
  at: fc.nat(50),
  does: fc.oneof(
    fc.record({ set: documents }),
    fc.record({ steps: edited }),
    fc.record({ flush: fc.constant(true) }),
  ),
});

test('once it is quiet, each remote equals the other’s local, whatever was set and flushed, and when', () => {
  fc.assert(
    fc.property(fc.tuple(autoflush, autoflush), fc.array(act, { maxLength: 20 }), (windows, acts) => {
      const scheduler = new VirtualTimeScheduler();
      const ends = pipe<string>(scheduler);
      const peers = ends.map((end, i) =>
        jugglerConnect<unknown, unknown>(end, { scheduler, autoflush: windows[i] as number | 'manual' }),
      );
      let branches = 0;
      for (const peer of peers) {
        let before: unknown = null;
        peer.changes$.subscribe(({ value, patch }) => {
          frozen(value);
          if (patch.length === 0) expect(value).toBe(before);
          before = value;
          branches++;
        });
      }
      for (const { who, at, does } of acts) {
        const peer = peers[who];
        scheduler.schedule(() => {
          if ('flush' in does) peer?.flush().subscribe();
          else for (const value of 'set' in does ? [does.set] : does.steps) peer?.setLocalData(frozen(value));
        }, at);
      }
      scheduler.flush();
      for (const peer of peers) peer.flush().subscribe();
      scheduler.flush();

      const [one, other] = peers;
      // As text: a member may be `__proto__`.
      expect(plain(one?.remoteData)).toBe(plain(other?.localData));
      expect(plain(other?.remoteData)).toBe(plain(one?.localData));
      expect(branches).toBeLessThanOrEqual(3 * acts.length + 2);
    }),
    { numRuns: 500 },
  );
});

function plain(value: unknown): string {
  return JSON.stringify(value, (_, member) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
    return Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1));
  });
}
