/**
 * For tests of code that takes a Serf client: marbles in virtual time, and a fake to drive by hand. Works in any test
 * runner.
 *
 * @packageDocumentation
 */

export type { SerfSurface } from '../client/serf-client.ts';
export { ack, member, memberEvent, response, userEvent } from './builders.ts';
export type { AssertDeepEqual } from './equality/assert-equal.ts';
export { type FakeSerf, type FakeSerfOptions, fakeSerf } from './fake/fake-serf.ts';
export { queryEvent } from './fake/query-event.ts';
export type {
  FakeAnswer,
  FakeAnswers,
  FakeRepliesTo,
  FakeReply,
  FakeReplyKey,
  FakeRequestFor,
} from './fake/replies.ts';
export type { FakeArguments, FakeCommand, FakeRequest } from './fake/requests.ts';
export type { ExpectedRequest } from './marbles/expected-commands.ts';
export { failure, type Matcher } from './marbles/failure.ts';
export { type SerfMarbles, type SerfMarblesOptions, serfMarbles } from './marbles/serf-marbles.ts';
export { type Difference, SerfTestError } from './serf-test-error.ts';
