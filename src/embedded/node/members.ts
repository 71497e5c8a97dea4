import type { Member, MemberEventType } from '../../model.ts';
import type { LogLevel } from '../../serf.ts';
import type { LamportClock } from '../gossip/lamport-clock.ts';
import type { PushPullState } from '../gossip/push-pull-state.ts';
import { type Intent, RecentIntents } from '../gossip/recent-intents.ts';
import { isGone, type MemberState, type MemberView } from './member-view.ts';
import type { NodeState } from './node-state.ts';

/** What {@link Members} needs of the node. */
export interface MembersContext {
  readonly name: string;
  readonly view: MemberView;
  readonly clock: LamportClock;
  now(): number;
  log(level: LogLevel, text: string): void;
  emit(event: MemberEventType, member: Member): void;
  /** Refutes a leave intent about this node. */
  refute(): void;
  /** Whether the node is leaving. */
  isLeaving(): boolean;
  /** Has {@link Members.finishPrune} called after the time that a leave takes. */
  pruneLater(name: string): void;
}

/**
 * Serf's state machine of members, for one node: memberlist's messages say who is there and who is not (`alive`, `dead`),
 * intents with Lamport times say who means to leave, and events follow from both.
 */
export class Members {
  readonly #context: MembersContext;
  readonly #intents = new RecentIntents();
  /** The members that are pruned while they leave, and which life of them. At most all members. */
  readonly #pruning = new Map<string, number>();
  /** The nodes that were pruned though they are alive, and which life of them. At most all nodes. */
  readonly #pruned = new Map<string, number>();

  constructor(context: MembersContext) {
    this.#context = context;
  }

  /** Handles that a node is there, in this state. */
  alive(node: NodeState): void {
    const { view, name, log, emit } = this.#context;
    if (node.name === name || this.#ignores(node)) return;
    let member = view.get(node.name);
    if (member && member.node.incarnation >= node.incarnation) return;
    // It was leaving, and has been restarted since: its process has ended.
    if (member?.status === 'leaving' && member.node.life !== node.life) member = this.#gone(member);
    if (!member) this.#joined(this.#firstState(node));
    else if (isGone(member))
      this.#joined({ node, status: 'alive', statusLTime: member.statusLTime, leaveTime: 0 });
    else {
      view.set({ ...member, node });
      if (sameTags(member.node.tags, node.tags)) return;
      log('info', `serf: EventMemberUpdate: ${node.name}`);
      emit('member-update', node.toMember(member.status));
    }
  }

  /** Handles that a node has ended; of an earlier incarnation than the known one, that is ignored. */
  dead(name: string, incarnation: number): void {
    if (this.#pruning.has(name)) return;
    this.#pruned.delete(name);
    const member = this.#context.view.get(name);
    if (member && incarnation >= member.node.incarnation && !isGone(member)) this.#gone(member);
  }

  /** Handles a join intent: a node joins, or refutes that it leaves. */
  joins(name: string, ltime: number): void {
    const { view, clock, now } = this.#context;
    clock.witness(ltime);
    if (this.#pruning.has(name)) return;
    const member = view.get(name);
    if (!member) this.#intents.set(name, { type: 'join', ltime }, now());
    else if (ltime > member.statusLTime) {
      view.set({
        ...member,
        statusLTime: ltime,
        status: member.status === 'leaving' ? 'alive' : member.status,
      });
    }
  }

  /** Handles a leave intent: a node leaves, or is forced to. */
  leaves(name: string, ltime: number, prune = false): void {
    const { view, clock, now, log } = this.#context;
    clock.witness(ltime);
    if (this.#pruning.has(name)) return;
    const member = view.get(name);
    if (!member) {
      this.#intents.set(name, { type: 'leave', ltime }, now());
      return;
    }
    if (ltime <= member.statusLTime) return;
    if (name === this.#context.name && !this.#context.isLeaving()) {
      log('debug', 'serf: Refuting an older leave intent');
      this.#context.refute();
      return;
    }
    if (member.status === 'alive') view.set({ ...member, statusLTime: ltime, status: 'leaving' });
    else if (member.status === 'failed') this.#forced({ ...member, statusLTime: ltime, status: 'left' });
    else view.set({ ...member, statusLTime: ltime });
    if (prune) this.#prune(name);
  }

  /** Whether there is a coordinate: of each member, and of a node that is alive though it was pruned. */
  hasCoordinate(name: string): boolean {
    return this.#context.view.get(name) !== undefined || this.#pruned.has(name);
  }

  /** Whether a member is pruned that was alive or leaving: then nothing else happens to it. */
  isPruning(name: string): boolean {
    return this.#pruning.has(name);
  }

  /** Reaps a member that is pruned, though it may be alive: its node then is no member until its next life. */
  finishPrune(name: string): void {
    const member = this.#context.view.get(name);
    const life = this.#pruning.get(name);
    this.#pruning.delete(name);
    if (!member || life === undefined) return;
    this.#pruned.set(name, life);
    this.reap(member, ' (forced)');
  }

  /** Removes a member. */
  reap({ node, status }: MemberState, how = ''): void {
    const { view, log, emit } = this.#context;
    log('info', `serf: EventMemberReap${how}: ${node.name}${how && ` ${node.address}`}`);
    view.delete(node.name);
    emit('member-reap', node.toMember(status));
  }

  /** Handles the intents of another node. Leaves come first, or the times would run in the wrong order. */
  merge({ members, left }: PushPullState): void {
    for (const [name, ltime] of left) this.leaves(name, ltime + 1);
    for (const [name, ltime] of members) this.joins(name, ltime);
  }

  /** As Serf: a member that is gone is reaped, one that is still there after the time that a leave takes. */
  #prune(name: string): void {
    const { view, pruneLater } = this.#context;
    const member = view.get(name);
    if (!member) return;
    if (isGone(member)) {
      this.reap(member, ' (forced)');
      return;
    }
    this.#pruning.set(name, member.node.life);
    pruneLater(name);
  }

  /** Whether a node is pruned or was. A new life of it is not. */
  #ignores({ name, life }: NodeState): boolean {
    for (const pruned of [this.#pruning, this.#pruned]) {
      if (pruned.get(name) === life) return true;
      pruned.delete(name);
    }
    return false;
  }

  #firstState(node: NodeState): MemberState {
    const { now } = this.#context;
    const intent: Intent | undefined = this.#intents.get(node.name, now());
    const status = intent?.type === 'leave' ? 'leaving' : 'alive';
    return { node, status, statusLTime: intent?.ltime ?? 0, leaveTime: 0 };
  }

  #joined(member: MemberState): void {
    const { view, log, emit } = this.#context;
    const { node, status } = member;
    view.set(member);
    log('info', `serf: EventMemberJoin: ${node.name} ${node.address}`);
    emit('member-join', node.toMember(status));
  }

  #gone(member: MemberState): MemberState {
    const { view, now, log, emit } = this.#context;
    const { node } = member;
    const status = member.status === 'leaving' ? 'left' : 'failed';
    const gone: MemberState = { ...member, status, leaveTime: now() };
    view.set(gone);
    log(
      'info',
      `serf: ${status === 'left' ? 'EventMemberLeave' : 'EventMemberFailed'}: ${node.name} ${node.address}`,
    );
    emit(status === 'left' ? 'member-leave' : 'member-failed', node.toMember(status));
    return gone;
  }

  #forced(member: MemberState): void {
    const { view, log, emit } = this.#context;
    view.set(member);
    log('info', `serf: EventMemberLeave (forced): ${member.node.name} ${member.node.address}`);
    emit('member-leave', member.node.toMember('left'));
  }
}

function sameTags(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
