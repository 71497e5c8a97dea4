import { Command } from 'commander';
import { COMMANDS, type CommandLineOf, commandNames } from './commands.ts';
import { MISUSE, MISUSE_OF_SERF, UNKNOWN_COMMAND } from './output/exit-codes.ts';
import { report } from './output/failure.ts';
import { likeSerf } from './serf-flags.ts';

/** Runs a command line; resolves with its exit code, when all is said. */
export async function main(args: readonly string[], version: string): Promise<number> {
  const [name = ''] = args;
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const commandLineOf: CommandLineOf = (name) =>
    filled(programOf(commandNames(), version), name, commandLineOf);
  try {
    const program = entry
      ? await filled(programOf([name], version), name, commandLineOf)
      : programOf(commandNames(), version);
    // Of what is no command, nothing else matters: not even --help.
    await program.parseAsync(entry ? likeSerf(args, program) : [name], { from: 'user' });
    return 0;
  } catch (error) {
    return report(error, misuseOf(entry));
  }
}

/** With the arguments, options and work of that command. */
async function filled(program: Command, name: string, commandLineOf: CommandLineOf): Promise<Command> {
  const command = program.commands.find((each) => each.name() === name);
  if (command) (await COMMANDS[name]?.load())?.(command, commandLineOf);
  return program;
}

function programOf(names: readonly string[], version: string): Command {
  const program = new Command('rxserf')
    .version(version, '--version', 'print the version')
    .exitOverride()
    .helpCommand(false)
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'rxserf:')) });
  for (const name of names) program.command(name).description(COMMANDS[name]?.about ?? '');
  return program;
}

function misuseOf(entry: (typeof COMMANDS)[string] | undefined): number {
  if (!entry) return UNKNOWN_COMMAND;
  return entry.asSerf ? MISUSE_OF_SERF : MISUSE;
}
