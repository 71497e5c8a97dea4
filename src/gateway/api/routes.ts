import { map, type Observable } from 'rxjs';
import { InvalidArgumentError } from '../../errors.ts';
import { readText } from '../../protocol/text.ts';
import type { Serf } from '../../serf.ts';
import { membersJson } from './json.ts';

/** What a request asks for, beyond its path. */
export interface ApiQuery {
  /** Its parameters, each once. */
  readonly parameters: ReadonlyMap<string, string>;
  /** The last part of the path where that is a name; else empty. */
  readonly name: string;
}

/** A place below `/api` that is read at once. */
interface Read {
  readonly path: RegExp;
  /** The parameters it has; `tag.` stands for each that begins so. */
  readonly parameters: readonly string[];
  /** What it is, as JSON; nothing: there is no such thing. */
  readonly read: (serf: Serf<Uint8Array>, query: ApiQuery) => Observable<string | undefined>;
}

/** A tag that members are asked for: `tag.role=web`. */
const TAG = 'tag.';

const READS: readonly Read[] = [
  {
    path: /^\/api\/members$/,
    parameters: ['status', 'name', TAG],
    read: (serf, { parameters }) => {
      const { status, name, ...tags } = Object.fromEntries(parameters);
      // No member has such a tag unless it says so: a table of any keys.
      const wanted = Object.entries(tags).map(([key, pattern]) => [key.slice(TAG.length), pattern] as const);
      const filter = {
        ...(status === undefined ? {} : { status }),
        ...(name === undefined ? {} : { name }),
        ...(wanted.length === 0 ? {} : { tags: Object.fromEntries(wanted) }),
      };
      const asked$ = parameters.size === 0 ? serf.members() : serf.members(filter);
      return asked$.pipe(map(membersJson));
    },
  },
  {
    path: /^\/api\/stats$/,
    parameters: [],
    read: (serf) => serf.stats().pipe(map((stats) => JSON.stringify(stats))),
  },
  {
    path: /^\/api\/coordinates\/([^/]+)$/,
    parameters: [],
    read: (serf, { name }) =>
      serf.coordinate(name).pipe(map((coordinate) => (coordinate ? JSON.stringify(coordinate) : undefined))),
  },
];

/** What a path and its query ask for; nothing where there is no such place. */
export type Route =
  | { readonly kind: 'read'; read(serf: Serf<Uint8Array>): Observable<string | undefined> }
  | { readonly kind: 'events'; readonly filter: string };

/** Whether a path is one of the API's. */
export function isApiPath(path: string): boolean {
  return path === '/api/events' || READS.some((read) => read.path.test(path));
}

/**
 * What is asked for.
 *
 * @param path one of the API's
 * @param search what follows the path, such as `?status=alive`
 * @throws `InvalidArgumentError` for a parameter that it has not, or has twice
 */
export function routeOf(path: string, search: string): Route {
  if (path === '/api/events') {
    const filter = parametersOf(search, ['filter']).get('filter');
    return { kind: 'events', filter: filter ?? '*' };
  }
  const found = READS.find((read) => read.path.test(path)) as Read;
  const parameters = parametersOf(search, found.parameters);
  const name = decoded(found.path.exec(path)?.[1] ?? '');
  return { kind: 'read', read: (serf) => found.read(serf, { parameters, name }) };
}

function parametersOf(search: string, known: readonly string[]): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [key, value] of new URLSearchParams(search)) {
    if (!known.some((each) => (each === TAG ? key.startsWith(TAG) && key !== TAG : key === each)))
      throw invalid(
        `there is no parameter ${JSON.stringify(key.slice(0, 100))}${known.length === 0 ? '' : `; there are ${known.map((each) => (each === TAG ? 'tag.NAME' : each)).join(', ')}`}`,
      );
    if (parameters.has(key)) throw invalid(`the parameter ${key.slice(0, 100)} is there twice`);
    parameters.set(key, value);
  }
  return parameters;
}

/** A part of a path as the text that it stands for; bytes that are not UTF-8 as they are in a member's name. */
function decoded(part: string): string {
  const bytes: number[] = [];
  for (const [, hex, text] of part.matchAll(/%([0-9a-f]{2})|([^%]+|%)/gi)) {
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else bytes.push(...Buffer.from(text as string));
  }
  return readText(Uint8Array.from(bytes), 0, bytes.length);
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', message);
}
