import { type Command, Option } from 'commander';
import { map, type Observable, switchMap } from 'rxjs';
import { binary } from '../../codec.ts';
import type { QueryEvent, Stats } from '../../model.ts';
import { respondWith } from '../../operators/respond-with.ts';
import { type Client, withClient } from '../connection.ts';
import { clock } from '../output/describe.ts';
import { record } from '../output/json.ts';
import { note } from '../output/output.ts';
import { printable } from '../output/text.ts';
import { goDuration, integer } from '../parse.ts';
import { type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { runUntilStopped } from '../run.ts';
import { execute } from './execute.ts';

interface RespondFlags extends RpcOptions {
  readonly exec: string;
  readonly execTimeout: number;
  readonly maxOutput: number;
  readonly concurrency: number;
  readonly json?: true;
}

type Query = QueryEvent<Uint8Array | undefined>;

/** How many queries may wait for their turn; the one that waits longest gives way. */
const WAITING = 64;

const BEHIND = 'What the command is given stands behind --: rxserf respond disk --exec df -- -h /';

export function addRespond(command: Command): void {
  withRpcOptions(command)
    .argument('<name>', 'of the queries that are answered; * for all')
    .argument('[args...]', 'of the command')
    .requiredOption('--exec <command>', 'what answers: its standard output is the answer; no shell reads it')
    .addOption(
      new Option('--exec-timeout <time>', 'how long it may take').argParser(goDuration).default(3_000, '3s'),
    )
    .option('--max-output <bytes>', 'how long an answer may be', integer(0, 1_048_576), 1_024)
    .option('--concurrency <n>', 'how many run at a time', integer(1, 1_000), 4)
    .option('--json', 'a line of JSON for each query that was answered')
    .addHelpText('after', `\n${BEHIND}`)
    .showHelpAfterError(`(${BEHIND})`)
    .action((name: string, args: string[], flags: RespondFlags) =>
      runUntilStopped(withClient(flags, (client) => responding(client, name, args, flags))),
    );
}

function responding(
  client: Client,
  name: string,
  args: readonly string[],
  flags: RespondFlags,
): Observable<string> {
  const { exec: command, execTimeout: timeout, maxOutput: outputBytes, concurrency, json } = flags;
  return client.stats().pipe(
    switchMap((stats) => {
      const self = environmentOf(stats);
      return client.stream(name === '*' ? 'query' : [`query:${name}`], { codec: binary() }).pipe(
        map((event) => event as Query),
        respondWith(
          (query) =>
            execute({
              command,
              args,
              environment: { ...self, SERF_QUERY_NAME: query.name, SERF_QUERY_LTIME: String(query.ltime) },
              input: query.payload ?? new Uint8Array(),
              outputBytes,
            }),
          {
            timeout,
            concurrency,
            capacity: WAITING,
            onError: (error, query) =>
              note(`${printable(query.name)}: ${printable((error as Error).message)}`),
          },
        ),
      );
    }),
    map(({ name, ltime }) =>
      json ? record('answered', { name, ltime }) : `${clock(Date.now())}  ${printable(name)} answered`,
    ),
  );
}

/** What an agent gives the event handlers that it runs itself. */
function environmentOf({ agent, tags }: Stats): Record<string, string> {
  const environment: Record<string, string> = {
    SERF_EVENT: 'query',
    SERF_SELF_NAME: agent?.name ?? '',
    SERF_SELF_ROLE: tags?.['role'] ?? '',
  };
  for (const [tag, value] of Object.entries(tags ?? {}))
    environment[`SERF_TAG_${tag.toUpperCase().replace(/[^A-Z0-9_]/g, '_')}`] = value ?? '';
  return environment;
}
