import type { Command } from 'commander';
import { concat, defer, map, of, tap } from 'rxjs';
import type { QueryReply } from '../../model.ts';
import type { QueryOptions } from '../../serf.ts';
import { type RpcOptions, withClient, withRpcOptions } from '../connection.ts';
import { ndjson, replyFields } from '../output/json.ts';
import { printable } from '../output/text.ts';
import { collect, goDuration, integer, keyValue } from '../parse.ts';
import { run } from '../run.ts';

type Payload = string | undefined;

interface Flags extends RpcOptions {
  readonly node?: readonly string[];
  readonly tag?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  readonly ack: boolean;
  readonly relayFactor?: number;
  readonly json?: true;
}

export function addQuery(command: Command): void {
  withRpcOptions(command)
    .argument('<name>', 'the name of the query')
    .argument('[payload]', 'what is asked')
    .option('--node <name>', 'only this node answers; may be repeated', collect)
    .option('--tag <key=regexp>', 'only nodes with such a tag answer; may be repeated', keyValue)
    .option('--timeout <time>', 'how long nodes may answer, such as 15s (default: the agent’s)', goDuration)
    .option('--no-ack', 'nodes do not acknowledge the query')
    .option('--relay-factor <n>', 'over how many other nodes answers are sent, too', integer(0, 255))
    .option('--json', 'a line of JSON for each reply, and one with the totals')
    .action((name: string, payload: Payload, flags: Flags) => run(asking(name, payload, flags)));
}

function asking(name: string, payload: Payload, flags: Flags) {
  return withClient(flags, (client) => {
    const counts = { acks: 0, responses: 0 };
    const replies$ = client.query(name, payload, queryOptions(flags)).pipe(
      tap(({ type }) => counts[type === 'ack' ? 'acks' : 'responses']++),
      map((reply) => (flags.json ? ndjson(replyFields(reply)) : describeReply(reply))),
    );
    const totals$ = defer(() =>
      flags.json
        ? of(ndjson({ type: 'done', ...counts }))
        : of(...(flags.ack ? [`Total Acks: ${counts.acks}`] : []), `Total Responses: ${counts.responses}`),
    );
    return concat(replies$, totals$);
  });
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

function describeReply(reply: QueryReply<Payload>): string {
  const from = printable(reply.from);
  if (reply.type === 'ack') return `Ack from '${from}'`;
  if (reply.payloadError)
    return `Response from '${from}': (${reply.rawPayload?.length} bytes that are not text)`;
  return `Response from '${from}': ${printable(reply.payload ?? '')}`;
}
