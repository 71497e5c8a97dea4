import type { Command } from 'commander';
import { identity, map, take } from 'rxjs';
import { withClient } from '../connection.ts';
import { clock, describeEvent } from '../output/describe.ts';
import { eventFields, record } from '../output/json.ts';
import { type Line, span } from '../output/line.ts';
import { integer } from '../parse.ts';
import { type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { run, runUntilStopped } from '../run.ts';

interface StreamFlags extends RpcOptions {
  readonly text?: true;
  readonly count?: number;
}

export function addStream(command: Command): void {
  withRpcOptions(command)
    .argument('[filter]', 'which events, such as user:deploy,query:load,member-failed', '*')
    .option('--count <n>', 'end after so many', integer(1, Number.MAX_SAFE_INTEGER))
    .option('--text', 'lines to read, not JSON')
    .option('--json', 'lines of JSON: so it is anyhow')
    .action((filter: string, { text, count, ...rpc }: StreamFlags) => {
      const lines$ = withClient(rpc, (client) =>
        client.stream(filter, { gaps: true }).pipe(
          map((event): string | Line =>
            text
              ? [span(`${clock(Date.now())}  `, 'dim'), ...describeEvent(event)]
              : record('event', eventFields(event)),
          ),
          count === undefined ? identity : take(count),
        ),
      );
      // One that is interrupted before its count has not done what it was asked.
      return count === undefined ? runUntilStopped(lines$) : run(lines$);
    });
}
