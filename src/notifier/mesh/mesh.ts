import { AsyncSubject, type Observable, Subject } from 'rxjs';
import { ConnectionLostError, InvalidArgumentError, ProtocolError } from '../../errors.ts';
import { networkOf } from '../../ip.ts';
import type { EndReason } from '../../rpc/pending-calls.ts';
import type { Socket } from '../../socket/socket.ts';
import type { Discovered, DiscoveredInstance, Instance } from '../discovery/instance.ts';
import { isPeerId } from '../discovery/tags.ts';
import type { NotifierEvent, NotifierPeer } from '../notifier.ts';
import { exposure } from '../options.ts';
import { Link, type LinkContext, type LinkListener } from './link.ts';
import { Peer, type PeerContext } from './peer.ts';

/** How many that have connected may be about to prove who they are: one more is disconnected at once. */
const MOST_STRANGERS = 64;
/** How many of these may be from one address (of IPv6, from one /64), so that nobody has all the places; one more is disconnected at once. */
const MOST_OF_A_NETWORK = 16;

/** What a {@link Mesh} needs. */
export interface MeshOptions {
  readonly context: LinkContext;
  readonly dial: (instance: Instance) => Socket;
  /** Called when an instance of our own agent is gone without having said so. */
  readonly stale: (id: string) => void;
}

/** All other notifiers and the links to them: one for each pair, whoever has dialled. */
export class Mesh implements LinkListener, PeerContext {
  readonly #options: MeshOptions;
  readonly #peers = new Map<string, Peer>();
  /** All that are open, with those that are not known yet and those that retire. */
  readonly #links = new Set<Link>();
  /** Where those are from that have connected and have proved nothing. */
  readonly #strangers = new Map<Link, { readonly address: string; readonly network: string }>();
  /** The instance that a link was dialled to. */
  readonly #dialled = new Map<Link, DiscoveredInstance>();
  readonly #events = new Subject<NotifierEvent>();
  readonly #changed = new Subject<void>();
  readonly events$: Observable<NotifierEvent> = this.#events.asObservable();
  /** Emits when who is there, or in which state, is not what it was. */
  readonly changed$: Observable<void> = this.#changed.asObservable();
  readonly #ended = new AsyncSubject<void>();
  /** Emits and completes when it was closed, and all links are. */
  readonly ended$: Observable<void> = this.#ended.asObservable();
  #discovered = false;
  #closed = false;

  constructor(options: MeshOptions) {
    this.#options = options;
  }

  /** Whether of everybody who is there it is known whether he can be reached. */
  get isSettled(): boolean {
    if (!this.#discovered) return false;
    for (const peer of this.#peers.values()) if (!peer.isSettled) return false;
    return true;
  }

  get peers(): readonly NotifierPeer[] {
    const peers = [...this.#peers.values()].map(({ state }) => state);
    return peers.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Who there is, all of them. */
  update({ instances }: Discovered): void {
    this.#discovered = true;
    const known = new Map(instances.filter(({ id }) => id !== this.id).map((each) => [each.id, each]));
    for (const peer of this.#peers.values()) peer.instance = known.get(peer.id);
    for (const instance of known.values()) this.#peer(instance.id).instance = instance;
    for (const peer of this.#peers.values()) {
      // Its agent has left the cluster, and it with it. One that has failed may be a false alarm.
      if (peer.instance?.state === 'left') peer.link?.close(lostWith(peer.id));
      peer.look();
      this.#forgetIfGone(peer);
    }
    this.#changed.next();
  }

  /**
   * Somebody has connected.
   *
   * @param address `IP:PORT`; empty: unknown
   * @param destroy disconnects him, as nobody has subscribed to the socket
   */
  admit(socket: Socket, address: string, destroy: () => void): void {
    const { limits } = this.#options.context.settings;
    const network = networkOf(hostOf(address));
    if (this.#closed || !this.#hasPlace(network) || this.#links.size >= limits.peers) {
      destroy();
      return;
    }
    const link = this.#link(socket, 'listener');
    this.#strangers.set(link, { address, network });
    link.open();
  }

  /** Whether one more stranger may come from there. */
  #hasPlace(network: string): boolean {
    if (this.#strangers.size >= MOST_STRANGERS) return false;
    // Connections that were given to us have no address.
    if (network === '') return true;
    let same = 0;
    for (const stranger of this.#strangers.values()) if (stranger.network === network) same++;
    return same < MOST_OF_A_NETWORK;
  }

  /** Sends a frame to all that are known. */
  announce(frame: Uint8Array): void {
    for (const link of this.#links) link.announce(frame);
  }

  /** Says goodbye to all and closes. */
  close(reason: EndReason): void {
    this.#closed = true;
    for (const peer of this.#peers.values()) peer.stop();
    for (const link of [...this.#links]) link.close(reason);
    this.#events.complete();
    this.#changed.complete();
    this.#settle();
  }

  #settle(): void {
    if (!this.#closed || this.#links.size > 0) return;
    this.#ended.next();
    this.#ended.complete();
  }

  // What links tell.

  accept(link: Link, id: string): void {
    const wanted = this.#dialled.get(link)?.id;
    if (!isPeerId(id)) throw refused(`the peer's id is none: ${JSON.stringify(id.slice(0, 64))}`);
    if (id === this.id) throw refused('the peer has our own id');
    if (wanted !== undefined && id !== wanted) throw refused(`${JSON.stringify(id)} is there, not ${wanted}`);
    if (wanted !== undefined) return;
    const { instance } = this.#peers.get(id) ?? {};
    if (instance?.state === 'left') throw refused('its member has left the cluster');
    // Without a key, nobody can prove that the id is his.
    const { key } = this.#options.context.settings;
    if (key.length === 0 && instance?.problem !== undefined) throw refused(instance.problem);
  }

  up(link: Link): void {
    if (this.#closed) return;
    this.#strangers.delete(link);
    const peer = this.#peer(link.id);
    const before = peer.link;
    peer.take(link);
    if (!before) this.#events.next({ type: 'connected', peer: link.id });
    this.#changed.next();
  }

  ended(link: Link, error: Error | undefined): void {
    const address = this.#strangers.get(link)?.address;
    const id = link.id || this.#dialled.get(link)?.id;
    this.#links.delete(link);
    this.#strangers.delete(link);
    this.#dialled.delete(link);
    if (this.#closed) {
      this.#settle();
      return;
    }
    if (address !== undefined) {
      const why = error ?? refused('the connection was closed before anything was proved');
      this.#events.next({ type: 'refused', address, error: why });
    }
    const peer = id === undefined ? undefined : this.#peers.get(id);
    if (!peer) return;
    if (peer.lost(link, error))
      this.#events.next({ type: 'disconnected', peer: peer.id, ...(error && { error }) });
    peer.look();
    this.#forgetIfGone(peer);
    this.#changed.next();
  }

  // What peers need.

  get id(): string {
    return this.#options.context.settings.id;
  }

  get listens(): boolean {
    return this.#options.context.settings.listen;
  }

  get random(): () => number {
    return this.#options.context.settings.random;
  }

  get scheduler() {
    return this.#options.context.settings.scheduler;
  }

  dial(instance: DiscoveredInstance): Link {
    const link = this.#link(this.#options.dial(instance), 'dialer');
    this.#dialled.set(link, instance);
    return link;
  }

  forbids({ host }: DiscoveredInstance): string | undefined {
    const { settings } = this.#options.context;
    if (settings.dial) return undefined;
    const missing = exposure(settings, host);
    return missing === undefined ? undefined : `to connect to ${host}, ${missing}`;
  }

  stale(id: string): void {
    this.#options.stale(id);
  }

  #link(socket: Socket, role: 'dialer' | 'listener'): Link {
    if (typeof socket?.subscribe !== 'function')
      throw new InvalidArgumentError('invalid-argument', 'a connection should be a socket of rxserf/socket');
    const link = new Link(socket, role, this.#options.context, this);
    this.#links.add(link);
    return link;
  }

  #peer(id: string): Peer {
    let peer = this.#peers.get(id);
    if (!peer) {
      peer = new Peer(id, this);
      this.#peers.set(id, peer);
    }
    return peer;
  }

  #forgetIfGone(peer: Peer): void {
    if (!peer.isGone) return;
    peer.stop();
    this.#peers.delete(peer.id);
  }
}

function lostWith(id: string): EndReason {
  return (command, outcome) =>
    new ConnectionLostError(`the member of ${id} has left the cluster`, { command, outcome });
}

/** The host of `IP:PORT`, where IPv6 is in brackets. */
function hostOf(address: string): string {
  return address.slice(0, Math.max(0, address.lastIndexOf(':'))).replace(/^\[|\]$/g, '');
}

function refused(message: string): ProtocolError {
  return new ProtocolError('handshake-refused', message);
}
