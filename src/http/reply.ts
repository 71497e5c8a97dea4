import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { SECURITY_HEADERS } from './security-headers.ts';

/** Answers a request with a text, or with an object as JSON. */
export function reply(
  response: ServerResponse,
  status: number,
  body: string | object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const [type, text] =
    typeof body === 'string'
      ? ['text/plain; charset=utf-8', body]
      : ['application/json', JSON.stringify(body)];
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'Cache-Control': 'no-store',
    'Content-Type': type,
    ...headers,
  });
  response.end(text);
}

/** Whether a request only reads; any other method is refused. */
export function isRead({ method }: IncomingMessage, response: ServerResponse): boolean {
  if (method === 'GET' || method === 'HEAD') return true;
  reply(response, 405, `${STATUS_CODES[405]}\n`, { Allow: 'GET, HEAD' });
  return false;
}
