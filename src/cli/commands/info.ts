import type { Command } from 'commander';
import { concatMap } from 'rxjs';
import type { Stats } from '../../model.ts';
import { withClient } from '../connection.ts';
import { addFormatOptions } from '../format.ts';
import { ndjson } from '../output/json.ts';
import { mapOf, serfJson } from '../output/serf-json.ts';
import { printable } from '../output/text.ts';
import { type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { run } from '../run.ts';

interface InfoFlags extends RpcOptions {
  readonly format: 'text' | 'json';
  readonly json?: true;
}

export function addInfo(command: Command): void {
  addFormatOptions(withRpcOptions(command), 'a line of JSON').action((flags: InfoFlags) =>
    run(withClient(flags, (client) => client.stats().pipe(concatMap((stats) => listing(stats, flags))))),
  );
}

function listing(stats: Stats, { json, format }: InfoFlags): string[] {
  if (json) return [ndjson(stats)];
  const sections = Object.entries(stats as Readonly<Record<string, Readonly<Record<string, string>>>>).sort();
  if (format === 'json') return [serfJson(new Map(sections.map(([name, facts]) => [name, mapOf(facts)])))];
  return sections.flatMap(([name, facts]) => [
    `${printable(name)}:`,
    ...Object.entries(facts)
      .sort()
      .map(([key, value]) => `\t${printable(key)} = ${printable(value)}`),
  ]);
}
