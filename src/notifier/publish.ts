import { encodeWith } from '../codec.ts';
import { InvalidArgumentError } from '../errors.ts';
import { FRAME_OVERHEAD } from './calls/call-exchange.ts';
import { encodePublish, LONGEST_NAME } from './mesh/frames.ts';
import type { PublishReport } from './notifier.ts';
import type { NotifierSettings } from './options.ts';
import type { Directory } from './registrations/directory.ts';
import { type Id, idOf } from './registrations/match.ts';
import { pickSlice } from './registrations/pick-slice.ts';
import type { Publication, Route, RoutedRegistration } from './registrations/route.ts';
import type { Bucket } from './registrations/table.ts';

/** What is sent, once it has been checked and encoded. */
export function publicationOf(
  { codec, limits }: NotifierSettings,
  object: string,
  id: Id,
  command: string,
  args: unknown,
): Publication {
  nameOf('object', object);
  nameOf('command', command);
  const name = `${object} ${command}`;
  const payload = encodeWith(codec, args, name);
  const limit = limits.frameBytes - FRAME_OVERHEAD;
  const size = payload.length;
  if (size <= limit) return { object, id: idOf(id), command, payload };
  const message = `${name}: the arguments have ${size} bytes, of ${limit} at most (limits.frameBytes)`;
  throw new InvalidArgumentError('payload-too-large', message, { command: name, limit, size });
}

/** The name of an object or of a command, if it may be one. */
export function nameOf(what: string, name: string): string {
  if (typeof name === 'string' && name.length <= LONGEST_NAME) return name;
  throw new InvalidArgumentError(
    'invalid-argument',
    `${what} should be a text of at most ${LONGEST_NAME} characters, not ${String(name).slice(0, 60)}`,
  );
}

/** Counted, so that a route knows whether it has a publication already, without a set of routes for each. */
let publications = 0;

/**
 * Sends a publication to every notifier with full subscribers, once, and to that of one slice.
 *
 * @param lost called with the notifier for which there was no room
 */
export function publishTo(
  directory: Directory<RoutedRegistration>,
  publication: Publication,
  random: () => number,
  lost: (peer: string) => void,
): PublishReport {
  const { object, id, command, payload } = publication;
  const buckets = directory.of('notification').find(object, id, command);
  const slice = sliceWithRoom(buckets, random, lost);
  const mark = ++publications;
  const routes: Route[] = [];
  for (let i = 0; i < buckets.length; i++) {
    for (const { route } of (buckets[i] as Bucket<RoutedRegistration>).full) {
      if (route.publication === mark) continue;
      route.publication = mark;
      routes.push(route);
    }
  }
  let encoded: Uint8Array | undefined;
  const frame = () => {
    encoded ??= encodePublish(object, id, command, payload, true, undefined);
    return encoded;
  };
  let full = 0;
  for (let i = 0; i < routes.length; i++) {
    const route = routes[i] as Route;
    if (route.full) lost(route.id);
    else {
      full++;
      route.publish(publication, true, slice?.route === route ? slice.number : undefined, frame);
    }
  }
  // It goes along with what is for all at the same notifier.
  if (slice && slice.route.publication !== mark) slice.route.publish(publication, false, slice.number, frame);
  return { full, slice: slice?.route.id ?? null };
}

/** A slice that can be sent to; one for which there is no room gives way to another one. */
function sliceWithRoom(
  buckets: readonly Bucket<RoutedRegistration>[],
  random: () => number,
  lost: (peer: string) => void,
): RoutedRegistration | undefined {
  const first = pickSlice(buckets, random);
  if (!first?.route.full) return first;
  const other = pickSlice(buckets, random, ({ route }) => !route.full);
  if (!other) lost(first.route.id);
  return other;
}
