import { type Command, Option } from 'commander';
import { ignoreElements, map, merge, skipWhile, tap } from 'rxjs';
import type { LogLevel } from '../../serf.ts';
import { type Client, withClient } from '../connection.ts';
import { describeConnection } from '../output/describe.ts';
import { ndjson } from '../output/json.ts';
import { paint } from '../output/line.ts';
import { note } from '../output/output.ts';
import { printable } from '../output/text.ts';
import { type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { runUntilStopped } from '../run.ts';

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'err'];

interface MonitorOptions extends RpcOptions {
  readonly logLevel: LogLevel;
  readonly json?: true;
}

export function addMonitor(command: Command): void {
  withRpcOptions(command)
    .addOption(levelOption())
    .option('--json', 'a line of JSON for each log line')
    .action(({ logLevel, json, ...rpc }: MonitorOptions) =>
      runUntilStopped(
        withClient(rpc, (client) =>
          merge(
            client.monitor(logLevel).pipe(map((log) => (json ? ndjson({ log }) : printable(log)))),
            troubles(client),
          ),
        ),
      ),
    );
}

/** Levels in any case: `serf` takes WARN, too. */
function levelOption(): Option {
  const option = new Option('--log-level <level>', 'the least level to show').choices(LEVELS).default('info');
  const choose = option.parseArg as (text: string, previous: string) => string;
  return option.argParser((text, previous: string) => choose(text.toLowerCase(), previous));
}

/** Tells, beside the results, of a connection that is lost and of one that is there again. */
function troubles(client: Client) {
  return describeConnection(client.status$.pipe(skipWhile(({ state }) => state !== 'waiting'))).pipe(
    tap((line) => note(paint(line, false))),
    ignoreElements(),
  );
}
