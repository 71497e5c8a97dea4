import { of, toArray } from 'rxjs';
import { type LogLine, parseLog } from 'rxserf/operators';
import { describe, expect, test } from 'vitest';
import { EventLog, isMark } from '../../dashboard/src/model/event-log.ts';
import { feedOf } from '../../dashboard/src/model/feed.ts';
import {
  countLogKinds,
  hitsIn,
  levelsFrom,
  logRows,
  logTimeline,
  wordsOf,
} from '../../dashboard/src/model/log-view.ts';

function linesOf(...texts: string[]): LogLine[] {
  let lines: LogLine[] = [];
  of(...texts)
    .pipe(parseLog(), toArray())
    .subscribe((all) => {
      lines = all;
    });
  return lines;
}
const LINES = linesOf(
  '2026/11/21 10:00:00 [INFO] serf: EventMemberJoin: web-1 10.0.0.1',
  '2026/11/21 10:00:05 [WARN] memberlist: Refuting a suspect message (from: db-2)',
  '2026/11/21 10:00:06 [WARN] memberlist: Refuting a suspect message (from: db-2)',
  '2026/11/21 10:00:07 [ERR] agent: Error invoking script: exit status 3',
  '2026/11/21 10:00:08 [DEBUG] serf: messageJoinType: web-1',
  'a line without any parts',
);

describe('log lines', () => {
  test('the newest first, and what is said again at once only once', () => {
    expect(logRows(LINES, new Set(), []).map(({ kind, clock, times }) => [kind, clock, times])).toEqual([
      ['info', '', 1],
      ['debug', '10:00:08', 1],
      ['error', '10:00:07', 1],
      ['warn', '10:00:06', 2],
      ['info', '10:00:00', 1],
    ]);
  });

  test('by kinds and words', () => {
    expect(logRows(LINES, new Set(['warn', 'error']), [])).toHaveLength(3);
    expect(logRows(LINES, new Set(), wordsOf(' WEB-1  serf ')).map(({ kind }) => kind)).toEqual([
      'debug',
      'info',
    ]);
    expect(Object.fromEntries(countLogKinds(LINES))).toEqual({ info: 2, warn: 2, error: 1, debug: 1 });
  });

  test('what was looked for is marked, once where words overlap; nothing is lost', () => {
    const parts = hitsIn('Refuting db-2 and DB-21', ['db-2', 'b-21']);
    expect(parts.filter(({ hit }) => hit).map(({ text }) => text)).toEqual(['db-2', 'DB-2', '1']);
    expect(parts.map(({ text }) => text).join('')).toBe('Refuting db-2 and DB-21');
    // İ is longer in small letters.
    expect(hitsIn('İ web', ['web'])).toEqual([{ text: 'İ web', hit: false }]);
    expect(hitsIn('aaaa'.repeat(1_000), ['a']).length).toBeLessThan(50);
  });

  test('who may hear the agent from info on is not offered more', () => {
    expect(levelsFrom('info')).toEqual(['info', 'warn', 'err']);
    expect(levelsFrom('trace')).toContain('debug');
    expect(levelsFrom('nonsense')).toEqual(['info', 'warn', 'err']);
  });

  test('the line: what was wrong above it, how much was said below, by the agent’s clock', () => {
    const here = Date.parse('2026-11-21T10:00:10Z');
    const { marks, bars, text } = logTimeline(LINES, here);
    expect(marks.map(({ kind, count }) => [kind, count])).toEqual([
      ['warn', 2],
      ['error', 1],
    ]);
    expect(bars).toHaveLength(1);
    expect(text).toBe("The last 10 minutes, by the agent's clock: 1 errors, 2 warnings");
    // Two hours to the east, and an agent that has said nothing for a while.
    for (const ahead of [7_200_000, -7_200_000, 300_000]) {
      const { marks: shifted } = logTimeline(LINES, here + ahead);
      expect(shifted.length).toBe(2);
    }
    expect(logTimeline([], here)).toMatchObject({ marks: [], bars: [] });
    expect(logTimeline(linesOf('no time'), here).bars).toEqual([]);
  });
});

describe('what was dropped', () => {
  test('is in the feed whatever is filtered, and is nothing that has happened', () => {
    const log = new EventLog();
    log.drop({ cause: 'agent', count: 312 }, 1_000);
    log.drop({ cause: 'malformed', count: 1, subject: '*', error: new Error('no event') as never }, 2_000);
    // The stream has the gaps itself.
    log.drop({ cause: 'reconnect', subject: '*', away: 5 }, 3_000);
    const entries = log.newest();
    expect(entries.map(({ kind, subject }) => [kind, subject])).toEqual([['drops', '1 record dropped']]);
    expect(feedOf(entries, new Set(['user']), 'nothing')).toHaveLength(1);
    expect(entries.some(isMark)).toBe(false);
  });
});
