import { randomBytes } from 'node:crypto';
import { type Command, Option } from 'commander';
import { catchError, concat, concatMap, defer, from, map, type Observable, of } from 'rxjs';
import { AgentError } from '../../errors.ts';
import type { KeyReport } from '../../key-report.ts';
import { type Client, withClient } from '../connection.ts';
import { hideArguments, keyOfFile, typedKey } from '../key.ts';
import { ndjson } from '../output/json.ts';
import { type Line, paint, span, table } from '../output/line.ts';
import { note, print } from '../output/output.ts';
import { printable } from '../output/text.ts';
import { type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { run } from '../run.ts';

interface KeysFlags extends RpcOptions {
  readonly install?: string;
  readonly use?: string;
  readonly remove?: string;
  readonly list?: true;
  readonly json?: true;
}

/** What is done with a key, and what `serf` says before and after. */
interface Deed {
  readonly about: string;
  readonly before: string;
  readonly after: string;
  readonly request: (client: Client, key: string) => Observable<KeyReport>;
}

const DEEDS: Readonly<Record<'install' | 'use' | 'remove', Deed>> = {
  install: {
    about: 'all nodes can decrypt with it from now on',
    before: 'Installing key on all members...',
    after: 'Successfully installed key!',
    request: (client, key) => client.installKey(key),
  },
  use: {
    about: 'all nodes encrypt with it from now on',
    before: 'Changing primary key on all members...',
    after: 'Successfully changed primary key!',
    request: (client, key) => client.useKey(key),
  },
  remove: {
    about: 'no node has it any more',
    before: 'Removing key on all members...',
    after: 'Successfully removed key!',
    request: (client, key) => client.removeKey(key),
  },
};
const NAMES = Object.keys(DEEDS) as (keyof typeof DEEDS)[];

export function addKeys(command: Command): void {
  withRpcOptions(command);
  for (const name of NAMES)
    command.addOption(
      new Option(
        `--${name} <key>`,
        `${DEEDS[name].about}; @FILE: the key is in there; -: it is typed`,
      ).conflicts([...NAMES, 'list'].filter((other) => other !== name)),
    );
  command
    .option('--list', 'which keys there are, and how many nodes have each')
    .option('--json', 'a line of JSON for each key, or about the change')
    .action(async (flags: KeysFlags) => {
      if (flags.list) return run(withClient(flags, (client) => listing(client, flags.json)));
      const name = NAMES.find((each) => flags[each] !== undefined);
      if (!name) return command.error('error: give --install, --use, --remove or --list');
      const key = await keyGiven(`--${name}`, flags[name] as string);
      return run(withClient(flags, (client) => doing(DEEDS[name], client, key, flags.json)));
    });
}

export function addKeygen(command: Command): void {
  command.option('--json', 'a line of JSON').action(({ json }: { json?: true }) => {
    const key = randomBytes(32).toString('base64');
    print(json ? ndjson({ key }) : key);
  });
}

/** A gossip key is base64: neither of the signs can begin one. */
async function keyGiven(option: string, given: string): Promise<string> {
  if (given === '-') return typedKey('gossip key');
  if (given.startsWith('@')) return keyOfFile(option, given.slice(1));
  hideArguments();
  return given;
}

function listing(client: Client, json?: true): Observable<string | Line> {
  const report$ = client.listKeys().pipe(
    concatMap(({ keys, nodes }) => {
      const entries = Object.entries(keys);
      if (json) return from(entries.map(([key, count]) => ndjson({ key, nodes: count, of: nodes })));
      const rows = entries.map(([key, count]) => [span(printable(key)), span(`[${count}/${nodes}]`)]);
      return from(['==> Keys gathered, listing cluster keys...', '', ...table(rows)]);
    }),
    tellsWhoFailed(),
  );
  return json ? report$ : concat(begun(client, 'Asking all members for installed keys...'), report$);
}

function doing(
  { before, after, request }: Deed,
  client: Client,
  key: string,
  json?: true,
): Observable<string | Line> {
  const done$ = defer(() => request(client, key)).pipe(
    concatMap(({ nodes, responses, messages }) =>
      of(json ? ndjson({ nodes, responses, messages }) : `==> ${after}`),
    ),
    tellsWhoFailed(),
  );
  return json ? done$ : concat(begun(client, before), done$);
}

/** What `serf` says when it begins, which it does once the agent has let it in: so that is asked for first. */
function begun(client: Client, text: string): Observable<string> {
  return client.stats().pipe(map(() => `==> ${text}`));
}

/** Before the error itself, what each node had to say. */
function tellsWhoFailed<T>() {
  return (source$: Observable<T>): Observable<T> =>
    source$.pipe(
      catchError((error) => {
        const messages = error instanceof AgentError ? Object.entries(error.report?.messages ?? {}) : [];
        const rows = messages.map(([node, text]) => [
          span('failed:'),
          span(printable(node)),
          span(printable(text)),
        ]);
        for (const line of table(rows)) note(paint(line, false));
        throw error;
      }),
    );
}
