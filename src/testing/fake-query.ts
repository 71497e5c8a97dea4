import { countOf, flagOf, nameOf, nodesOf, payloadBytes, tableOf } from '../arguments.ts';
import type { Codec } from '../codec.ts';
import { duration } from '../options.ts';
import type { QueryOptions } from '../serf.ts';
import { type FakeRequest, request } from './requests.ts';

/** The request that a query is, checked as a client does. */
export function queryRequest<T>(
  name: string,
  payload: T | undefined,
  codec: Codec<T>,
  { filterNodes, filterTags, requestAck, relayFactor, timeout }: QueryOptions<T>,
): FakeRequest<'query'> {
  nameOf('query', 'the name', name);
  payloadBytes('query', codec, payload, Number.POSITIVE_INFINITY);
  return request('query', {
    name,
    payload,
    filterNodes: ifGiven(filterNodes, nodesOf),
    filterTags: ifGiven(filterTags, (tags) => tableOf('query', 'filterTags', tags)),
    requestAck: ifGiven(requestAck, (flag) => flagOf('query', 'requestAck', flag)),
    relayFactor: ifGiven(relayFactor, (count) => countOf('query', 'relayFactor', count ?? 0, 255)),
    timeout: ifGiven(timeout, (time) => duration('timeout', time)),
  });
}

/** Checked, whatever it is: a test that only looks at what is true would let `null` and `NaN` through. */
function ifGiven<V, R>(value: V | undefined, check: (value: V) => R): R | undefined {
  return value === undefined ? undefined : check(value);
}
