import type { Command } from 'commander';

/** The whole command line, with the options of one command. */
export type CommandLineOf = (name: string) => Promise<Command>;

/** A command: what the overview says of it, and what gives it its arguments, options and work, loaded when it is used. */
export interface CommandEntry {
  readonly about: string;
  readonly load: () => Promise<(command: Command, commandLineOf: CommandLineOf) => unknown>;
  /** One that `serf` has: used wrongly it exits as there, with 1. */
  readonly asSerf?: true;
  /** One that programs use. */
  readonly hidden?: true;
}

/** Every command, in the order of the overview. Nothing is imported here: the overview is printed without. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  watch: {
    about: 'a live view of the members and of all that happens',
    load: async () => (await import('./watch/watch.ts')).addWatch,
  },
  dashboard: {
    about: 'the cluster in a browser: a gateway for this machine alone, with a key for this run',
    load: async () => (await import('./dashboard/dashboard.ts')).addDashboard,
  },
  members: {
    about: 'list the members of the cluster',
    load: async () => (await import('./commands/members.ts')).addMembers,
    asSerf: true,
  },
  event: {
    about: 'fire a user event into the cluster',
    load: async () => (await import('./commands/event.ts')).addEvent,
    asSerf: true,
  },
  query: {
    about: 'ask the cluster, and show who says what',
    load: async () => (await import('./commands/query.ts')).addQuery,
    asSerf: true,
  },
  stream: {
    about: 'events as lines of JSON, for whatever reads them',
    load: async () => (await import('./commands/stream.ts')).addStream,
  },
  respond: {
    about: 'answer queries by a command',
    load: async () => (await import('./respond/respond.ts')).addRespond,
  },
  notify: {
    about: 'publish, call, subscribe and serve by object, id and command, and who does so',
    load: async () => (await import('./notify/notify.ts')).addNotify,
  },
  monitor: {
    about: "follow the agent's log, from its last 512 lines on",
    load: async () => (await import('./commands/monitor.ts')).addMonitor,
    asSerf: true,
  },
  info: {
    about: "the agent's figures, for operators",
    load: async () => (await import('./commands/info.ts')).addInfo,
    asSerf: true,
  },
  reachability: {
    about: 'test whether all nodes can be reached',
    load: async () => (await import('./commands/reachability.ts')).addReachability,
    asSerf: true,
  },
  rtt: {
    about: 'estimate the round-trip time between two nodes, by their coordinates',
    load: async () => (await import('./commands/rtt.ts')).addRtt,
    asSerf: true,
  },
  join: {
    about: 'have the agent join a cluster',
    load: async () => (await import('./commands/membership.ts')).addJoin,
    asSerf: true,
  },
  leave: {
    about: 'have the agent leave the cluster, and end',
    load: async () => (await import('./commands/membership.ts')).addLeave,
    asSerf: true,
  },
  'force-leave': {
    about: 'have a failed member count as one that has left',
    load: async () => (await import('./commands/membership.ts')).addForceLeave,
    asSerf: true,
  },
  tags: {
    about: 'change the tags of the agent',
    load: async () => (await import('./commands/membership.ts')).addTags,
    asSerf: true,
  },
  keys: {
    about: 'the keys that gossip is encrypted with: list, install, use, remove',
    load: async () => (await import('./commands/keys.ts')).addKeys,
    asSerf: true,
  },
  keygen: {
    about: 'a new key to encrypt gossip with',
    load: async () => (await import('./commands/keys.ts')).addKeygen,
    asSerf: true,
  },
  version: {
    about: 'print the version',
    load: async () => (await import('./commands/version.ts')).addVersion,
    asSerf: true,
  },
  context: {
    about: 'named agents in a config file: which there are, which one is in use',
    load: async () => (await import('./context/context.ts')).addContext,
  },
  gateway: {
    about: 'a gateway to the cluster for browsers, under a policy for each role',
    load: async () => (await import('./gateway/gateway.ts')).addGateway,
  },
  agent: {
    about: 'an embedded cluster that talks like a serf agent, for demos and tests',
    load: async () => (await import('./commands/agent.ts')).addAgent,
  },
  completion: {
    about: 'the script that completes commands in bash, zsh, fish or powershell',
    load: async () => (await import('./completion/completion.ts')).addCompletion,
  },
  complete: {
    about: 'what the script of completion asks',
    load: async () => (await import('./completion/completion.ts')).addComplete,
    hidden: true,
  },
};

/** The names of those that people type. */
export function commandNames(): string[] {
  return Object.entries(COMMANDS).flatMap(([name, { hidden }]) => (hidden ? [] : [name]));
}

/** The help of the whole. */
export function overview(): string {
  const names = commandNames();
  const width = Math.max(...names.map(({ length }) => length));
  const lines = names.map((name) => `  ${name.padEnd(width)}  ${COMMANDS[name]?.about}\n`);
  return `Usage: rxserf [--version] [--help] <command> [<args>]

Watch and ask a HashiCorp Serf cluster.

Options may be written as the serf command has them: -status=alive is --status alive.

Commands:
${lines.join('')}
'rxserf <command> --help' has the options of a command.
`;
}
