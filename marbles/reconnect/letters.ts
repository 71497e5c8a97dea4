import { filter, map, type Observable } from 'rxjs';
import type { ConnectionStatus } from 'rxserf';
import { failure, refuse, request, SOON } from '../kit/index.ts';

export const HERE = '127.0.0.1:7373';
export const KEYED = `${HERE}?AuthKey=s3cret`;
const NOTHING = new Uint8Array(0);

export const stubborn = { reconnect: { ...SOON, firstConnect: 'keep-trying' } } as const;

export const user = (seq: number) => request('stream', seq, { Type: 'user' });
export const event = (seq: number, name: string) =>
  request('event', seq, { Name: name, Payload: NOTHING, Coalesce: false });
export const hello = request('handshake', 0, { Version: 1 });
export const key = request('auth', 1, { AuthKey: 's3cret' });
export const wrongKey = refuse('auth', 'Invalid authentication token');

export const cut = new Error('ECONNRESET');
export const unreachable = failure('ConnectError', 'connect-failed');
export const unauthorized = failure('AuthenticationError', 'auth-invalid');

export const idle = { state: 'idle' };
export const connecting = (address: string, attempt = 1) => ({ state: 'connecting', address, attempt });
export const connected = (address: string) => ({ state: 'connected', address });
export const waiting = (address: string, attempt: number, retryAt: number, error: unknown) => {
  return { state: 'waiting', address, attempt, retryAt, error };
};

/** The names of the addresses that are tried. */
export function tried(status$: Observable<ConnectionStatus>) {
  return status$.pipe(
    filter((status) => status.state === 'connecting'),
    map(({ address }) => address.replace(/:.*/, '')),
  );
}
