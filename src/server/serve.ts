import { Observable } from 'rxjs';
import { InvalidArgumentError } from '../errors.ts';
import type { Serf } from '../serf.ts';
import type { Socket } from '../socket/socket.ts';
import type { PeerEvent } from './events.ts';
import { type ServeOptions, type ServerOptions, withDefaults } from './options.ts';
import { PeerSession } from './peer/peer-session.ts';
import { Turns } from './peer/turns.ts';

/**
 * Speaks the agent's half of Serf's RPC with one peer, for whatever Serf it is given: a client (that makes a gateway), a
 * node of an embedded cluster (that makes an agent), a fake.
 *
 * ```
 * peer          h--members--stream----bad---------x
 * Serf               (m|)     ---e--e----e---
 * serve         a-----------------------r---------|     accepted, refused, and gone
 * unsubscribe   --------------------!                   closes the socket at once
 * ```
 *
 * Subscribing subscribes to the socket; each further subscription needs a socket of its own. Commands are taken one at a
 * time, in their order, with the agent's texts for what it refuses, and the message of the Serf's error, verbatim, for
 * what that refuses. Whatever was begun for the peer is unsubscribed from when it ends.
 *
 * When the peer closes its half, its streams and its monitor are stopped; all that it asked for before is carried out, for
 * 10 s at most, and answered, where the socket can (`allowHalfOpen`; those of `rxserf/socket` do). That it resets the
 * connection meanwhile is not noticed.
 *
 * Completes when the peer has closed the connection and that is done, when the Serf has left its cluster at the peer's
 * command, and when the Serf ends a stream of its, which the protocol has no other way to tell. Errors with
 *
 * - `ProtocolError`: the peer does not speak the protocol or asks something it may not before it has introduced itself
 *   (`not-msgpack`, `unexpected-shape`, `handshake-refused`, `unsupported-command`, `invalid-pattern`), passes a limit
 *   (`frame-too-large`, `too-deep`, `overflow`), or is silent for too long (`peer-timeout`)
 * - `ConnectionLostError` (`connection-lost`): the socket failed
 * - whatever a stream of the Serf ended with, or threw when it was unsubscribed from
 *
 * In all of these cases the peer gets what it was sent until then; it has a second to read it and to close its half.
 *
 * @param serf what carries out the commands; payloads are bytes. `undefined` where `authenticate` gives each peer its own; with
 *   both, it is for peers that give no key
 * @param socket the peer, not subscribed to yet
 * @param options key, limits, deadlines in ms
 * @throws `InvalidArgumentError` (`invalid-argument`) at the call for options that cannot be
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { serve } from 'rxserf/server';
 * import { pipe } from 'rxserf/socket';
 *
 * const agent = connect('10.0.0.1:7373');
 * const [ours, theirs] = pipe();
 * serve(agent, ours, { authKey: 's3cret' }).subscribe(console.log); // { type: 'accepted' }
 *
 * const client = connect('anywhere?AuthKey=s3cret', { socket: () => theirs });
 * client.members().subscribe(console.log);
 * ```
 */
export function serve(
  serf: Serf<Uint8Array> | undefined,
  socket: Socket,
  options: ServeOptions = {},
): Observable<PeerEvent> {
  const settled = withDefaults(options);
  if (!serf && !settled.authenticate) throw nobodyToServe();
  return servePeer(serf, socket, settled, new Turns(settled.scheduler));
}

/** {@link serve} for one peer of several, who share the event loop. */
export function servePeer(
  serf: Serf<Uint8Array> | undefined,
  socket: Socket,
  options: ServerOptions,
  turns: Turns,
): Observable<PeerEvent> {
  return new Observable((subscriber) => {
    new PeerSession(serf, socket, options, turns, subscriber);
  });
}

export function nobodyToServe(): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', 'give a Serf to serve, or the option authenticate');
}
