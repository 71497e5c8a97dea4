import { firstValueFrom, lastValueFrom, mergeMap, ReplaySubject, toArray } from 'rxjs';
import type { MemberEvent, Serf } from 'rxserf';
import { expect } from 'vitest';
import { eventually } from '../../agent/harness/agent.ts';
import type { ContractNode } from '../implementer.ts';
import { type Contract, pair, testIf } from '../kit.ts';

/** What a node sees of another before a command, and what becomes of it. */
interface Row {
  /** What it is when the command comes. */
  readonly before: string;
  /** Whether there is a coordinate of it, and how many acks a query for it gets. */
  readonly coordinate: boolean;
  readonly acks: number;
  /** What the command brings about in the end, and the events about it from then on. */
  readonly after: string;
  readonly events: readonly string[];
}

const here = { before: 'alive', coordinate: true, acks: 1 };
const gone = { coordinate: true, acks: 0 };

/** A row for each state that a member can be in, under each command that is about a member. */
const TABLE: Readonly<Record<string, Row>> = {
  // Its node has nobody else to tell, so it never hears of it.
  'alive, force-leave': { ...here, after: 'leaving', events: [] },
  // It hears of it from the third, and refutes it.
  'alive with a third, force-leave': { ...here, after: 'alive', events: [] },
  'alive, force-leave -prune': { ...here, after: 'not there', events: ['member-reap'] },
  'leaving, force-leave': { ...gone, before: 'leaving', after: 'left', events: ['member-leave'] },
  'leaving, force-leave -prune': { ...gone, before: 'leaving', after: 'not there', events: ['member-reap'] },
  'left, force-leave': { ...gone, before: 'left', after: 'left', events: [] },
  'left, force-leave -prune': { ...gone, before: 'left', after: 'not there', events: ['member-reap'] },
  'failed, force-leave': { ...gone, before: 'failed', after: 'left', events: ['member-leave'] },
  'failed, force-leave -prune': { ...gone, before: 'failed', after: 'not there', events: ['member-reap'] },
};

const EVERY_EVENT = 'member-join,member-leave,member-failed,member-update,member-reap';
/** A prune of a member that is there takes an agent 6 s, and a leave as long. */
const SLOW = { timeout: 30_000 };
const WITHIN = { within: 60_000 };

/** What each command does about a member, whatever state it is in. */
export function memberStates({ capabilities, cluster }: Contract): void {
  testIf(capabilities.lone && capabilities.kill)(
    'every command that is about a member, in every state of it',
    async () => {
      const play = async (key: string, number: number): Promise<[string, Row]> => {
        const [state, command] = key.split(', ') as [string, string];
        const [observer, target] = await pair(cluster(), `observer-${number}`, `target-${number}`);
        const { serf } = observer;
        const events = recorded(serf);
        // Its join is not to be taken for something that follows.
        const joined = (await eventsUntilNow(observer, events, 'before')).length;
        if (state === 'alive with a third')
          await joinedBy(cluster().lone({ name: `third-${number}` }), observer);
        await bringAbout(state, observer, target);
        const before = await statusOf(serf, target.name);
        const coordinate = await eventually('the coordinate', async () => {
          const known = (await firstValueFrom(serf.coordinate(target.name))) !== null;
          expect(known).toBe(true);
          return known;
        });
        const acks = state === 'leaving' ? 0 : await acksOf(serf, target.name);
        const done = state === 'leaving' ? joined : (await eventsUntilNow(observer, events, 'state')).length;
        const prune = command.endsWith('-prune');
        await firstValueFrom(serf.forceLeave(target.name, { prune, ...SLOW }));
        const { after } = TABLE[key] as Row;
        await eventually(
          `${key}: ${after}`,
          async () => {
            expect(await statusOf(serf, target.name)).toBe(after);
          },
          WITHIN,
        );
        const all = await eventsUntilNow(observer, events, 'after');
        for (const node of [observer, target]) node.kill();
        return [key, { before, coordinate, acks, after, events: about(target, all.slice(done)) }];
      };

      const rows = await Promise.all(Object.keys(TABLE).map(play));
      expect(Object.fromEntries(rows)).toEqual(TABLE);
    },
    120_000,
  );

  testIf(capabilities.lone && capabilities.kill)(
    'force-leave of a name that nobody has, and of the node itself, changes nothing',
    async () => {
      const [observer, other] = await pair(cluster(), 'forceful', 'bystander');
      const { serf } = observer;
      for (const prune of [false, true]) {
        for (const name of ['nobody', 'forceful']) {
          expect(await lastValueFrom(serf.forceLeave(name, { prune, ...SLOW }).pipe(toArray()))).toEqual([
            undefined,
          ]);
        }
      }

      for (const node of [observer, other]) {
        expect(await statusOf(node.serf, 'forceful')).toBe('alive');
        expect(await statusOf(node.serf, 'nobody')).toBe('not there');
      }
      expect(await firstValueFrom(serf.coordinate('nobody'))).toBeNull();
      expect(await acksOf(serf, 'nobody')).toBe(0);
      expect(await acksOf(serf, 'forceful')).toBe(1);
    },
    60_000,
  );

  testIf(capabilities.lone && capabilities.kill)(
    'a node that was pruned while it is alive stays out of the members, and in the cluster',
    async () => {
      const [observer, pruned] = await pair(cluster(), 'pruning', 'pruned');
      await firstValueFrom(observer.serf.forceLeave('pruned', { prune: true, ...SLOW }));
      const heard = new ReplaySubject<string>();
      const stream = observer.serf.stream('user').subscribe(({ name }) => heard.next(name));
      await firstValueFrom(pruned.serf.tags({ set: { back: 'yes' } }));
      await firstValueFrom(observer.serf.stats());
      await firstValueFrom(pruned.serf.event('hello'));

      expect(await firstValueFrom(heard)).toBe('hello');
      expect(await statusOf(observer.serf, 'pruned')).toBe('not there');
      expect(await statusOf(pruned.serf, 'pruned')).toBe('alive');
      expect(await statusOf(pruned.serf, 'pruning')).toBe('alive');
      expect(await acksOf(observer.serf, 'pruned')).toBe(1);
      stream.unsubscribe();
    },
    60_000,
  );
}

async function joinedBy(joining: Promise<ContractNode>, { gossip, serf }: ContractNode): Promise<void> {
  const node = await joining;
  await firstValueFrom(node.serf.join(gossip));
  await eventually(`${node.name} is there`, async () =>
    expect(await statusOf(serf, node.name)).toBe('alive'),
  );
}

async function bringAbout(state: string, { serf }: ContractNode, target: ContractNode): Promise<void> {
  if (state === 'left') {
    await firstValueFrom(target.serf.leave(SLOW));
    // Until its process has ended, it acks queries.
    target.kill();
  }
  if (state === 'failed' || state === 'leaving') target.kill();
  // Nobody refutes it, and nobody has noticed yet that it is gone.
  if (state === 'leaving') await firstValueFrom(serf.forceLeave(target.name, SLOW));
  const status = state.replace(' with a third', '');
  await eventually(
    `${target.name} is ${state}`,
    async () => {
      expect(await statusOf(serf, target.name)).toBe(status);
    },
    WITHIN,
  );
}

async function statusOf(serf: Serf, name: string): Promise<string> {
  // Not by a pattern: an agent that prunes answers nothing else meanwhile, and then all at once.
  const members = await firstValueFrom(serf.members({}, SLOW));
  return members.find((member) => member.name === name)?.status ?? 'not there';
}

async function acksOf(serf: Serf, name: string): Promise<number> {
  const options = { filterNodes: [name], requestAck: true, timeout: 1_000 };
  return (await lastValueFrom(serf.query('_serf_ping', undefined, options).pipe(toArray()))).length;
}

function recorded(serf: Serf): ReplaySubject<MemberEvent> {
  const events = new ReplaySubject<MemberEvent>();
  // It ends with its node.
  serf.stream(EVERY_EVENT).subscribe({ next: (event) => events.next(event), error: () => {} });
  return events;
}

/** All events so far: until the node emits a second change of its own tags. With the first, an agent emits in any order. */
async function eventsUntilNow(
  node: ContractNode,
  events: ReplaySubject<MemberEvent>,
  mark: string,
): Promise<MemberEvent[]> {
  await eventsUntilMark(node, events, `${mark} 1`);
  return eventsUntilMark(node, events, `${mark} 2`);
}

async function eventsUntilMark(
  { name, serf }: ContractNode,
  events: ReplaySubject<MemberEvent>,
  mark: string,
): Promise<MemberEvent[]> {
  await firstValueFrom(serf.tags({ set: { mark } }));
  const seen: MemberEvent[] = [];
  await firstValueFrom(
    events.pipe(
      mergeMap((event) => {
        seen.push(event);
        return event.members.filter((member) => member.name === name && member.tags['mark'] === mark);
      }),
    ),
  );
  return seen;
}

function about({ name }: ContractNode, events: readonly MemberEvent[]): string[] {
  return events.flatMap(({ event, members }) =>
    members.flatMap((member) => (member.name === name ? [event] : [])),
  );
}
