import { failure } from './marbles.ts';
import { request } from './sent.ts';

// What many stories have a letter for.

/** The first request of a client that listens to user events; and that to stop it. */
export const user = request('stream', 1, { Type: 'user' });
export const stop = request('stop', 2, { Stop: 1 });

/** How requests fail. */
export const closed = failure('ClosedError', 'closed');
export const lost = failure('ConnectionLostError', 'connection-lost', { outcome: 'unknown' });
export const timedOut = failure('RequestTimeoutError', 'request-timeout');

/** The states of `status$`. */
export const states = { c: 'connecting', y: 'connected', d: 'closed', w: 'waiting', i: 'idle' };
