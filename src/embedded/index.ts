/**
 * Serf clusters in memory, for tests, demos and examples.
 *
 * @packageDocumentation
 */
export { EmbeddedCluster } from './embedded-cluster.ts';
export type { EmbeddedClusterOptions, EmbeddedNode } from './options.ts';
