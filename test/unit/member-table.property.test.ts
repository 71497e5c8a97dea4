import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemberTable, sameMember } from '../../src/member-table.ts';
import type { Member, MemberEvent, MemberEventType } from '../../src/model.ts';

// A small world, in which things meet: five names, and members that differ in little.

const names = fc.constantFrom('n1', 'n2', 'n3', '__proto__', '');

const member: fc.Arbitrary<Member> = fc
  .record({
    name: names,
    status: fc.constantFrom('alive', 'failed', 'left', 'leaving', 'none'),
    address: fc.constantFrom('10.0.0.1', '10.0.0.2'),
    port: fc.constantFrom(7946, 7947),
    tags: fc.constantFrom({}, { role: 'web' }, { role: 'db' }, { role: 'web', dc: 'x' }, { dc: 'x' }),
    current: fc.constantFrom(2, 3),
  })
  .map(({ current, ...fields }) => ({
    ...fields,
    tags: Object.assign(Object.create(null), fields.tags),
    protocol: { min: 1, max: 5, current: 2 },
    delegate: { min: 2, max: 5, current },
  }));

/** Each name once, as an agent has it. */
const cluster = fc.uniqueArray(member, { selector: ({ name }) => name, maxLength: 5 });

const kinds = fc.constantFrom<MemberEventType[]>(
  'member-join',
  'member-leave',
  'member-failed',
  'member-update',
  'member-reap',
);
const event: fc.Arbitrary<MemberEvent> = fc.record({ event: kinds, members: cluster });

/** What happens to a table: events, a snapshot asked for, a snapshot. */
type Step = MemberEvent | 'expect' | { readonly snapshot: readonly Member[] };
const steps: fc.Arbitrary<Step[]> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: event.map((each): Step[] => [each]) },
      // Agents repeat themselves.
      { weight: 2, arbitrary: event.map((each): Step[] => [each, each]) },
      { weight: 1, arbitrary: fc.constant<Step[]>(['expect']) },
      { weight: 2, arbitrary: cluster.map((snapshot): Step[] => [{ snapshot }]) },
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.flat());

const predicates = fc.constantFrom<((member: Member) => boolean) | undefined>(
  undefined,
  ({ status }) => status === 'alive',
  ({ tags }) => tags['role'] === 'web',
  () => false,
);

/**
 * The same in the plainest way: what was last said of each name is kept, whatever it is; a snapshot says something of
 * every name; what events said since it was asked for is said again after it.
 */
class Model {
  #said = new Map<string, Member>();
  #since: MemberEvent[] | undefined;
  readonly #accepts: (member: Member) => boolean;

  constructor(accepts: (member: Member) => boolean = () => true) {
    this.#accepts = accepts;
  }

  step(step: Step): void {
    if (step === 'expect') this.#since = [];
    else if ('snapshot' in step) {
      this.#said = new Map(step.snapshot.map((each) => [each.name, each]));
      const since = this.#since ?? [];
      this.#since = undefined;
      for (const each of since) this.#apply(each);
    } else {
      this.#since?.push(step);
      this.#apply(step);
    }
  }

  #apply({ event, members }: MemberEvent): void {
    for (const each of members) {
      if (event === 'member-reap') this.#said.delete(each.name);
      else this.#said.set(each.name, each);
    }
  }

  copy(): ReadonlyMap<string, Member> {
    return new Map([...this.#said].filter(([, each]) => this.#accepts(each)));
  }
}

/** Does a step to a table; what the table says of it. */
function take(table: MemberTable, step: Step): boolean | undefined {
  if (step === 'expect') {
    table.expect();
    return undefined;
  }
  return 'snapshot' in step ? table.replace(step.snapshot) : table.apply(step);
}

/** Maps are equal, whatever the order. */
const entries = (members: ReadonlyMap<string, Member>) =>
  [...members].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

describe('a member table, whatever happens to it,', () => {
  test('has what the plainest model has', () => {
    fc.assert(
      fc.property(steps, predicates, (history, accepts) => {
        const table = new MemberTable(accepts);
        const model = new Model(accepts);
        for (const step of history) {
          take(table, step);
          model.step(step);
          const members = model.copy();
          expect(entries(table.copy())).toEqual(entries(members));
          expect(table.size).toBe(members.size);
          for (const name of ['n1', '', 'n9']) expect(table.get(name)).toEqual(members.get(name));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('says "changed" exactly when its copy is another one', () => {
    fc.assert(
      fc.property(steps, predicates, (history, accepts) => {
        const table = new MemberTable(accepts);
        for (const step of history) {
          const before = entries(table.copy());
          const changed = take(table, step);
          const after = entries(table.copy());
          if (step === 'expect') expect(after).toEqual(before);
          else expect(changed).toBe(JSON.stringify(after) !== JSON.stringify(before));
        }
      }),
      { numRuns: 500 },
    );
  });

  test('has news at first, and then exactly when they are not what the last were', () => {
    const stretches = fc.array(
      fc.array(
        fc.oneof(
          event,
          cluster.map((snapshot) => ({ snapshot })),
        ),
        { maxLength: 3 },
      ),
    );
    fc.assert(
      fc.property(stretches, predicates, (history, accepts) => {
        const table = new MemberTable(accepts);
        let told: string | undefined;
        for (const steps of history) {
          for (const step of steps) take(table, step);
          const now = JSON.stringify(entries(table.copy()));
          const news = table.news();
          expect(news && JSON.stringify(entries(news))).toBe(now === told ? undefined : now);
          told = now;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('keeps nothing for a snapshot that is given up', () => {
    fc.assert(
      fc.property(steps, event, cluster, (history, meanwhile, snapshot) => {
        const table = new MemberTable();
        for (const step of history) take(table, step);
        table.expect();
        table.apply(meanwhile);
        table.giveUp();
        table.replace(snapshot);
        expect(entries(table.copy())).toEqual(entries(new Map(snapshot.map((each) => [each.name, each]))));
      }),
    );
  });

  test('has what a snapshot says when nothing has happened since it was asked for', () => {
    fc.assert(
      fc.property(steps, cluster, predicates, (history, snapshot, accepts) => {
        const table = new MemberTable(accepts);
        for (const step of history) take(table, step);
        table.expect();
        table.replace(snapshot);
        expect(entries(table.copy())).toEqual(
          entries(new Map(snapshot.filter(accepts ?? (() => true)).map((each) => [each.name, each]))),
        );
      }),
    );
  });

  test('changes nothing when it hears the same again', () => {
    fc.assert(
      fc.property(steps, event, cluster, (history, again, snapshot) => {
        const table = new MemberTable();
        for (const step of history) take(table, step);
        table.apply(again);
        expect(table.apply(again)).toBe(false);
        table.expect();
        table.replace(snapshot);
        expect(table.replace(snapshot)).toBe(false);
      }),
    );
  });

  test('gives copies: what happens later does not show in them', () => {
    fc.assert(
      fc.property(steps, steps, (history, later) => {
        const table = new MemberTable();
        for (const step of history) take(table, step);
        const copy = table.copy();
        const before = entries(copy);
        for (const step of later) take(table, step);
        expect(entries(copy)).toEqual(before);
        (copy as Map<string, Member>).clear();
        const now = entries(table.copy());
        expect(entries(table.copy())).toEqual(now);
      }),
    );
  });

  test('is not misled by an event with a member twice: the last word counts', () => {
    fc.assert(
      fc.property(
        steps,
        kinds,
        fc.array(member, { minLength: 2, maxLength: 6 }),
        (history, kind, members) => {
          const table = new MemberTable();
          const model = new Model();
          for (const step of [...history, { event: kind, members }]) {
            take(table, step);
            model.step(step);
          }
          expect(entries(table.copy())).toEqual(entries(model.copy()));
        },
      ),
    );
  });

  test('is right in the end, though any events before the last snapshot were missed', () => {
    const lossy = fc.tuple(steps, cluster, fc.array(event, { maxLength: 5 }));
    fc.assert(
      fc.property(lossy, fc.infiniteStream(fc.boolean()), ([history, snapshot, since], missed) => {
        const [complete, holey] = [new MemberTable(), new MemberTable()];
        for (const step of history) {
          take(complete, step);
          if (!missed.next().value) take(holey, step);
        }
        for (const table of [complete, holey]) {
          table.expect();
          for (const each of since) table.apply(each);
          table.replace(snapshot);
        }
        expect(entries(holey.copy())).toEqual(entries(complete.copy()));
      }),
    );
  });
});

describe('sameMember', () => {
  const whole: Member = {
    name: 'n1',
    address: '10.0.0.1',
    port: 7946,
    tags: { role: 'web' },
    status: 'alive',
    protocol: { min: 2, max: 5, current: 4 },
    delegate: { min: 2, max: 5, current: 4 },
  };
  const versions = [
    { min: 3, max: 5, current: 4 },
    { min: 2, max: 4, current: 4 },
    { min: 2, max: 5, current: 5 },
  ];
  const others: Partial<Member>[] = [
    { name: 'n2' },
    { address: '10.0.0.2' },
    { port: 7947 },
    { status: 'failed' },
    { tags: {} },
    { tags: { role: 'db' } },
    { tags: { rule: 'web' } },
    { tags: { role: 'web', dc: '' } },
    ...versions.map((delegate) => ({ delegate })),
    ...versions.map((protocol) => ({ protocol })),
  ];
  test.each(others)('heeds %j', (other) => {
    expect(sameMember(whole, { ...whole, ...other })).toBe(false);
    expect(sameMember({ ...whole, ...other }, whole)).toBe(false);
  });

  test('is equality of all fields', () => {
    fc.assert(
      fc.property(member, member, (a, b) => {
        expect(sameMember(a, b)).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
        expect(sameMember(a, structuredCloneOf(a))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

/** With tags in order, as `JSON.stringify` heeds it. */
function sorted(member: Member) {
  return { ...member, tags: Object.entries(member.tags).sort() };
}

function structuredCloneOf(member: Member): Member {
  return { ...member, tags: { ...member.tags }, protocol: { ...member.protocol } };
}
