// A pipeline and its test, without a cluster and without waiting: `node --test examples/marble-tested-pipeline.test.ts`
// (after `npm run build`). It is about half a minute of a cluster's life, and takes a few milliseconds of ours.
import { test } from 'node:test';
import { type Observable, switchMap, take, takeUntil, timer } from 'rxjs';
import { type Serf, utf8 } from 'rxserf';
import { memberEvent, serfMarbles, userEvent } from 'rxserf/testing';

/** Whoever fails within 30 s of a deploy has it rolled back. */
function rollBackOnFailure(serf: Serf<string | undefined>): Observable<void> {
  return serf.stream('user:deploy').pipe(
    switchMap((deploy) =>
      serf.stream('member-failed').pipe(
        take(1),
        takeUntil(timer(30_000)),
        switchMap(() => serf.event('rollback', deploy.payload)),
      ),
    ),
  );
}

const codec = utf8();
const d = userEvent('deploy', 'v42');
const f = memberEvent('member-failed', 'n1');

const deploys = { command: 'stream', filter: 'user:deploy' } as const;
const failures = { command: 'stream', filter: 'member-failed' } as const;
const stop = { command: 'stop', subject: 'member-failed' } as const;
const rollback = { command: 'event', name: 'rollback', payload: 'v42' } as const;

test('a member fails within 30 s: the version that was deployed is rolled back', () => {
  serfMarbles(
    ({ serf, events, on, expectObservable, expectCommands }) => {
      events('          --d 9999ms f----', { d, f });
      on('event', '                --k    ');
      const expected = '--- 9999ms --k--';
      const sent = '    u-m 9999ms (rx)-';

      expectObservable(rollBackOnFailure(serf)).toBe(expected, { k: undefined });
      expectCommands(sent, { u: deploys, m: failures, x: stop, r: rollback });
    },
    { codec },
  );
});

test('a member fails later: nothing happens', () => {
  serfMarbles(
    ({ serf, events, expectObservable, expectCommands }) => {
      events('          --d 30s f', { d, f });
      const expected = '--- 30s -';
      const sent = '    u-m 29999ms x';

      expectObservable(rollBackOnFailure(serf)).toBe(expected);
      expectCommands(sent, { u: deploys, m: failures, x: stop });
    },
    { codec },
  );
});

test('the connection is lost: it goes on with the next one', () => {
  serfMarbles(
    ({ serf, events, on, connection, expectObservable, expectCommands }) => {
      connection('      c---x----c-------');
      events('          --d---f-------f--', { d, f });
      on('event', '                   -k-');
      const expected = '---------------k-';
      const sent = '    u-m------(um)-(rx)';

      expectObservable(rollBackOnFailure(serf)).toBe(expected, { k: undefined });
      expectCommands(sent, { u: deploys, m: failures, x: stop, r: rollback });
    },
    { codec },
  );
});
