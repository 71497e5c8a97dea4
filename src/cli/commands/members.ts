import type { Command } from 'commander';
import { concatMap, from, type Observable } from 'rxjs';
import type { Member } from '../../model.ts';
import { memberChanges } from '../../operators/member-changes.ts';
import type { MembersFilter } from '../../serf.ts';
import { type Client, withClient } from '../connection.ts';
import { addFormatOptions } from '../format.ts';
import { byName, clock, endpoint, MEMBER_HEADINGS, memberRow } from '../output/describe.ts';
import { ndjson, record } from '../output/json.ts';
import { type Line, span, table } from '../output/line.ts';
import { note, onTerminal } from '../output/output.ts';
import { mapOf, type SerfJson, serfJson } from '../output/serf-json.ts';
import { keyValue } from '../parse.ts';
import { type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { run, runUntilStopped } from '../run.ts';

/** Which members: `members` and `watch` have these options in common. */
export interface FilterOptions {
  readonly status?: string;
  readonly name?: string;
  readonly tag?: Readonly<Record<string, string>>;
  /** What `serf` had before there were tags. */
  readonly role?: string;
}

interface MembersFlags extends RpcOptions, FilterOptions {
  readonly detailed?: true;
  readonly format: 'text' | 'json';
  readonly json?: true;
  readonly watch?: true;
}

export function addMembers(command: Command): void {
  addFormatOptions(withRpcOptions(withFilterOptions(command)), 'a line of JSON for each member')
    .option('--role <regexp>', 'as --tag role=regexp; serf has it from the time before tags')
    .option('--detailed', 'the versions of the protocol, too')
    .option('--watch', 'then every change of a member, until Ctrl-C')
    .action((flags: MembersFlags) => {
      if (flags.role !== undefined) note("-role is deprecated: use -tag role=…, as serf's warning says");
      if (flags.watch) return runUntilStopped(withClient(flags, (client) => changes(client, flags)));
      return run(
        withClient(flags, (client) =>
          client.members(filterOf(flags)).pipe(concatMap((members) => from(listing(members, flags)))),
        ),
      );
    });
}

export function withFilterOptions(command: Command): Command {
  return command
    .option('--status <regexp>', 'only members with such a status')
    .option('--name <regexp>', 'only members with such a name')
    .option('--tag <key=regexp>', 'only members with such a tag; may be repeated', keyValue);
}

export function filterOf({ status, name, tag, role }: FilterOptions): MembersFilter {
  const tags = { ...tag, ...(role && { role }) };
  return {
    ...(status && { status }),
    ...(name && { name }),
    ...(Object.keys(tags).length > 0 && { tags }),
  };
}

function listing(members: readonly Member[], { format, json, detailed }: MembersFlags): (string | Line)[] {
  const sorted = [...members].sort(byName);
  if (json) return sorted.map(ndjson);
  if (format === 'json') return [serfJson({ members: sorted.length > 0 ? sorted.map(asSerf) : null })];
  return tableOf(sorted, detailed);
}

/** With headings for people; without, as `serf members` has it, for programs: there an empty list is an empty line. */
export function tableOf(members: readonly Member[], detailed?: true): Line[] {
  const rows = [...members]
    .sort(byName)
    .map((member) => [...memberRow(member), ...(detailed ? versions(member) : [])]);
  if (onTerminal()) return table([MEMBER_HEADINGS, ...rows]);
  return rows.length > 0 ? table(rows) : [[]];
}

function versions({ delegate: { min, max, current } }: Member): Line {
  return [span(`Protocol Version: ${current}`), span(`Available Protocol Range: [${min}, ${max}]`)];
}

function asSerf({ name, address, port, tags, status, delegate }: Member): SerfJson {
  const { min, max, current: version } = delegate;
  return {
    name,
    addr: endpoint(address, port),
    port,
    tags: mapOf(tags),
    status,
    protocol: { max, min, version },
  };
}

/** All of them as `added`, then what changes. */
function changes(client: Client, flags: MembersFlags): Observable<string | Line> {
  return client.membership(filterOf(flags)).pipe(
    memberChanges(),
    concatMap((change): (string | Line)[] => {
      const { type, ...fields } = change;
      if (flags.json) return [record('member', { change: type, ...fields })];
      const row = memberRow((change.after ?? change.before) as Member);
      return [
        [
          span(`${clock(Date.now())}  `, 'dim'),
          span(type.padEnd(9)),
          ...row.map(({ text, style }) => span(`${text}  `, style)),
        ],
      ];
    }),
  );
}
