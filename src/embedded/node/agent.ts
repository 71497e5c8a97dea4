import type { Member, MemberEventType } from '../../model.ts';
import type { World } from '../cluster-context.ts';
import { CoalesceMembers } from '../gossip/coalesce-members.ts';
import { CoalesceUsers } from '../gossip/coalesce-users.ts';
import { coalescing } from '../gossip/coalescing.ts';
import { LamportClock } from '../gossip/lamport-clock.ts';
import { Circle, type Lane } from '../gossip/network.ts';
import type { SharedState } from '../gossip/shared-state.ts';
import { UserEvents } from '../gossip/user-events.ts';
import { type Heard, membersEvent, titleOf } from '../heard.ts';
import { Queries } from '../queries/queries.ts';
import { isGone, type Known, View } from './member-view.ts';
import { Members } from './members.ts';
import type { Node } from './node.ts';
import type { Facts } from './node-state.ts';

/** What the nodes of a new cluster have in common. */
export interface Founding {
  readonly members: ReadonlyMap<string, Known>;
  readonly circle: Circle;
}

/** One life of a node: the process that runs until it leaves or fails. */
export class Agent {
  readonly node: Node;
  readonly world: World;
  readonly clock: LamportClock;
  readonly view: View;
  readonly members: Members;
  readonly events: UserEvents;
  readonly queries: Queries;
  readonly streams = new Set<(heard: Heard) => void>();
  /** The network's: when the last message of each lane arrives. */
  readonly arrivals: Record<Lane, number> = { member: 0, event: 0, query: 0 };
  /** With whom it has ever been in touch. */
  circle: Circle;
  facts: Facts;
  state: 'alive' | 'leaving' | 'ended' = 'alive';
  readonly #emit: (heard: Heard) => void;

  constructor(node: Node, world: World, facts: Facts, founding?: Founding) {
    const { timeline, settings } = world;
    this.node = node;
    this.world = world;
    this.facts = facts;
    this.clock = new LamportClock(founding ? founding.members.size : 1);
    this.view = new View(founding?.members);
    this.circle = founding?.circle ?? new Circle();
    this.circle.agents.add(this);
    this.members = new Members({
      name: node.name,
      view: this.view,
      clock: this.clock,
      now: () => timeline.now(),
      log: (level, text) => node.log.write(level, text),
      emit: (event, member) => this.#memberEvent(event, member),
      refute: () => this.announce(),
      isLeaving: () => this.state !== 'alive',
      pruneLater: (name) => {
        timeline.at(settings.gossipDelay + settings.leaveDelay, () => {
          if (this.up) this.members.prune(name, false);
        });
      },
    });
    this.events = new UserEvents(this);
    this.queries = new Queries(this);
    const memberTimes = { period: settings.coalescePeriod, quiescence: settings.quiescentPeriod };
    const userTimes = { period: settings.userCoalescePeriod, quiescence: settings.userQuiescentPeriod };
    const isFounder = (name: string) => this.view.isFounder(name);
    const membersCoalesced = coalescing(timeline, memberTimes, new CoalesceMembers(isFounder), (heard) =>
      this.#tell(heard),
    );
    this.#emit = coalescing(timeline, userTimes, new CoalesceUsers(), membersCoalesced);
    node.log.write('info', 'agent: Serf agent starting');
    node.log.write('info', `serf: EventMemberJoin: ${node.name} ${node.address}`);
    if (!founding) {
      this.view.set({ facts, status: 'alive', ltime: 0, goneAt: 0 });
      this.emit(membersEvent('member-join', [facts.as('alive')]));
    }
  }

  get name(): string {
    return this.node.name;
  }

  get up(): boolean {
    return this.state !== 'ended';
  }

  /** Whether it has told everybody that it is gone: from then on it says nothing else of itself. */
  get hasLeft(): boolean {
    return this.view.get(this.name)?.status === 'left';
  }

  now(): number {
    return this.world.timeline.now();
  }

  /** Something happened: told to the streams, at once or coalesced with what follows. */
  emit(heard: Heard): void {
    this.#emit(heard);
  }

  /** How many members gossip takes for being there. */
  get present(): number {
    let count = 0;
    for (const known of this.view) if (!isGone(known)) count++;
    return count;
  }

  /** Whether there is anybody to tell something. */
  get hasCompany(): boolean {
    for (const { facts, status } of this.view)
      if (status === 'alive' && facts.name !== this.name) return true;
    return false;
  }

  /** Says something else of itself, or the same anew. */
  renew(tags?: Readonly<Record<string, string>>): void {
    this.facts = this.node.nextFacts(tags);
    const known = this.view.get(this.name);
    if (known) this.view.set({ ...known, facts: this.facts });
  }

  /** Tells everybody that it has joined, or that it does not leave. */
  announce(): void {
    const { name } = this;
    const ltime = this.clock.time;
    this.members.joins(name, ltime);
    this.world.network.broadcast(this, 'member', (agent) => {
      agent.node.log.write('debug', `serf: messageJoinType: ${name}`);
      agent.members.joins(name, ltime);
    });
  }

  /** Finds that a node does not answer any more, unless it is there again. */
  misses({ name, incarnation }: Facts): void {
    if (!this.up) return;
    const other = this.world.nodes.get(name)?.agent;
    if (other && this.world.network.reaches(this, other)) return;
    if (incarnation >= (this.view.get(name)?.facts.incarnation ?? Number.POSITIVE_INFINITY)) {
      this.node.log.write('info', `memberlist: Suspect ${name} has failed, no acks received`);
    }
    this.members.dead(name, incarnation);
  }

  /** What it would tell another. */
  shared(): SharedState {
    const members = new Map<string, number>();
    const left = new Map<string, number>();
    for (const { facts, status, ltime } of this.view) {
      if (status === 'left') left.set(facts.name, ltime);
      // (An agent tells the time of a leave under way as if it were a join's. Then the leave itself, which is still on its
      // way to the other, is old news there, and the node fails for it: until they talk again, in half a minute.)
      else if (status !== 'leaving') members.set(facts.name, ltime);
    }
    const clocks = {
      member: this.clock.time,
      event: this.events.clock.time,
      query: this.queries.clock.time,
    };
    return { clocks, members, left, events: this.events.recent.all() };
  }

  /** What another has told it. @param options `replay`: whether it wants to hear of old events, default true */
  merge(state: SharedState, { replay = true }: { readonly replay?: boolean } = {}): void {
    // No message has had the present time yet.
    this.clock.witness(state.clocks.member - 1);
    this.events.clock.witness(state.clocks.event - 1);
    this.queries.clock.witness(state.clocks.query - 1);
    this.members.merge(state);
    if (!replay) this.events.recent.ignoreBefore(state.clocks.event);
    this.events.replay(state.events);
  }

  /** The process ends, one way or another. */
  end(): void {
    if (!this.up) return;
    this.state = 'ended';
    this.circle.agents.delete(this);
    this.streams.clear();
    if (this.node.agent === this) this.node.agent = undefined;
    this.world.network.ended(this);
    this.node.calls.lose();
  }

  #memberEvent(event: MemberEventType, member: Member): void {
    if (event === 'member-failed' || event === 'member-leave') this.world.reaper.wake();
    this.emit(membersEvent(event, [member]));
  }

  #tell(heard: Heard): void {
    if (!this.up) return;
    this.node.log.write('info', `agent: Received event: ${titleOf(heard)}`);
    for (const stream of [...this.streams]) stream(heard);
  }
}
