import { type Command, Option } from 'commander';

// As Go's `strconv.ParseBool` reads them.
const TRUE: readonly string[] = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE: readonly string[] = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/**
 * Arguments as the `serf` command takes them, as this one does: `-status=alive` is `--status=alive`, `-no-ack=true` is
 * `--no-ack`, `-coalesce=false` is `--no-coalesce`, in all of Go's spellings of the two. What is no option's name stays as
 * it is.
 */
export function likeSerf(args: readonly string[], program: Command): string[] {
  const options = [program, ...program.commands].flatMap((command) => command.options);
  const known = new Map<string, Option>(
    [...options, new Option('--help')].map((option) => [option.long?.slice(2) ?? '', option]),
  );
  const end = args.indexOf('--');
  const flags = end < 0 ? args : args.slice(0, end);
  return [...flags.flatMap((arg) => translate(arg, known)), ...args.slice(flags.length)];
}

function translate(arg: string, known: ReadonlyMap<string, Option>): string[] {
  const [, name = '', value] = /^--?([a-z][a-z-]+)(?:=(.*))?$/s.exec(arg) ?? [];
  const option = known.get(name);
  if (!option) return [arg];
  if (value === undefined) return [`--${name}`];
  if (option.required || option.optional) return [`--${name}=${value}`];
  if (TRUE.includes(value)) return [`--${name}`];
  if (!FALSE.includes(value)) return [`--${name}=${value}`];
  return known.has(`no-${name}`) ? [`--no-${name}`] : [];
}
