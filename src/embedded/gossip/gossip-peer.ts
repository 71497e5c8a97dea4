import type { MemberView } from '../node/member-view.ts';
import type { NodeState } from '../node/node-state.ts';
import type { Endpoint } from './endpoint.ts';
import type { BroadcastQueue, GossipMessage } from './gossip-message.ts';
import type { PushPullState } from './push-pull-state.ts';

/** A node as the network sees it: what can be delivered to it and asked of it. */
export interface GossipPeer extends Endpoint {
  readonly nodeState: NodeState;
  readonly view: MemberView;
  /** Whether it is alive and does not leave. */
  readonly isAlive: boolean;
  /** Whether it has announced that it is gone. */
  readonly hasLeft: boolean;
  /** When the last message of each queue arrives, in ms. */
  readonly arrivals: Record<BroadcastQueue, number>;
  /** The network's: the peers it has ever been in touch with. */
  group: GossipGroup;

  /** Handles a message. */
  receive(message: GossipMessage): void;
  /** Marks a node as failed if it cannot be reached. */
  suspect(node: NodeState): void;
  /** Broadcasts a join intent, or refutes a leave intent. */
  announce(): void;
  /** Begins a new incarnation. */
  renew(): void;
  /** What it sends in a push/pull exchange. */
  localState(): PushPullState;
  /** Merges what it gets in a push/pull exchange. @param options `replay`: whether old events are emitted, default true */
  merge(state: PushPullState, options?: { readonly replay?: boolean }): void;
}

/** The peers that know each other, over any number of steps: a broadcast of one reaches all. */
export class GossipGroup {
  readonly peers = new Set<GossipPeer>();
  #mergedInto: GossipGroup | undefined;

  /** This group, or the one that it was merged into. */
  get current(): GossipGroup {
    return this.#mergedInto?.current ?? this;
  }

  /** Moves all peers of another group into this one. */
  absorb(other: GossipGroup): void {
    for (const peer of other.peers) {
      peer.group = this;
      this.peers.add(peer);
    }
    other.peers.clear();
    other.#mergedInto = this;
  }
}
