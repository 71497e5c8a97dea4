/**
 * Operators for pipelines of Serf events, members and replies.
 *
 * @packageDocumentation
 */
export { acks } from './acks.ts';
export { becomes } from './becomes.ts';
export { type BufferBoundedOptions, bufferBounded, type Overflow } from './buffer-bounded.ts';
export { type CoalesceByNameOptions, coalesceByName } from './coalesce-by-name.ts';
export { type CollectedReplies, type CollectRepliesOptions, collectReplies } from './collect-replies.ts';
export { countByStatus } from './count-by-status.ts';
export { type Decoded, decodePayload } from './decode-payload.ts';
export { type DedupeEventsOptions, dedupeEvents } from './dedupe-events.ts';
export { firstResponse } from './first-response.ts';
export { fromNode } from './from-node.ts';
export { hasPayloadError } from './has-payload-error.ts';
export { type MemberChange, memberChanges } from './member-changes.ts';
export { membersBy } from './members-by.ts';
export type { MemberCarrier } from './members-in.ts';
export { type MergeAgentsOptions, mergeAgents } from './merge-agents.ts';
export { type Named, named } from './named.ts';
export { type EventKind, type OfEvent, ofEvent } from './of-event.ts';
export { ofStatus } from './of-status.ts';
export { oneAnswer } from './one-answer.ts';
export { type LogLine, parseLog } from './parse-log.ts';
export type {
  CarrierOf,
  PayloadCarrier,
  PayloadErrorOptions,
  PayloadOf,
  Received,
} from './payload-carrier.ts';
export { payloads } from './payloads.ts';
export { type AnswerTo, type RespondWithOptions, respondWith } from './respond-with.ts';
export { type ResponseOf, responses } from './responses.ts';
export { scanMembers } from './scan-members.ts';
export { type SettledOptions, settled } from './settled.ts';
export { type SettledAnswers, settledAnswers } from './settled-answers.ts';
export { type SinceLTimes, sinceLTime } from './since-ltime.ts';
export type { StandardIssue, StandardResult, StandardSchema } from './standard-schema.ts';
export {
  type Validated,
  type ValidatedQuery,
  type ValidatePayloadOptions,
  validatePayload,
} from './validate-payload.ts';
export { withTag } from './with-tag.ts';
