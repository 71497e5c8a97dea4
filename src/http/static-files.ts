import type { IncomingMessage, ServerResponse } from 'node:http';
import sirv, { type Options } from 'sirv';

/** Answers a request for a file; where there is none, `none` answers: 405 for a method that no file has, else 404. */
export type FileHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  none: (status: 404 | 405) => void,
) => void;

/**
 * Serves the files of a folder by the library `sirv`, and keeps from it what it has no answer for: paths of which no file is
 * (`..` in any spelling, zero bytes, names that begin with a dot), other methods than GET and HEAD, ranges that end before they begin, a
 * file that is gone or cannot be read, a client that goes while a file is sent.
 *
 * @param options as `sirv` has them
 */
export function fileHandler(dir: string, options: Options): FileHandler {
  const send = sirv(dir, options);
  return (request, response, none) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return none(405);
    if (filePath(request.url) === undefined) return none(404);
    // It opens a range that ends before it begins, and throws.
    const [, start, end] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(request.headers.range ?? '') ?? [];
    if (start === undefined || (end && Number(end) < Number(start))) delete request.headers.range;
    // It lets a file that cannot be read end the process, and one that nobody waits for any more stay open.
    response.once('pipe', (file) => {
      file.once('error', () => response.destroy());
      response.once('close', () => (file as unknown as { destroy(): void }).destroy());
    });
    response.setHeader('X-Content-Type-Options', 'nosniff');
    send(request, response, () => none(404));
  };
}

/** The path of a request as a file may have it, decoded; `undefined` for one that no file here has. */
export function filePath(url = ''): string | undefined {
  try {
    const path = decodeURI(url.split(/[?#]/, 1)[0] as string);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a zero byte is what is looked for.
    return /^(?!.*(?:\x00|\\|\/\.|\/\/))\//s.test(path) ? path : undefined;
  } catch {
    return undefined;
  }
}
