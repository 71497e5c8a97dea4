import { encodePublish } from './mesh/frames.ts';
import type { PublishReport } from './notifier.ts';
import type { Directory } from './registrations/directory.ts';
import { pickSlice } from './registrations/pick-slice.ts';
import type { Publication, Route, RoutedRegistration } from './registrations/route.ts';
import type { Bucket } from './registrations/table.ts';

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
