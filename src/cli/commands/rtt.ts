import type { Command } from 'commander';
import { defer, forkJoin, map, type Observable, of, switchMap } from 'rxjs';
import { roundTrip } from '../../embedded/gossip/coordinates.ts';
import { SerfError } from '../../errors.ts';
import type { Coordinate } from '../../model.ts';
import { type Client, withClient } from '../connection.ts';
import { ndjson } from '../output/json.ts';
import { printable } from '../output/text.ts';
import { type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { run } from '../run.ts';

export function addRtt(command: Command): void {
  withRpcOptions(command)
    .argument('<node1>', "a member's name")
    .argument('[node2]', "another one's; without it, the agent's own")
    .option('--json', 'a line of JSON')
    .action((node1: string, node2: string | undefined, { json, ...rpc }: RpcOptions & { json?: true }) =>
      run(
        withClient(rpc, (client) =>
          (node2 === undefined ? ownName(client) : of(node2)).pipe(
            switchMap((other) =>
              forkJoin([coordinateOf(client, node1), coordinateOf(client, other)]).pipe(
                map(([a, b]) => describe(node1, other, roundTrip(a, b), json)),
              ),
            ),
          ),
        ),
      ),
    );
}

function ownName(client: Client): Observable<string> {
  return client.stats().pipe(map((stats) => stats.agent?.name ?? ''));
}

function coordinateOf(client: Client, node: string): Observable<Coordinate> {
  return defer(() => client.coordinate(node)).pipe(
    map((coordinate) => {
      if (coordinate) return coordinate;
      throw new SerfError('agent-error', `could not find a coordinate for node ${JSON.stringify(node)}`);
    }),
  );
}

function describe(node1: string, node2: string, rtt: number, json: true | undefined): string {
  return json
    ? ndjson({ node1, node2, rtt })
    : `Estimated ${printable(node1)} <-> ${printable(node2)} rtt: ${rtt.toFixed(3)} ms`;
}
