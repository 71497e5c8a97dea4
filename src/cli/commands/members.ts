import type { Command } from 'commander';
import { concatMap, from } from 'rxjs';
import type { Member } from '../../model.ts';
import type { MembersFilter } from '../../serf.ts';
import { type RpcOptions, withClient, withRpcOptions } from '../connection.ts';
import { byName, MEMBER_HEADINGS, memberRow } from '../output/describe.ts';
import { ndjson } from '../output/json.ts';
import { type Line, table } from '../output/line.ts';
import { onTerminal } from '../output/output.ts';
import { keyValue } from '../parse.ts';
import { run } from '../run.ts';

/** Which members: `members` and `watch` have these options in common. */
export interface FilterOptions {
  readonly status?: string;
  readonly name?: string;
  readonly tag?: Readonly<Record<string, string>>;
}

export function addMembers(command: Command): void {
  withRpcOptions(withFilterOptions(command))
    .option('--json', 'a line of JSON for each member')
    .action((options: RpcOptions & FilterOptions & { json?: true }) =>
      run(
        withClient(options, (client) =>
          client
            .members(filterOf(options))
            .pipe(concatMap((members) => from(options.json ? jsonOf(members) : tableOf(members)))),
        ),
      ),
    );
}

export function withFilterOptions(command: Command): Command {
  return command
    .option('--status <regexp>', 'only members with such a status')
    .option('--name <regexp>', 'only members with such a name')
    .option('--tag <key=regexp>', 'only members with such a tag; may be repeated', keyValue);
}

export function filterOf({ status, name, tag }: FilterOptions): MembersFilter {
  return {
    ...(status !== undefined && { status }),
    ...(name !== undefined && { name }),
    ...(tag !== undefined && { tags: tag }),
  };
}

/** With headings for people; without, as `serf members` has it, for programs. */
export function tableOf(members: readonly Member[]): Line[] {
  const rows = [...members].sort(byName).map(memberRow);
  return table(onTerminal() ? [MEMBER_HEADINGS, ...rows] : rows);
}

function jsonOf(members: readonly Member[]): string[] {
  return [...members].sort(byName).map(ndjson);
}
