import { realpath, stat } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join, sep } from 'node:path';
import { fileHandler, filePath } from '../http/static-files.ts';

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
    staticDir === undefined ? undefined : fileHandler(staticDir, { dev: true, etag: true, extensions: [] });
  return (request: IncomingMessage, response: ServerResponse): void => {
    const path = filePath(request.url);
    if (request.method !== 'GET' && request.method !== 'HEAD') refuse(response, 405, { Allow: 'GET, HEAD' });
    else if (path === '/' && indexPath !== null) refuse(response, 302, { Location: indexPath });
    else if (!send || staticDir === undefined || path === undefined) refuse(response, 404);
    else {
      find(staticDir, path, (found) => {
        if (found === 'file') send(request, response, (status) => refuse(response, status));
        else refuse(response, found === 'folder' ? 403 : 404);
      });
    }
  };
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
