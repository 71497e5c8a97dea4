/** Operators for pipelines of Serf events, members and replies. */
export { type BufferBoundedOptions, bufferBounded, type Overflow } from './buffer-bounded.ts';
export { type MemberChange, memberChanges } from './member-changes.ts';
