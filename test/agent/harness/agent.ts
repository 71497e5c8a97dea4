/**
 * Real `serf` agents for tests: this file is the door, what it exports is all a test needs.
 *
 *     describeAgent('members', () => {
 *       afterAll(stopAll);
 *       test('…', async () => {
 *         const agent = await startAgent({ name: 'n1', tags: { role: 'web' } });
 *         …
 *       });
 *     });
 */
export { describeAgent, serfAvailable } from './availability.ts';
export { type ClusterOptions, startCluster, startThreeNodes } from './cluster.ts';
export { type EventuallyOptions, eventually } from './eventually.ts';
export { listening } from './listening.ts';
export { closing, endOf, failureOf, replayed, settled } from './observing.ts';
export { freePorts } from './ports.ts';
export { type RawConnection, type RawTarget, rawConnection } from './raw-connection.ts';
export { recorded } from './recorded.ts';
export {
  type ReceivedFrame,
  type RecordingSockets,
  recordingSockets,
  type SentRequest,
} from './recording-sockets.ts';
export { stopAll } from './running.ts';
export { startAgent } from './start-agent.ts';
export { recordTranscript } from './transcript.ts';
export type { Agent, AgentOptions, CliResult } from './types.ts';
