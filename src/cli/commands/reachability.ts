import { performance } from 'node:perf_hooks';
import type { Command } from 'commander';
import { concat, concatMap, defer, filter, map, type Observable, of, switchMap, tap } from 'rxjs';
import type { Member } from '../../model.ts';
import { type Client, withClient } from '../connection.ts';
import { FAILURE } from '../output/exit-codes.ts';
import { ndjson } from '../output/json.ts';
import { printable } from '../output/text.ts';
import { type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { run } from '../run.ts';

interface ReachabilityFlags extends RpcOptions {
  readonly verbose?: true;
  readonly json?: true;
}

/** Agents answer it by themselves: what it asks for is the acknowledgement. */
const PING = '_serf_ping';

export function addReachability(command: Command): void {
  withRpcOptions(command)
    .option('--verbose', 'every acknowledgement, and how long it took')
    .option('--json', 'a line of JSON')
    .action((flags: ReachabilityFlags) =>
      run(
        withClient(flags, (client) =>
          client
            .members()
            .pipe(switchMap((members) => (flags.json ? asJson : asText)(client, members, flags))),
        ),
      ),
    );
}

function asText(
  client: Client,
  members: readonly Member[],
  { verbose }: ReachabilityFlags,
): Observable<string> {
  const test = new Reachability(members);
  const started = performance.now();
  let last = started;
  return concat(
    of(`Total members: ${members.length}, live members: ${test.alive.size}`, 'Starting reachability test...'),
    acksOf(client).pipe(
      tap((from) => {
        last = performance.now();
        test.add(from);
      }),
      concatMap((from) => [
        ...(verbose ? [`\tAck from '${printable(from)}'`] : []),
        ...(test.acks.get(from) === 1 ? [] : [`Duplicate response from '${printable(from)}'`]),
      ]),
    ),
    defer(() => [
      ...(verbose
        ? [
            `Query time: ${seconds(performance.now() - started)} sec, time to last response: ${seconds(last - started)} sec`,
          ]
        : []),
      ...test.verdict(),
    ]),
  );
}

function asJson(client: Client, members: readonly Member[]): Observable<string> {
  const test = new Reachability(members);
  return concat(
    acksOf(client).pipe(
      tap((from) => test.add(from)),
      filter((_): _ is never => false),
    ),
    defer(() => {
      test.verdict();
      const { missing, unexpected, duplicates } = test;
      return of(
        ndjson({
          members: members.length,
          alive: test.alive.size,
          acks: test.acks.size,
          missing,
          unexpected,
          duplicates,
        }),
      );
    }),
  );
}

function acksOf(client: Client): Observable<string> {
  return client.query(PING, undefined, { requestAck: true }).pipe(
    filter(({ type }) => type === 'ack'),
    map(({ from }) => from),
  );
}

/** Who should have acknowledged, and who has. */
class Reachability {
  readonly alive: ReadonlySet<string>;
  readonly acks = new Map<string, number>();

  constructor(members: readonly Member[]) {
    this.alive = new Set(members.filter(({ status }) => status === 'alive').map(({ name }) => name));
  }

  add(from: string): void {
    this.acks.set(from, (this.acks.get(from) ?? 0) + 1);
  }

  get missing(): string[] {
    return [...this.alive].filter((name) => !this.acks.has(name)).sort();
  }

  get unexpected(): string[] {
    return [...this.acks.keys()].filter((name) => !this.alive.has(name)).sort();
  }

  get duplicates(): string[] {
    return [...this.acks]
      .filter(([, count]) => count > 1)
      .map(([name]) => name)
      .sort();
  }

  /** What came of it, in words; a test that is not passed is a failed command. */
  verdict(): string[] {
    const { missing, unexpected, duplicates } = this;
    if (missing.length + unexpected.length + duplicates.length > 0) process.exitCode = FAILURE;
    const lines =
      duplicates.length > 0 ? ['Nodes have answered more than once: two may have the same name.'] : [];
    if (missing.length > 0)
      lines.push(
        'Received less acks than live nodes! Missing acks from:',
        ...missing.map(tabbed),
        ...TROUBLE,
      );
    if (unexpected.length > 0)
      lines.push(
        'Received more acks than live nodes! Acks from non-live nodes:',
        ...unexpected.map(tabbed),
        ...TROUBLE,
      );
    return lines.length > 0 ? lines : ['Successfully contacted all live nodes'];
  }
}

const TROUBLE = [
  'Look at the gossip port between them, UDP and TCP, and whether they have just failed or come.',
];

function tabbed(name: string): string {
  return `\t${printable(name)}`;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(2);
}
