import { ack, done, record, reply, request, response } from '../kit/index.ts';

const NOTHING = new Uint8Array(0);

/** The request of `query('load')`, where nothing else is said. */
export function load(seq: number, more: Record<string, unknown> = {}) {
  return request('query', seq, {
    Name: 'load',
    Payload: NOTHING,
    FilterNodes: [],
    FilterTags: {},
    RequestAck: false,
    RelayFactor: 0,
    Timeout: 0,
    ...more,
  });
}

/** What the agent says of a query, by letter; and what the client makes of it. */
export const answers = {
  q: reply('query'),
  a: record('query', ack('n1')),
  b: record('query', ack('n2')),
  r: record('query', response('n1')),
  s: record('query', response('n2')),
  d: record('query', done),
  t: reply('stop'),
};
export const replies = {
  a: { type: 'ack', from: 'n1' },
  b: { type: 'ack', from: 'n2' },
  r: { type: 'response', from: 'n1', payload: 'n1' },
  s: { type: 'response', from: 'n2', payload: 'n2' },
};
