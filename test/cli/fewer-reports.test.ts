import { TestScheduler } from 'rxjs/testing';
import type { Peer } from 'rxserf/server';
import { describe, expect, test } from 'vitest';
import type { AgentEvent } from '../../src/cli/demo/embedded-agent.ts';
import { type AgentReport, fewerReports } from '../../src/cli/demo/fewer-reports.ts';

const [one, other]: [Peer, Peer] = [{ address: 'one' }, { address: 'other' }];
const error = new Error('no');

const drop = (peer: Peer, total: number) =>
  ({ type: 'dropped', cause: 'slow', command: 'stream', subject: '*', peer, total }) as const;
const refusal = (command: string) => ({ type: 'refused', peer: one, command, error }) as const;

function expectReports(
  events: string,
  values: Record<string, AgentEvent>,
  reports: string,
  expected: Record<string, AgentReport>,
): void {
  const scheduler = new TestScheduler((actual, wanted) => expect(actual).toEqual(wanted));
  scheduler.run(({ hot, expectObservable }) => {
    expectObservable(hot(events, values).pipe(fewerReports(scheduler))).toBe(reports, expected);
  });
}

describe('the log of an agent', () => {
  test('tells what is dropped for a peer once a second, with the count; all else at once', () => {
    const values = {
      a: drop(one, 1),
      b: drop(one, 2),
      c: drop(one, 3),
      d: drop(one, 4),
      x: drop(other, 1),
      j: { type: 'accepted', peer: one },
    } as const;

    expectReports(' ab-j-cx 994ms ----d----|', values, '---j--- 993ms c-----x---(d|)', values);
  });

  test('tells what is refused to a peer once a second, with the count', () => {
    const values = { a: refusal('a'), b: refusal('b'), c: refusal('c'), d: refusal('d') };

    expectReports(' abc 997ms ---d|', values, '--- 997ms c---(d|)', {
      c: { ...refusal('c'), count: 3 },
      d: { ...refusal('d'), count: 1 },
    });
  });

  test('tells what was refused to a peer that disconnects before it tells that', () => {
    const gone = { type: 'disconnected', peer: one } as const;

    const events = ' ab-g-------g|';
    const reports = '---(abg)---g|';
    expectReports(events, { a: refusal('a'), b: drop(one, 1), g: gone }, reports, {
      a: { ...refusal('a'), count: 1 },
      b: drop(one, 1),
      g: gone,
    });
  });

  test('has no more of a command than says which it was', () => {
    const long = { a: refusal('x'.repeat(60_000)) };

    expectReports('a|', long, '-(a|)', { a: { ...refusal('x'.repeat(100)), count: 1 } });
  });
});
