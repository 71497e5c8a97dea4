import type { Member, MemberEventType } from '../../model.ts';
import type { LogLevel } from '../../serf.ts';
import type { ClusterContext } from '../cluster-context.ts';
import { coalescing } from '../gossip/coalescing.ts';
import type { BroadcastQueue, GossipMessage } from '../gossip/gossip-message.ts';
import { GossipGroup, type GossipPeer } from '../gossip/gossip-peer.ts';
import { LamportClock } from '../gossip/lamport-clock.ts';
import { MemberEventCoalescer } from '../gossip/member-event-coalescer.ts';
import type { PushPullState } from '../gossip/push-pull-state.ts';
import { UserEventCoalescer } from '../gossip/user-event-coalescer.ts';
import { UserEvents } from '../gossip/user-events.ts';
import type { ClusterSettings } from '../options.ts';
import { AgentQueries } from '../queries/agent-queries.ts';
import { isGone, type MemberState, MemberView } from './member-view.ts';
import { Members } from './members.ts';
import type { Node } from './node.ts';
import { memberEvent, type NodeEvent, titleOf } from './node-event.ts';
import type { NodeState } from './node-state.ts';

/** How long a member that is alive or leaving is kept when it is pruned, in ms: as long as a leave takes. */
export function pruneDelay({ gossipDelay, leaveDelay }: ClusterSettings): number {
  return gossipDelay + leaveDelay;
}

/** What the first agents of a new cluster have in common. */
export interface InitialCluster {
  readonly members: ReadonlyMap<string, MemberState>;
  readonly group: GossipGroup;
}

/** The agent of a node: the process that runs until it leaves or fails. */
export class Agent implements GossipPeer {
  readonly node: Node<Agent>;
  readonly cluster: ClusterContext;
  readonly clock: LamportClock;
  readonly view: MemberView;
  readonly members: Members;
  readonly events: UserEvents;
  readonly queries: AgentQueries;
  /** As many as there are subscriptions. */
  readonly streams = new Set<(event: NodeEvent) => void>();
  readonly arrivals: Record<BroadcastQueue, number> = { intent: 0, event: 0, query: 0 };
  group: GossipGroup;
  nodeState: NodeState;
  /** Serf's state of the process. */
  state: 'alive' | 'leaving' | 'shutdown' = 'alive';
  readonly #emit: (event: NodeEvent) => void;

  constructor(node: Node<Agent>, cluster: ClusterContext, state: NodeState, initial?: InitialCluster) {
    const { tasks, settings } = cluster;
    this.node = node;
    this.cluster = cluster;
    this.nodeState = state;
    this.clock = new LamportClock(initial ? initial.members.size : 1);
    this.view = new MemberView(initial?.members);
    this.group = initial?.group ?? new GossipGroup();
    this.group.peers.add(this);
    this.members = new Members({
      name: node.name,
      view: this.view,
      clock: this.clock,
      now: () => tasks.now(),
      log: (level, text) => this.log(level, text),
      emit: (event, member) => this.#memberEvent(event, member),
      refute: () => this.announce(),
      isLeaving: () => !this.isAlive,
      pruneLater: (name) => {
        tasks.schedule(pruneDelay(settings), () => {
          if (this.up) this.members.finishPrune(name);
        });
      },
    });
    this.events = new UserEvents(this);
    this.queries = new AgentQueries(this);
    const memberTimes = { period: settings.coalescePeriod, quiescence: settings.quiescentPeriod };
    const userTimes = { period: settings.userCoalescePeriod, quiescence: settings.userQuiescentPeriod };
    const memberEvents = new MemberEventCoalescer((name) => this.view.isFounder(name));
    const emitMembers = coalescing(tasks, memberTimes, memberEvents, (event) => this.#deliver(event));
    this.#emit = coalescing(tasks, userTimes, new UserEventCoalescer(), emitMembers);
    this.log('info', 'agent: Serf agent starting');
    this.log('info', `serf: EventMemberJoin: ${node.name} ${node.address}`);
    if (!initial) {
      this.view.set({ node: state, status: 'alive', statusLTime: 0, leaveTime: 0 });
      this.emit(memberEvent('member-join', [state.toMember('alive')]));
    }
  }

  get name(): string {
    return this.node.name;
  }

  get up(): boolean {
    return this.state !== 'shutdown';
  }

  get isAlive(): boolean {
    return this.state === 'alive';
  }

  /** Whether it has announced that it is gone: from then on it announces nothing else. */
  get hasLeft(): boolean {
    return this.view.get(this.name)?.status === 'left';
  }

  now(): number {
    return this.cluster.tasks.now();
  }

  log(level: LogLevel, text: string): void {
    this.node.log.write(level, text);
  }

  /** Emits an event to the streams, at once or coalesced with those that follow. */
  emit(event: NodeEvent): void {
    this.#emit(event);
  }

  /** How many members gossip takes for being there. */
  get liveMembers(): number {
    let count = 0;
    for (const member of this.view) if (!isGone(member)) count++;
    return count;
  }

  /** Whether there is another member that is alive: without one, nothing is broadcast. */
  get hasAliveMembers(): boolean {
    for (const { node, status } of this.view) if (status === 'alive' && node.name !== this.name) return true;
    return false;
  }

  renew(tags?: Readonly<Record<string, string>>): void {
    this.nodeState = this.node.nextIncarnation(tags);
    const member = this.view.get(this.name);
    if (member) this.view.set({ ...member, node: this.nodeState });
  }

  announce(): void {
    const { name } = this;
    const ltime = this.clock.time;
    this.members.joins(name, ltime);
    this.cluster.network.broadcast(this, { type: 'join', name, ltime });
  }

  receive(message: GossipMessage): void {
    switch (message.type) {
      case 'alive':
        this.members.alive(message.node);
        break;
      case 'dead':
        this.members.dead(message.name, message.incarnation);
        break;
      case 'join':
        this.log('debug', `serf: messageJoinType: ${message.name}`);
        this.members.joins(message.name, message.ltime);
        break;
      case 'leave':
        this.log('debug', `serf: messageLeaveType: ${message.name}`);
        this.members.leaves(message.name, message.ltime, message.prune);
        break;
      case 'user-event':
        this.log('debug', `serf: messageUserEventType: ${message.event.name}`);
        this.events.receive(message.event);
        break;
      case 'query':
        this.log('debug', `serf: messageQueryType: ${message.query.params.name}`);
        this.queries.receive(message.query);
        break;
    }
  }

  suspect({ name, incarnation }: NodeState): void {
    if (!this.up) return;
    const other = this.cluster.nodes.get(name)?.agent;
    if (other && this.cluster.network.reaches(this, other)) return;
    if (incarnation >= (this.view.get(name)?.node.incarnation ?? Number.POSITIVE_INFINITY)) {
      this.log('info', `memberlist: Suspect ${name} has failed, no acks received`);
    }
    this.members.dead(name, incarnation);
  }

  localState(): PushPullState {
    const members = new Map<string, number>();
    const left = new Map<string, number>();
    for (const { node, status, statusLTime } of this.view) {
      if (status === 'left') left.set(node.name, statusLTime);
      // (An agent sends the time of a leave under way as if it were a join's. Then the leave itself, which is still on its
      // way to the other, is old there, and the node fails for it: until they talk again, in half a minute.)
      else if (status !== 'leaving') members.set(node.name, statusLTime);
    }
    const clocks = {
      member: this.clock.time,
      event: this.events.clock.time,
      query: this.queries.clock.time,
    };
    return { clocks, members, left, events: this.events.recent.all() };
  }

  merge(state: PushPullState, { replay = true }: { readonly replay?: boolean } = {}): void {
    // No message has had the current time yet.
    this.clock.witness(state.clocks.member - 1);
    this.events.clock.witness(state.clocks.event - 1);
    this.queries.clock.witness(state.clocks.query - 1);
    this.members.merge(state);
    if (!replay) this.events.recent.ignoreBefore(state.clocks.event);
    this.events.replay(state.events);
  }

  /** Ends the process, one way or another. */
  end(): void {
    if (!this.up) return;
    this.state = 'shutdown';
    this.group.peers.delete(this);
    this.streams.clear();
    if (this.node.agent === this) this.node.agent = undefined;
    this.cluster.network.ended(this);
    this.node.calls.lose();
  }

  #memberEvent(event: MemberEventType, member: Member): void {
    if (event === 'member-failed' || event === 'member-leave') this.cluster.reaper.wake();
    this.emit(memberEvent(event, [member]));
  }

  #deliver(event: NodeEvent): void {
    if (!this.up) return;
    this.log('info', `agent: Received event: ${titleOf(event)}`);
    for (const stream of [...this.streams]) stream(event);
  }
}
