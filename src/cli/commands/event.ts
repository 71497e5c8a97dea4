import type { Command } from 'commander';
import { map } from 'rxjs';
import { withClient } from '../connection.ts';
import { ndjson } from '../output/json.ts';
import { type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { run } from '../run.ts';

interface EventFlags extends RpcOptions {
  readonly coalesce: boolean;
  readonly json?: true;
}

export function addEvent(command: Command): void {
  withRpcOptions(command)
    .argument('<name>', 'the name of the event')
    .argument('[payload]', 'what it carries')
    .option('--coalesce', 'a later event of the same name may replace it', true)
    .option('--no-coalesce', 'every event is delivered')
    .option('--json', 'a line of JSON about the event')
    .action((name: string, payload: string | undefined, { coalesce, json, ...rpc }: EventFlags) =>
      run(
        withClient(rpc, (client) =>
          client
            .event(name, payload, { coalesce })
            .pipe(
              map(() =>
                json
                  ? ndjson({ event: 'user', name, payload: payload ?? '', coalesce })
                  : `Event '${name}' dispatched! Coalescing enabled: ${coalesce}`,
              ),
            ),
        ),
      ),
    );
}
