import type { SchedulerLike } from 'rxjs';
import { keyOf, nameOf, tableOf } from '../arguments.ts';
import { monotonicScheduler } from '../clock.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { Coordinate } from '../model.ts';
import { atLeast, duration } from '../options.ts';
import { MOST_NODES } from './addresses.ts';
import { DIMENSIONS } from './gossip/coordinates.ts';
import { tagsSize } from './gossip/message-size.ts';

/** A node of an {@link EmbeddedCluster}, as it is started. */
export interface EmbeddedNode {
  readonly name: string;
  /** A tag `dc` is the node's data centre, too: see `at`. @defaultValue none */
  readonly tags?: Readonly<Record<string, string>>;
  /** Whether it joins the cluster when it starts; one that does not is alone until somebody has it `join`. @defaultValue true */
  readonly join?: boolean;
  /**
   * Where the node is, for round-trip times: 8 dimensions, in seconds. @defaultValue made from the seed: nodes with one tag `dc`
   * about 1 ms from each other, and 20 to 70 ms from those of another `dc`; nodes without it within some ms
   */
  readonly at?: Coordinate;
}

/** An {@link EmbeddedNode} with every default in its place. */
export interface NodeSettings extends Required<Omit<EmbeddedNode, 'at'>> {
  readonly at: Coordinate | undefined;
}

/** Options of {@link EmbeddedCluster}. Times are in ms, sizes in bytes. */
export interface EmbeddedClusterOptions {
  /** How many (they are called `n1`, `n2`, …), or which: names, or names with tags. @defaultValue 1 */
  readonly nodes?: number | readonly (string | EmbeddedNode)[];
  /** Where all time comes from; a `TestScheduler` makes it virtual. @defaultValue `asyncScheduler`, on a clock that no change of the date moves */
  readonly scheduler?: SchedulerLike;
  /** What delays, coordinates and the like are made from; the same seed makes the same cluster. @defaultValue 1 */
  readonly seed?: number;
  /** The longest that news take to reach a node, in ms; 0: none at all. @defaultValue 50 */
  readonly gossipDelay?: number;
  /** How long it takes until somebody notices that a node is gone, in ms; then it is news. @defaultValue 500 */
  readonly failureDelay?: number;
  /** How long it takes until the sides of a partition that has been healed find each other, in ms. @defaultValue 500 */
  readonly reconnectDelay?: number;
  /** How long a node that leaves waits until all know it, in ms. @defaultValue 100 */
  readonly leaveDelay?: number;
  /** How long member events are held back at most to become one, in ms; 0: not at all. @defaultValue 30 (Serf's agent: 3,000) */
  readonly coalescePeriod?: number;
  /** How long no member event must come before those held back go on, in ms. @defaultValue 10 (Serf's agent: 1,000) */
  readonly quiescentPeriod?: number;
  /** The same as `coalescePeriod`, for user events that may coalesce. @defaultValue 30 (Serf's agent: 3,000) */
  readonly userCoalescePeriod?: number;
  /** The same as `quiescentPeriod`, for user events that may coalesce. @defaultValue 10 (Serf's agent: 1,000) */
  readonly userQuiescentPeriod?: number;
  /** How long a failed member is remembered before it is reaped, in ms. @defaultValue 86,400,000 (24 h, as Serf) */
  readonly reconnectTimeout?: number;
  /** How long a member that has left is remembered before it is reaped, in ms. @defaultValue 86,400,000 (24 h, as Serf) */
  readonly tombstoneTimeout?: number;
  /** What the time of queries without a timeout is computed from, in ms: 16 of these, times ⌈log₁₀(members + 1)⌉. @defaultValue 200 */
  readonly gossipInterval?: number;
  /** In bytes. @defaultValue 512 */
  readonly userEventSizeLimit?: number;
  /** In bytes. @defaultValue 1,024 */
  readonly querySizeLimit?: number;
  /** In bytes. @defaultValue 1,024 */
  readonly queryResponseSizeLimit?: number;
  /** The key that the nodes encrypt with (base64 of 16, 24 or 32 bytes). @defaultValue none: the cluster is not encrypted */
  readonly encryptKey?: string;
}

/** {@link EmbeddedClusterOptions} with every default in its place. */
export type ClusterSettings = Required<Omit<EmbeddedClusterOptions, 'nodes' | 'encryptKey'>> & {
  readonly nodes: readonly NodeSettings[];
  readonly encryptKey: string | undefined;
};

/** As Serf: no more bytes for all tags of a node. */
export const TAGS_LIMIT = 512;
/** As Serf's default for what is remembered of members that are gone. */
const A_DAY = 86_400_000;

/** Adds the defaults and checks what was given. */
export function withDefaults(options: EmbeddedClusterOptions): ClusterSettings {
  const { nodes = 1, scheduler = monotonicScheduler, seed = 1, encryptKey } = options;
  const time = (option: keyof EmbeddedClusterOptions, ms: number) =>
    duration(option, (options[option] as number | undefined) ?? ms);
  const size = (option: keyof EmbeddedClusterOptions, bytes: number) =>
    atLeast(option, 0, (options[option] as number | undefined) ?? bytes);
  return {
    nodes: nodesOf(nodes),
    scheduler,
    seed,
    encryptKey: encryptKey === undefined ? undefined : keyOf('install-key', encryptKey),
    gossipDelay: time('gossipDelay', 50),
    failureDelay: time('failureDelay', 500),
    reconnectDelay: time('reconnectDelay', 500),
    leaveDelay: time('leaveDelay', 100),
    coalescePeriod: time('coalescePeriod', 30),
    quiescentPeriod: time('quiescentPeriod', 10),
    userCoalescePeriod: time('userCoalescePeriod', 30),
    userQuiescentPeriod: time('userQuiescentPeriod', 10),
    reconnectTimeout: time('reconnectTimeout', A_DAY),
    tombstoneTimeout: time('tombstoneTimeout', A_DAY),
    gossipInterval: time('gossipInterval', 200),
    userEventSizeLimit: size('userEventSizeLimit', 512),
    querySizeLimit: size('querySizeLimit', 1_024),
    queryResponseSizeLimit: size('queryResponseSizeLimit', 1_024),
  };
}

function nodesOf(nodes: number | readonly (string | EmbeddedNode)[]): NodeSettings[] {
  if (typeof nodes !== 'number') return nodes.map(nodeOf);
  if (!Number.isInteger(nodes) || nodes < 0 || nodes > MOST_NODES) {
    throw misuse(`nodes should be a list, or an integer from 0 to ${MOST_NODES}, not ${nodes}`);
  }
  return Array.from({ length: nodes }, (_, index) => nodeOf(`n${index + 1}`));
}

/** Adds the defaults to one node and checks it. */
export function nodeOf(node: string | EmbeddedNode): NodeSettings {
  const { name, tags, join = true, at } = typeof node === 'string' ? { name: node } : (node as EmbeddedNode);
  const checked = {
    name: nameOf('join', 'a node’s name', name),
    tags: tableOf('tags', 'tags', tags),
    join,
    at: at === undefined ? undefined : placeOf(name, at),
  };
  if (tagsSize(checked.tags) <= TAGS_LIMIT) return checked;
  throw misuse(`the tags of ${JSON.stringify(name)} take more than ${TAGS_LIMIT} bytes`);
}

function placeOf(name: string, { vector, error, adjustment, height }: Coordinate): Coordinate {
  const numbers = Array.isArray(vector) ? [...vector, error, adjustment, height] : [];
  if (numbers.length === DIMENSIONS + 3 && numbers.every(Number.isFinite))
    return { vector: [...vector], error, adjustment, height };
  throw misuse(
    `at of ${JSON.stringify(name)} should be a coordinate: a vector of ${DIMENSIONS} numbers, error, adjustment and height`,
  );
}

export function misuse(message: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', message);
}
