import { EMPTY, isObservable, map, NEVER, type Observable, startWith } from 'rxjs';
import { InvalidArgumentError } from '../../errors.ts';
import type { Discovered, Discovery, Instance } from './instance.ts';
import { isPeerId, placeOf } from './tags.ts';

/** Where notifiers are, told by hand: each with its id, or as `host:port`, which is its id then. */
export type InstanceList = readonly (Instance | string)[];

/** Notifiers that were named: a list, or lists that replace each other. Nobody is told anything. */
export class StaticDiscovery implements Discovery {
  readonly node = '';
  readonly discovered$: Observable<Discovered>;

  constructor(lists: InstanceList | Observable<InstanceList>) {
    const lists$ = isObservable(lists) ? lists : NEVER.pipe(startWith(lists));
    // What is wrong with the first one is told at the call.
    if (!isObservable(lists)) discoveredOf(lists);
    this.discovered$ = lists$.pipe(map(discoveredOf));
  }

  advertise(): Observable<Error | undefined> {
    return NEVER;
  }

  withdraw(): Observable<unknown> {
    return EMPTY;
  }

  forget(): Observable<unknown> {
    return EMPTY;
  }
}

function discoveredOf(list: InstanceList): Discovered {
  if (!Array.isArray(list)) throw invalid('the instances should be a list', list);
  return { instances: list.map(instanceOf).map((each) => ({ ...each, state: 'alive' })), badTags: [] };
}

function instanceOf(given: Instance | string): Instance {
  if (typeof given === 'string') {
    const place = placeOf(given);
    if (place?.host === undefined) throw invalid('an instance should be host:port', given);
    return { id: given, host: place.host, port: place.port };
  }
  const { id, host, port } = given ?? {};
  if (!isPeerId(id))
    throw invalid('the id of an instance should be 1 to 64 of A-Z a-z 0-9 . _ -, or host:port', id);
  if (typeof host !== 'string' || host === '')
    throw invalid('the host of an instance should be a text', host);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw invalid('the port of an instance should be 1 to 65535', port);
  return given;
}

function invalid(wanted: string, given: unknown): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', `${wanted}, not ${String(given)}`);
}
