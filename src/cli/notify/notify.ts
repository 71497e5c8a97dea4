import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { InvalidArgumentError as InvalidValue, Option } from 'commander';
import {
  concat,
  defer,
  EMPTY,
  finalize,
  forkJoin,
  ignoreElements,
  map,
  mergeMap,
  type Observable,
  take,
  takeUntil,
} from 'rxjs';
import { json, msgpack } from '../../codec.ts';
import { InvalidArgumentError } from '../../errors.ts';
import type { AnyApi, KnownRegistration, Notifier, NotifierPeer } from '../../notifier/notifier.ts';
import { notify } from '../../notifier/notify.ts';
import { hashId, type Id, type Match } from '../../notifier/registrations/match.ts';
import type { TlsOptions } from '../../socket/tls-options.ts';
import { tlsOf, withClient } from '../connection.ts';
import { FAILURE } from '../output/exit-codes.ts';
import { ndjson } from '../output/json.ts';
import { stop$ } from '../output/output.ts';
import { printable } from '../output/text.ts';
import { goDuration, integer } from '../parse.ts';
import { execute } from '../respond/execute.ts';
import { type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { run, runToTheEnd } from '../run.ts';

interface Flags extends RpcOptions {
  readonly id?: string;
  readonly keyFile?: string;
  readonly peerTlsCa?: string;
  readonly peerTlsCert?: string;
  readonly peerTlsKey?: string;
  readonly peerTlsName?: string;
  readonly codec: 'json' | 'msgpack';
  readonly insecure?: true;
  readonly json?: true;
}

interface ListenFlags extends Flags {
  readonly host?: string;
  readonly port?: number;
  readonly slice?: number;
}

/** How much a command may write as its answer, in bytes. */
const ANSWER_BYTES = 16 * 1024 * 1024;

/** `rxserf notify`: for scripts, and for looking at what is registered where. */
export function addNotify(command: Command): void {
  withNotifyOptions(command.command('publish').description('publish to all subscribers, and to one slice'))
    .argument('<object>')
    .argument('<id>', 'an integer, or text:NAME', idOf)
    .argument('<command>')
    .argument('[args]', 'JSON, or a text')
    .action((object: string, id: Id, name: string, args: string | undefined, flags: Flags) =>
      run(
        withNotifier(flags, { listen: false }, (notifier) =>
          notifier.publish(object, id, name, payloadOf(args)).pipe(
            map((report) => {
              if (flags.json) return ndjson(report);
              const slice = report.slice === null ? 'no slice' : `the slice ${printable(report.slice)}`;
              return `Published to ${report.full} notifiers in full, and to ${slice}`;
            }),
          ),
        ),
      ),
    );
  withNotifyOptions(
    command.command('call').description('call all handlers, and one slice; 1 if any has failed'),
  )
    .argument('<object>')
    .argument('<id>', 'an integer, or text:NAME', idOf)
    .argument('<command>')
    .argument('[args]', 'JSON, or a text')
    .option('--timeout <time>', 'how long answers may take, such as 15s', goDuration, 10_000)
    .action(
      (object: string, id: Id, name: string, args: string | undefined, flags: Flags & { timeout: number }) =>
        run(
          withNotifier(flags, { listen: false }, (notifier) =>
            notifier.call(object, id, name, payloadOf(args), { timeout: flags.timeout }).pipe(
              map(({ from, value, error }) => {
                if (error) process.exitCode = FAILURE;
                if (flags.json) return ndjson(error ? { from, error } : { from, value });
                const said = error ? `failed: ${error.message}` : textOf(value);
                return `Answer from '${printable(from)}': ${printable(said)}`;
              }),
            ),
          ),
        ),
    );
  withListenOptions(withNotifyOptions(command.command('subscribe').description('print what is published')))
    .argument('<object>')
    .argument('<match>', 'an id, MASK/VALUE, or all', matchOf)
    .argument('<command>')
    .action((object: string, match: Match, name: string, flags: ListenFlags) =>
      runToTheEnd(
        withNotifier(flags, {}, (notifier) =>
          notifier.notifications(object, match, name, sliceOf(flags)).pipe(
            takeUntil(stop$),
            map(({ id, from, args, payloadError }) => {
              if (flags.json) return ndjson({ object, id, command: name, from, args, error: payloadError });
              const said = payloadError ? payloadError.message : textOf(args);
              return `${id} from '${printable(from)}': ${printable(said)}`;
            }),
          ),
        ),
      ),
    );
  withListenOptions(
    withNotifyOptions(command.command('serve').description('answer calls by a command, or with a value')),
  )
    .argument('<object>')
    .argument('<match>', 'an id, MASK/VALUE, or all', matchOf)
    .argument('<command>')
    .argument(
      '[exec...]',
      'a program and its arguments: it gets the arguments as JSON, and writes the answer',
    )
    .option('--answer <value>', 'the answer, JSON or a text')
    .action(
      (
        object: string,
        match: Match,
        name: string,
        exec: string[],
        flags: ListenFlags & { answer?: string },
      ) =>
        runToTheEnd(
          withNotifier(flags, {}, (notifier) =>
            serving(notifier, object, match, name, exec, flags).pipe(takeUntil(stop$)),
          ),
        ),
    );
  withNotifyOptions(
    command.command('peers').description('list the notifiers there are, and what they have registered'),
  ).action((flags: Flags) =>
    run(withNotifier(flags, { listen: false }, (notifier) => listing(notifier, flags))),
  );
}

function withNotifyOptions(command: Command): Command {
  return withRpcOptions(command)
    .option('--id <id>', 'by which the others know this one (default: random)')
    .option('--key-file <file>', 'the key that all share (env: RXSERF_NOTIFY_KEY)')
    .addOption(
      new Option('--codec <name>', 'how arguments are encoded')
        .choices(['json', 'msgpack'])
        .default('msgpack'),
    )
    .option('--peer-tls-ca <file>', 'authorities of the other notifiers’ certificates, PEM')
    .option('--peer-tls-cert <file>', 'certificate to show to them, PEM')
    .option('--peer-tls-key <file>', 'its key, PEM')
    .option('--peer-tls-name <name>', 'the name that their certificates are for (default: the address)')
    .option('--insecure', 'connect beyond this machine without TLS')
    .option('--json', 'a line of JSON for each thing');
}

function withListenOptions(command: Command): Command {
  return command
    .option('--host <address>', 'where to listen (default: 127.0.0.1)')
    .option('--port <n>', 'on which port (default: any)', integer(0, 65_535))
    .option('--slice <weight>', 'take part as a slice: one of all is chosen by weight', weightOf);
}

/** Work with a notifier that is closed when the work has ended, and its client after it. */
function withNotifier<T>(
  flags: ListenFlags,
  { listen = true }: { readonly listen?: boolean },
  work: (notifier: Notifier<AnyApi>) => Observable<T>,
): Observable<T> {
  return withClient(flags, (client) =>
    defer(() => {
      const { id, host, port, insecure = false } = flags;
      const key = keyOf(flags);
      const tls = peerTlsOf(flags);
      const notifier = notify(client, {
        listen,
        insecure,
        codec: flags.codec === 'json' ? json() : msgpack(),
        ...(id !== undefined && { id }),
        ...(key !== undefined && { key }),
        ...(tls && { tls }),
        ...(host !== undefined && { host }),
        ...(port !== undefined && { port }),
      });
      // The client is closed by whoever has made it, when the tag has been taken back.
      const closed$ = defer(() => notifier.close()).pipe(mergeMap(() => EMPTY));
      return concat(work(notifier), closed$).pipe(finalize(() => void notifier.close()));
    }),
  );
}

function keyOf({ keyFile }: Flags): string | undefined {
  if (keyFile === undefined) return process.env['RXSERF_NOTIFY_KEY'] || undefined;
  try {
    return readFileSync(keyFile, 'utf8').trim();
  } catch (cause) {
    throw new InvalidArgumentError('invalid-argument', `--key-file: ${(cause as Error).message}`, { cause });
  }
}

/** TLS between notifiers; `--tls-…` is that to the agent. */
function peerTlsOf({ peerTlsCa, peerTlsCert, peerTlsKey, peerTlsName }: Flags): TlsOptions | undefined {
  const tls = tlsOf('--peer-tls', { ca: peerTlsCa, cert: peerTlsCert, key: peerTlsKey });
  return peerTlsName === undefined ? tls : { ...tls, servername: peerTlsName };
}

function serving(
  notifier: Notifier<AnyApi>,
  object: string,
  match: Match,
  name: string,
  [program, ...args]: readonly string[],
  flags: ListenFlags & { readonly answer?: string },
): Observable<string> {
  if ((program === undefined) === (flags.answer === undefined))
    throw new InvalidArgumentError('invalid-argument', 'serve: give either a program behind --, or --answer');
  const answer = (call: { readonly id: Id; readonly args: unknown; readonly from: string }) => {
    if (program === undefined) return payloadOf(flags.answer);
    const environment = {
      NOTIFY_OBJECT: object,
      NOTIFY_ID: String(call.id),
      NOTIFY_COMMAND: name,
      NOTIFY_FROM: call.from,
    };
    const input = Buffer.from(ndjson({ args: call.args }).slice('{"args":'.length, -1) || 'null');
    return execute({ command: program, args, environment, input, outputBytes: ANSWER_BYTES }).pipe(
      map((output) => payloadOf(Buffer.from(output).toString('utf8').trim())),
    );
  };
  return notifier.serve(object, match, name, answer, sliceOf(flags)).pipe(
    map((event) => {
      if (flags.json) return ndjson(event);
      const why =
        'error' in event ? `: ${printable(String((event.error as Error)?.message ?? event.error))}` : '';
      return `${event.id} from '${printable(event.from)}' ${event.type}${why}`;
    }),
  );
}

function listing(notifier: Notifier<AnyApi>, { json: asJson }: Flags): Observable<string> {
  // A call waits until it is known who is there; this one is for nobody.
  const ready$ = notifier.calls('', [0], '');
  const now$ = forkJoin([notifier.peers$.pipe(take(1)), notifier.registrations$.pipe(take(1))]);
  return concat(ready$.pipe(ignoreElements()), now$).pipe(
    mergeMap(([peers, registrations]) =>
      peers.flatMap((peer) => {
        const own = registrations.filter((each) => each.peer === peer.id);
        if (asJson) return [ndjson({ ...peer, registrations: own })];
        return [peerLine(peer), ...own.map(registrationLine)];
      }),
    ),
  );
}

function peerLine({ id, node, state, error }: NotifierPeer): string {
  const why = error ? ` (${printable(error.message)})` : '';
  return `${printable(id)}  ${printable(node)}  ${state}${why}`;
}

function registrationLine({ kind, object, command, match, slice }: KnownRegistration): string {
  const what = kind === 'call' ? 'serves' : 'subscribes';
  const ids = match.mask === -1 ? `${match.value}` : `${match.mask}/${match.value}`;
  const how = slice === undefined ? '' : `  slice ${slice}`;
  return `  ${what}  ${printable(object)} ${ids} ${printable(command)}${how}`;
}

function sliceOf({ slice }: ListenFlags): { readonly slice?: number } {
  return slice === undefined ? {} : { slice };
}

/** JSON, or what is none as a text. */
function payloadOf(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ndjson({ value }).slice('{"value":'.length, -1);
}

function idOf(text: string): Id {
  if (text.startsWith('text:')) return hashId(text.slice('text:'.length));
  if (/^-?\d{1,20}$/.test(text)) return BigInt(text);
  throw new InvalidValue('Write an integer, or text:NAME.');
}

function matchOf(text: string): Match {
  if (text === 'all') return { mask: 0, value: 0 };
  const [mask = '', value] = text.split('/');
  return value === undefined ? idOf(mask) : { mask: idOf(mask), value: idOf(value) };
}

function weightOf(text: string): number {
  const weight = Number(text);
  if (text === '' || !(weight >= 0)) throw new InvalidValue('Write a number from 0 up.');
  return weight;
}
