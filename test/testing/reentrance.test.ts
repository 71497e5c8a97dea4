import { NEVER, type Observable } from 'rxjs';
import type { Serf } from 'rxserf';
import { type FakeSerf, fakeSerf, member } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';

// Code under test does something to its client in the middle of being told.

const calls: Record<string, (serf: Serf) => Observable<unknown>> = {
  event: (serf) => serf.event('e'),
  members: (serf) => serf.members(),
  stats: (serf) => serf.stats(),
  leave: (serf) => serf.leave(),
  respond: (serf) => serf.respond(1),
};

const acts: Record<string, (fake: FakeSerf) => unknown> = {
  'closes the client': (fake) => fake.close(),
  'loses the connection': (fake) => fake.lose(),
  'loses the connection and has it back': (fake) => [fake.lose(), fake.reconnect()],
  'gives the connection up': (fake) => fake.giveUp(),
  'asks what is open': (fake) => fake.verify(),
};

function told(fake: FakeSerf, call: (serf: Serf) => Observable<unknown>, act: (fake: FakeSerf) => unknown) {
  const seen: string[] = [];
  call(fake).subscribe({
    next: () => {
      seen.push('next');
      act(fake);
    },
    error: (error: Error) => seen.push(error.message),
    complete: () => seen.push('complete'),
  });
  return seen;
}

describe.each(Object.entries(acts))(
  'who gets the single answer and %s has the answer all the same',
  (_, act) => {
    test.each(Object.entries(calls))('%s', (_, call) => {
      const fake = fakeSerf();
      fake.reply('event');
      fake.reply('respond');
      fake.reply('leave');
      fake.reply('members', [member('n1')]);
      fake.reply('stats', {});

      expect(told(fake, call, act)).toEqual(['next', 'complete']);
      fake.verify();
    });

    test('leave, where the lost connection is the answer', () => {
      const fake = fakeSerf();
      fake.reply('leave', NEVER);
      const seen = told(fake, calls['leave'] as (serf: Serf) => Observable<unknown>, act);
      fake.lose();

      expect(seen).toEqual(['next', 'complete']);
      fake.verify();
    });
  },
);
