import type { Member, MemberEventType } from '../../model.ts';
import type { LogLevel } from '../../serf.ts';
import type { LamportClock } from '../gossip/lamport-clock.ts';
import { type Intent, RecentIntents } from '../gossip/recent-intents.ts';
import type { SharedState } from '../gossip/shared-state.ts';
import { isGone, type Known, type View } from './member-view.ts';
import type { Facts } from './node-state.ts';

/** What {@link Members} needs of the node. */
export interface MembersContext {
  readonly name: string;
  readonly view: View;
  readonly clock: LamportClock;
  now(): number;
  log(level: LogLevel, text: string): void;
  emit(event: MemberEventType, member: Member): void;
  /** Somebody says that this node leaves, and it does not. */
  refute(): void;
  /** Whether the node is leaving. */
  isLeaving(): boolean;
  /** A member that is to be pruned is still about to leave: again in a while. */
  pruneLater(name: string): void;
}

/**
 * The members as one node sees them, as Serf keeps them: gossip says who is there and who is not (`alive`, `dead`),
 * intents with Lamport times say who meant to leave, and an event follows from both.
 */
export class Members {
  readonly #context: MembersContext;
  readonly #intents = new RecentIntents();

  constructor(context: MembersContext) {
    this.#context = context;
  }

  /** A node is there, and says this of itself. */
  alive(facts: Facts): void {
    const { view, name, log, emit } = this.#context;
    if (facts.name === name) return;
    let known = view.get(facts.name);
    if (known && known.facts.incarnation >= facts.incarnation) return;
    // It was about to leave, and has been started again since: its process must have ended.
    if (known?.status === 'leaving' && known.facts.life !== facts.life) known = this.#gone(known);
    if (!known) this.#joined(this.#introduced(facts));
    else if (isGone(known)) this.#joined({ facts, status: 'alive', ltime: known.ltime, goneAt: 0 });
    else {
      view.set({ ...known, facts });
      if (sameTags(known.facts.tags, facts.tags)) return;
      log('info', `serf: EventMemberUpdate: ${facts.name}`);
      emit('member-update', facts.as(known.status));
    }
  }

  /** A node is not there any more; of an incarnation before the one that is known, that is no news. */
  dead(name: string, incarnation: number): void {
    const known = this.#context.view.get(name);
    if (known && incarnation >= known.facts.incarnation && !isGone(known)) this.#gone(known);
  }

  /** A node joins, or says that it does not leave. */
  joins(name: string, ltime: number): void {
    const { view, clock, now } = this.#context;
    clock.witness(ltime);
    const known = view.get(name);
    if (!known) this.#intents.set(name, { type: 'join', ltime }, now());
    else if (ltime > known.ltime) {
      view.set({ ...known, ltime, status: known.status === 'leaving' ? 'alive' : known.status });
    }
  }

  /** A node means to leave, or somebody means it to. */
  leaves(name: string, ltime: number, prune = false): void {
    const { view, clock, now, log } = this.#context;
    clock.witness(ltime);
    const known = view.get(name);
    if (!known) {
      this.#intents.set(name, { type: 'leave', ltime }, now());
      return;
    }
    if (ltime <= known.ltime) return;
    if (name === this.#context.name && !this.#context.isLeaving()) {
      log('debug', 'serf: Refuting an older leave intent');
      this.#context.refute();
      return;
    }
    if (known.status === 'alive') view.set({ ...known, ltime, status: 'leaving' });
    else if (known.status === 'failed') this.#forced({ ...known, ltime, status: 'left' });
    else view.set({ ...known, ltime });
    if (prune) this.prune(name);
  }

  /** Forgets a member that is gone; one that is about to go is given time. */
  prune(name: string, patient = true): void {
    const known = this.#context.view.get(name);
    if (!known) return;
    if (isGone(known)) this.reap(known, ' (forced)');
    else if (patient && known.status === 'leaving') this.#context.pruneLater(name);
  }

  /** Forgets a member. */
  reap({ facts, status }: Known, how = ''): void {
    const { view, log, emit } = this.#context;
    log('info', `serf: EventMemberReap${how}: ${facts.name}${how && ` ${facts.address}`}`);
    view.delete(facts.name);
    emit('member-reap', facts.as(status));
  }

  /** What another node knows of members. Those that have left come first, or the times would run in the wrong order. */
  merge({ members, left }: SharedState): void {
    for (const [name, ltime] of left) this.leaves(name, ltime + 1);
    for (const [name, ltime] of members) this.joins(name, ltime);
  }

  #introduced(facts: Facts): Known {
    const { now } = this.#context;
    const intent: Intent | undefined = this.#intents.get(facts.name, now());
    const status = intent?.type === 'leave' ? 'leaving' : 'alive';
    return { facts, status, ltime: intent?.ltime ?? 0, goneAt: 0 };
  }

  #joined(known: Known): void {
    const { view, log, emit } = this.#context;
    const { facts, status } = known;
    view.set(known);
    log('info', `serf: EventMemberJoin: ${facts.name} ${facts.address}`);
    emit('member-join', facts.as(status));
  }

  #gone(known: Known): Known {
    const { view, now, log, emit } = this.#context;
    const { facts } = known;
    const status = known.status === 'leaving' ? 'left' : 'failed';
    const gone: Known = { ...known, status, goneAt: now() };
    view.set(gone);
    log(
      'info',
      `serf: ${status === 'left' ? 'EventMemberLeave' : 'EventMemberFailed'}: ${facts.name} ${facts.address}`,
    );
    emit(status === 'left' ? 'member-leave' : 'member-failed', facts.as(status));
    return gone;
  }

  #forced(known: Known): void {
    const { view, log, emit } = this.#context;
    view.set(known);
    log('info', `serf: EventMemberLeave (forced): ${known.facts.name} ${known.facts.address}`);
    emit('member-leave', known.facts.as('left'));
  }
}

function sameTags(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
