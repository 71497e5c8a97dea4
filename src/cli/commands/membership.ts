import type { Command } from 'commander';
import { concatMap, map, of } from 'rxjs';
import { withClient } from '../connection.ts';
import { ndjson } from '../output/json.ts';
import { collect, keyValue } from '../parse.ts';
import { type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { run } from '../run.ts';

// What changes the membership of the agent or of another: a request, a line.

interface Flags extends RpcOptions {
  readonly json?: true;
}

export function addJoin(command: Command): void {
  withRpcOptions(command)
    .argument('<address...>', 'host:port of a member of the cluster, for gossip')
    .option('--replay', 'past user events are delivered, too')
    .option('--json', 'a line of JSON')
    .action((addresses: string[], { replay = false, json, ...rpc }: Flags & { replay?: boolean }) =>
      run(
        withClient(rpc, (client) =>
          client
            .join(addresses, { replay })
            .pipe(
              map((joined) =>
                json ? ndjson({ joined }) : `Successfully joined cluster by contacting ${joined} nodes.`,
              ),
            ),
        ),
      ),
    );
}

export function addLeave(command: Command): void {
  withRpcOptions(command)
    .option('--json', 'a line of JSON')
    .action(({ json, ...rpc }: Flags) =>
      run(
        withClient(rpc, (client) =>
          client.leave().pipe(map(() => (json ? ndjson({ left: true }) : 'Graceful leave complete'))),
        ),
      ),
    );
}

export function addForceLeave(command: Command): void {
  withRpcOptions(command)
    .argument('<name>', 'the member')
    .option('--prune', 'take it out of the list of members, too')
    .option('--json', 'a line of JSON')
    .action((node: string, { prune = false, json, ...rpc }: Flags & { prune?: boolean }) =>
      run(
        withClient(rpc, (client) =>
          client
            .forceLeave(node, { prune })
            .pipe(concatMap(() => (json ? of(ndjson({ node, prune })) : of()))),
        ),
      ),
    );
}

interface TagsFlags extends Flags {
  readonly set?: Readonly<Record<string, string>>;
  readonly delete?: readonly string[];
}

export function addTags(command: Command): void {
  withRpcOptions(command)
    .option('--set <key=value>', 'make a tag, or change it; may be repeated', keyValue)
    .option('--delete <key>', 'take a tag away; may be repeated', collect)
    .option('--json', 'a line of JSON')
    .action(({ set = {}, delete: gone = [], json, ...rpc }: TagsFlags, command: Command) => {
      if (Object.keys(set).length + gone.length === 0) command.error('error: give --set or --delete');
      return run(
        withClient(rpc, (client) =>
          client
            .tags({ set, delete: gone })
            .pipe(map(() => (json ? ndjson({ set, delete: gone }) : 'Successfully updated agent tags'))),
        ),
      );
    });
}
