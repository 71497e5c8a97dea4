import { realpath, stat } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, sep } from 'node:path';
import sirv from 'sirv';

/** What is served besides the WebSocket. */
export interface StaticFilesOptions {
  /** The folder whose files are served; `undefined`: none. */
  readonly staticDir: string | undefined;
  /** Where `/` leads; `null`: nowhere. */
  readonly indexPath: string | null;
}

/**
 * Answers requests for files:
 *
 * | request | answer |
 * | --- | --- |
 * | `/` | 302 to `indexPath`; without one 403, or 404 where there is no folder |
 * | a file in the folder | 200, or 304 |
 * | a folder | 403 |
 * | anything else: no such file, `..` in any spelling, a link that leads out of the folder, a name that begins with a dot | 404 |
 * | another method than GET and HEAD | 405 |
 */
export function staticFiles({ staticDir, indexPath }: StaticFilesOptions) {
  const send =
    staticDir === undefined ? undefined : sirv(staticDir, { dev: true, etag: true, extensions: [] });
  return (request: IncomingMessage, response: ServerResponse): void => {
    const path = pathOf(request.url);
    if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405, { Allow: 'GET, HEAD' });
    else if (path === '/' && indexPath !== null) refuse(response, 302, { Location: indexPath });
    else if (!send || staticDir === undefined || path === undefined) refuse(response, 404);
    else {
      find(staticDir, path, (found) => {
        if (found === 'file') sendFile(send, request, response);
        else refuse(response, found === 'folder' ? 403 : 404);
      });
    }
  };
}

/** The path of a request as a file may have it; none for one that no file here has. */
function pathOf(url = ''): string | undefined {
  try {
    const path = decodeURI(url.split(/[?#]/, 1)[0] as string);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a zero byte is what is looked for.
    return /^(?!.*(?:\x00|\\|\/\.|\/\/))\//s.test(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** What there is at a path, wherever links lead. */
function find(folder: string, path: string, found: (what: 'file' | 'folder' | undefined) => void): void {
  realpath(folder, (noFolder, root) => {
    if (noFolder) return found(undefined);
    realpath(join(folder, path), (missing, real) => {
      if (missing || !`${real}${sep}`.startsWith(`${root}${sep}`)) return found(undefined);
      stat(real, (gone, facts) => {
        if (gone) found(undefined);
        else if (facts.isFile()) found(path.endsWith('/') ? undefined : 'file');
        else found(facts.isDirectory() ? 'folder' : undefined);
      });
    });
  });
}

function sendFile(send: ReturnType<typeof sirv>, request: IncomingMessage, response: ServerResponse): void {
  // It opens a range that ends before it begins, and throws.
  const [, start, end] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(request.headers.range ?? '') ?? [];
  if (start === undefined || (end && Number(end) < Number(start))) delete request.headers.range;
  // It lets a file that cannot be read end the process, and one that nobody waits for any more stay open.
  response.once('pipe', (file) => {
    file.once('error', () => response.destroy());
    response.once('close', () => (file as unknown as { destroy(): void }).destroy());
  });
  response.setHeader('X-Content-Type-Options', 'nosniff');
  send(request, response, () => refuse(response, 404));
}

const TEXTS: Readonly<Record<number, string>> = {
  302: 'Found',
  400: 'Bad Request: this is a WebSocket',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  421: 'Misdirected Request',
  503: 'Service Unavailable',
};

/** Answers without a file. */
export function refuse(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = `${status}: ${TEXTS[status] ?? ''}`;
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': text.length,
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  });
  response.end(text);
}
