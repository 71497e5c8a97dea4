import type { Subscription } from 'rxjs';
import { ProtocolError } from '../../errors.ts';
import { Silence } from './idle-timeout.ts';
import type { PeerSession } from './peer-session.ts';

/** Hangs up on a peer that takes too long to introduce itself, until `work` is over. */
export function awaitGreeting(session: PeerSession, work: Subscription): void {
  const { handshakeTimeout, scheduler } = session.options;
  if (handshakeTimeout === 0) return;
  const late = () => {
    if (!session.manners.accepted) hangUp(session, 'not introduced itself', handshakeTimeout);
  };
  work.add(scheduler.schedule(late, handshakeTimeout));
}

/** Hangs up on a peer that is silent for too long and not `excused`, until `work` is over. */
export function watchSilence(
  session: PeerSession,
  excused: () => boolean,
  work: Subscription,
): Silence | undefined {
  const { idleTimeout, scheduler } = session.options;
  if (idleTimeout === 0) return undefined;
  const silence = new Silence(scheduler, idleTimeout, excused, () =>
    hangUp(session, 'asked for nothing', idleTimeout),
  );
  work.add(() => silence.end());
  return silence;
}

function hangUp(session: PeerSession, what: string, time: number): void {
  session.hangUp(new ProtocolError('peer-timeout', `the peer has ${what} in ${time} ms`));
}
