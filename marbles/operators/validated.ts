import { SerfError, type StandardIssue, type StandardResult, type StandardSchema } from 'rxserf';
import { ack, failure, memberEvent, queryEvent, response, userEvent } from 'rxserf/testing';

const gap = { event: 'gap', cause: 'reconnect', address: '127.0.0.1:7373', away: 7 } as const;
export const payloadError = new SerfError('payload-undecodable', 'no JSON');

/** A schema made by hand. */
export function schemaOf<Output>(
  validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>,
): StandardSchema<unknown, Output> {
  return { '~standard': { version: 1, vendor: 'rxserf-test', validate } };
}

export const issue: StandardIssue = { message: 'expected a number', path: ['version'] };
export const invalid = failure('payload-invalid', {
  name: 'SerfError',
  message: 'the payload does not fit the schema: version: expected a number',
  cause: { issues: [issue] },
});

export const received = {
  a: userEvent('deploy', { version: 1 }, { ltime: 7 }),
  b: userEvent('deploy', { version: 'one' }),
  e: { ...userEvent('deploy', undefined), payloadError, rawPayload: Uint8Array.of(1) },
  q: queryEvent('load', { version: 2 }),
  r: response('n1', { version: 3 }),
  s: response('n1', 'fine'),
  k: ack('n1'),
  m: memberEvent('member-join', 'n1'),
  g: gap,
};
export const validated = {
  ...received,
  a: userEvent('deploy', 2, { ltime: 7 }),
  b: { ...userEvent('deploy', undefined), payloadError: invalid },
  q: { ...received.q, payload: 3 },
  r: response('n1', 4),
  s: { ...response('n1', undefined), payloadError: invalid },
};
