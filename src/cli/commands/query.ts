import type { Command } from 'commander';
import { concat, concatMap, defer, merge, type Observable, Subject, tap } from 'rxjs';
import type { QueryReply } from '../../model.ts';
import type { QueryOptions } from '../../serf.ts';
import { withClient } from '../connection.ts';
import { addFormatOptions } from '../format.ts';
import { ndjson, replyFields } from '../output/json.ts';
import { onTerminal } from '../output/output.ts';
import { serfJson } from '../output/serf-json.ts';
import { printable } from '../output/text.ts';
import { collect, goDuration, integer, keyValue } from '../parse.ts';
import { type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { run } from '../run.ts';

type Payload = string | undefined;

interface Flags extends RpcOptions {
  readonly node?: readonly string[];
  readonly tag?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  readonly ack: boolean;
  readonly relayFactor?: number;
  readonly format: 'text' | 'json';
  readonly json?: true;
}

export function addQuery(command: Command): void {
  addFormatOptions(withRpcOptions(command), 'a line of JSON for each reply, and one with the totals')
    .argument('<name>', 'the name of the query')
    .argument('[payload]', 'what is asked')
    .option('--node <name>', 'only this node answers; may be repeated', collect)
    .option('--tag <key=regexp>', 'only nodes with such a tag answer; may be repeated', keyValue)
    .option('--timeout <time>', 'how long nodes may answer, such as 15s (default: the agent’s)', goDuration)
    .option('--no-ack', 'nodes do not acknowledge the query')
    .option('--relay-factor <n>', 'over how many other nodes answers are sent, too', integer(0, 255))
    .action((name: string, payload: Payload, flags: Flags) => run(asking(name, payload, flags)));
}

function asking(name: string, payload: Payload, flags: Flags): Observable<string> {
  const report = flags.json ? LINES : flags.format === 'json' ? DOCUMENT : TEXT;
  return withClient(flags, (client) => {
    const replies: QueryReply<Payload>[] = [];
    const accepted$ = new Subject<string>();
    const onAccepted = () => {
      for (const line of report.accepted(name)) accepted$.next(line);
    };
    const replies$ = client.query(name, payload, { ...queryOptions(flags), onAccepted }).pipe(
      tap({ next: (reply) => replies.push(reply), finalize: () => accepted$.complete() }),
      concatMap((reply) => report.reply(reply)),
    );
    return concat(
      merge(accepted$, replies$),
      defer(() => report.end(replies, flags)),
    );
  });
}

/** What is printed when the agent has taken the query, of each reply, and at the end. */
interface Report {
  readonly accepted: (name: string) => string[];
  readonly reply: (reply: QueryReply<Payload>) => string[];
  readonly end: (replies: readonly QueryReply<Payload>[], flags: Flags) => string[];
}

const TEXT: Report = {
  accepted: (name) => [`Query '${printable(name)}' dispatched`],
  reply: (reply) => [describeReply(reply)],
  end: (replies, { ack }) => [
    ...(ack ? [`Total Acks: ${count(replies, 'ack')}`] : []),
    `Total Responses: ${count(replies, 'response')}`,
  ],
};

const LINES: Report = {
  accepted: () => [],
  reply: (reply) => [ndjson(replyFields(reply))],
  end: (replies) => [
    ndjson({ type: 'done', acks: count(replies, 'ack'), responses: count(replies, 'response') }),
  ],
};

/** As `serf query -format=json`. */
const DOCUMENT: Report = {
  accepted: () => [],
  reply: () => [],
  end: (replies) => {
    const acks = replies.filter(({ type }) => type === 'ack').map(({ from }) => from);
    const responses = replies.flatMap((reply): [string, string][] =>
      reply.type === 'ack'
        ? []
        : [[reply.from, reply.payload ?? Buffer.from(reply.rawPayload ?? []).toString()]],
    );
    return [serfJson({ Acks: acks.length > 0 ? acks : null, Responses: new Map(responses) })];
  },
};

function count(replies: readonly QueryReply<Payload>[], type: QueryReply<Payload>['type']): number {
  return replies.filter((reply) => reply.type === type).length;
}

function queryOptions({ node, tag, timeout, ack, relayFactor }: Flags): QueryOptions<Payload> {
  return {
    requestAck: ack,
    ...(node && { filterNodes: node }),
    ...(tag && { filterTags: tag }),
    ...(timeout !== undefined && { timeout }),
    ...(relayFactor !== undefined && { relayFactor }),
  };
}

/**
 * A text of several lines as `serf` prints it, but for what a terminal would obey. Where people look at it, further lines are indented: none can
 * be taken for the answer of another node.
 */
function printableText(text: string): string {
  const lines = text.split('\n').map((line) => line.split('\t').map(printable).join('\t'));
  return lines.join(onTerminal() ? '\n  ' : '\n');
}

function describeReply(reply: QueryReply<Payload>): string {
  const from = printable(reply.from);
  if (reply.type === 'ack') return `Ack from '${from}'`;
  if (reply.payloadError)
    return `Response from '${from}': (${reply.rawPayload?.length} bytes that are not text)`;
  return `Response from '${from}': ${printableText((reply.payload ?? '').replace(/\n$/, ''))}`;
}
