import { request } from '../kit/index.ts';

export const handshake = request('handshake', 0, { Version: 1 });
export const auth = request('auth', 1, { AuthKey: 's3cret' });
export const KEYED = '127.0.0.1:7373?AuthKey=s3cret';
export const NOBODY = '127.0.0.1:7371,127.0.0.2:7372';
