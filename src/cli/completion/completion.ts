import { type Complete, RootCommand, script } from '@bomb.sh/tab';
import { Argument, Command, type Option } from 'commander';
import { catchError, firstValueFrom, map, of, timeout } from 'rxjs';
import { withClient } from '../connection.ts';
import { readContexts } from '../context/contexts.ts';
import { print } from '../output/output.ts';
import { fillIn, type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { BASH, ZSH } from './scripts.ts';

/** How long an agent may take to name its members, in ms: somebody waits with a finger on the key. */
const PATIENCE = 2_000;
/** A shell may expand what it is offered, and any member chooses its name: only these are offered. */
const HARMLESS = /^[\w.:@-]{1,128}$/;

export function addCompletion(command: Command): void {
  command
    .addArgument(new Argument('<shell>', 'whose script it is').choices(['bash', 'zsh', 'fish', 'powershell']))
    .addHelpText(
      'after',
      '\nIn a shell: source <(rxserf completion bash); in fish: rxserf completion fish | source',
    )
    .action((shell: string) => {
      // The library's for these two have the shell evaluate what was typed.
      const ours = { bash: BASH, zsh: ZSH }[shell];
      if (ours) print(ours.trimEnd());
      else script(shell, 'rxserf', 'rxserf');
    });
}

/**
 * What the scripts ask with what has been typed: the last word is the one that is completed.
 *
 * @param commandLineOf the whole command line, with the options of the command that is named
 */
export function addComplete(command: Command, commandLineOf: (name: string) => Promise<Command>): void {
  command.argument('[words...]', 'the command line so far').action(async (words: string[]) => {
    const names = wantsMembers(words) ? await memberNames() : [];
    completionsOf(await commandLineOf(words[0] ?? ''), names).parse(words);
  });
}

function completionsOf(program: Command, names: readonly string[]): RootCommand {
  const root = new RootCommand();
  const add = (command: Command, path: readonly string[]) => {
    const completed = root.command(path.join(' '), command.description());
    for (const option of command.options) {
      const name = option.long?.slice(2) ?? '';
      const values = valuesOf(option, names);
      if (values) completed.option(name, option.description, offering(values));
      else completed.option(name, option.description);
    }
    for (const argument of command.registeredArguments) {
      const name = argument.name();
      const values = argument.argChoices ?? (/^node|^name$/.test(name) ? names : []);
      completed.argument(name, offering(values), argument.variadic);
    }
    for (const each of command.commands) add(each, [...path, each.name()]);
  };
  for (const each of program.commands) add(each, [each.name()]);
  return root;
}

function offering(values: readonly string[]): (complete: Complete) => void {
  return (complete) => {
    for (const value of values) complete(value, '');
  };
}

/** What may come behind an option; undefined where nothing does. */
function valuesOf(
  { long, required, argChoices }: Option,
  names: readonly string[],
): readonly string[] | undefined {
  if (!required) return undefined;
  if (long === '--context') return [...readContexts().contexts.keys()].filter((name) => HARMLESS.test(name));
  return argChoices ?? (long === '--node' ? names : []);
}

/** Asking an agent takes time: only where a member's name is to come. */
function wantsMembers(words: readonly string[]): boolean {
  const [option = '', word = ''] = words.slice(-2);
  return (
    ['rtt', 'force-leave'].includes(words[0] ?? '') || /^--?node$/.test(option) || /^--?node=/.test(word)
  );
}

/** Of the agent that the environment or the context in use leads to; nobody, if it does not answer. */
async function memberNames(): Promise<string[]> {
  const command = withRpcOptions(new Command());
  try {
    await fillIn(command);
    return await firstValueFrom(
      withClient(command.opts<RpcOptions>(), (client) => client.members()).pipe(
        timeout(PATIENCE),
        map((members) => members.map(({ name }) => name).filter((name) => HARMLESS.test(name))),
        catchError(() => of([])),
      ),
    );
  } catch {
    return [];
  }
}
