/**
 * For tests of code that takes a Serf client: marbles in virtual time, and a fake to drive by hand. Works in any test
 * runner.
 *
 * @packageDocumentation
 */
export type { AssertDeepEqual } from './assert-equal.ts';
export { ack, member, memberEvent, response, userEvent } from './builders.ts';
export type { ExpectedRequest } from './expected-commands.ts';
export { failure, type Matcher } from './failure.ts';
export { type FakeSerf, type FakeSerfOptions, fakeSerf } from './fake-serf.ts';
export type { SerfSurface } from './fake-surface.ts';
export { queryEvent } from './query-event.ts';
export type {
  FakeAnswer,
  FakeAnswers,
  FakeRepliesTo,
  FakeReply,
  FakeReplyKey,
  FakeRequestFor,
} from './replies.ts';
export type { FakeArguments, FakeCommand, FakeRequest } from './requests.ts';
export { type SerfMarbles, type SerfMarblesOptions, serfMarbles } from './serf-marbles.ts';
export { SerfTestError } from './serf-test-error.ts';
