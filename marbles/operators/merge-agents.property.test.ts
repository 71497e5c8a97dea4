import fc from 'fast-check';
import { Subject } from 'rxjs';
import {
  type Member,
  type MemberEvent,
  mergeAgents,
  type Serf,
  type SerfEvent,
  type StreamGap,
} from 'rxserf';
import { member, memberEvent, queryEvent, userEvent } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import { gap } from './merged.ts';

type Event = SerfEvent<unknown>;

/** What an agent can do. */
class Agent {
  readonly told$ = new Subject<Event | StreamGap>();
  readonly serf = { stream: () => this.told$ } as unknown as Serf<unknown>;

  readonly tells = (events: readonly Event[]) => events.map((event) => () => this.told$.next(event));
  readonly errs = () => this.told$.error(new Error('lost'));
  readonly returns = () => this.told$.next(gap);
}

/** Two agents, and how often each thing came out of them, merged. */
function agents() {
  const [first, second] = [new Agent(), new Agent()];
  const seen = new Map<string, number>();
  mergeAgents([first.serf, second.serf], '*').subscribe((event) => add(seen, event));
  return { first, second, seen };
}

/** Counts an event, or each of its members. */
function add(counts: Map<string, number>, event: Event): void {
  const things =
    'members' in event
      ? event.members.map((each) => JSON.stringify([event.event, each]))
      : [JSON.stringify([event.event, event.name, event.ltime, event.payload])];
  for (const thing of things) counts.set(thing, (counts.get(thing) ?? 0) + 1);
}

function counted(history: readonly Event[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const event of history) add(counts, event);
  return counts;
}

/** As an agent tells a history: `joins` says whether a change of members is put together with the one before it. */
function batched(history: readonly Event[], joins: readonly boolean[]): Event[] {
  const events: Event[] = [];
  for (const [index, event] of history.entries()) {
    const before = events.at(-1);
    if (joins[index % joins.length] && before && 'members' in before && before.event === event.event) {
      const members = [...before.members, ...(event as MemberEvent).members];
      events[events.length - 1] = { ...before, members } as Event;
    } else events.push(event);
  }
  return events;
}

/** Does what two agents do, each in its order, taking turns. */
function interleave(
  first: readonly (() => void)[],
  second: readonly (() => void)[],
  turns: readonly boolean[],
): void {
  const [one, other] = [[...first], [...second]];
  for (let turn = 0; one.length + other.length > 0; turn++) {
    const isFirst = other.length === 0 || (one.length > 0 && turns[turn % turns.length]);
    (isFirst ? one : other).shift()?.();
  }
}

const bits = fc.array(fc.boolean(), { minLength: 1, maxLength: 100 });
const names = fc.constantFrom('n1', 'n2', '__proto__');

/** What can happen, again and again and in any order; user events have one Lamport time each. */
const anything: fc.Arbitrary<Event[]> = fc
  .array(
    fc.oneof(
      fc.constantFrom('a', 'b').map((name) => userEvent<unknown>(name, 'v1')),
      fc.constantFrom('a', 'b').map((name) => queryEvent<unknown>(name, '')),
      fc
        .tuple(fc.constantFrom('member-join', 'member-failed', 'member-leave'), names)
        .map(([kind, name]) => memberEvent(kind, name)),
    ),
    { maxLength: 60, size: 'max' },
  )
  .map(
    (events) =>
      events.map((event, ltime) => (event.event === 'user' ? { ...event, ltime } : event)) as Event[],
  );

/** What becomes of members: who is down joins, who is up leaves, fails, or has another tag than before. */
const lives: fc.Arbitrary<MemberEvent[]> = fc
  .array(fc.tuple(names, fc.constantFrom('member-leave', 'member-failed', 'member-update')), {
    maxLength: 60,
    size: 'max',
  })
  .map((steps) => {
    const up = new Map<string, Member>();
    return steps.map(([name, kind]): MemberEvent => {
      const before = up.get(name);
      if (!before) up.set(name, member(name));
      else if (kind === 'member-update') {
        up.set(name, member(name, { tags: { at: before.tags['at'] === '1' ? '2' : '1' } }));
      } else up.delete(name);
      return memberEvent(before ? kind : 'member-join', up.get(name) ?? name);
    });
  });

/** What an agent tells that was restarted: that all who are up have joined. */
function upAfter(history: readonly MemberEvent[]): MemberEvent[] {
  const up = new Map<string, MemberEvent>();
  for (const { event, members } of history) {
    for (const each of members) {
      const isUp = event === 'member-join' || event === 'member-update';
      if (isUp) up.set(each.name, memberEvent('member-join', each));
      else up.delete(each.name);
    }
  }
  return [...up.values()];
}

describe('two agents that tell one history, each in its time', () => {
  test('merged are that history', () => {
    fc.assert(
      fc.property(anything, bits, bits, bits, (history, joins1, joins2, turns) => {
        const { first, second, seen } = agents();
        interleave(first.tells(batched(history, joins1)), second.tells(batched(history, joins2)), turns);

        expect(seen).toEqual(counted(history));
      }),
    );
  });

  test('are that history when one of them is lost', () => {
    fc.assert(
      fc.property(anything, bits, bits, bits, fc.nat(60), (history, joins1, joins2, turns, end) => {
        const { first, second, seen } = agents();
        const told = first.tells(batched(history.slice(0, end), joins1));
        interleave([...told, first.errs], second.tells(batched(history, joins2)), turns);

        expect(seen).toEqual(counted(history));
      }),
    );
  });

  test('are that history when one of them was away', () => {
    fc.assert(
      fc.property(
        anything,
        bits,
        bits,
        bits,
        fc.nat(60),
        fc.nat(20),
        (history, joins1, joins2, turns, from, away) => {
          const { first, second, seen } = agents();
          const before = first.tells(batched(history.slice(0, from), joins1));
          const after = first.tells(batched(history.slice(from + away), joins1));
          interleave([...before, first.returns, ...after], second.tells(batched(history, joins2)), turns);

          expect(seen).toEqual(counted(history));
        },
      ),
    );
  });

  test('are that history when both were away, again and again, where nothing is told once more', () => {
    const ends = fc.array(
      fc
        .tuple(fc.constantFrom('member-failed', 'member-leave', 'member-reap'), names)
        .map(([kind, name]) => memberEvent(kind, name)),
      { maxLength: 60, size: 'max' },
    );
    fc.assert(
      fc.property(ends, bits, bits, bits, (history, gaps1, gaps2, turns) => {
        const { first, second, seen } = agents();
        const tells = (agent: Agent, gaps: readonly boolean[]) =>
          agent
            .tells(history)
            .flatMap((tell, index) => (gaps[index % gaps.length] ? [tell, agent.returns] : [tell]));
        interleave(tells(first, gaps1), tells(second, gaps2), turns);

        expect(seen).toEqual(counted(history));
      }),
    );
  });

  test('are that history when one of them was restarted, and tells who is there', () => {
    fc.assert(
      fc.property(
        lives,
        bits,
        bits,
        bits,
        fc.nat(60),
        fc.nat(20),
        (history, joins1, joins2, turns, from, away) => {
          const { first, second, seen } = agents();
          const until = history.slice(0, from + away);
          const [before, meanwhile] = [history.slice(0, from), batched(until, joins2)];
          interleave(first.tells(batched(before, joins1)), second.tells(meanwhile), turns);
          first.returns();
          for (const event of batched(upAfter(until), joins1)) first.told$.next(event);
          const rest = history.slice(from + away);
          interleave(first.tells(batched(rest, joins1)), second.tells(batched(rest, joins2)), turns);

          expect(seen).toEqual(counted(history));
        },
      ),
    );
  });
});
