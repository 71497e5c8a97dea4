/**
 * For tests of Angular code that injects a cluster: a fake in its place, and what is rendered, in virtual time.
 *
 * @packageDocumentation
 */

export { provideFakeSerf } from './provide-fake-serf.ts';
export { rendered } from './rendered.ts';
