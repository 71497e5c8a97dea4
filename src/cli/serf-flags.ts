import { type Command, Option } from 'commander';
import { InvalidArgumentError } from '../errors.ts';
import { printable } from './output/text.ts';
import { isGoDuration } from './parse.ts';

// As Go's `strconv.ParseBool` reads them.
const TRUE: readonly string[] = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE: readonly string[] = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

/**
 * A command line as the `serf` command takes it, as this one does: the command, its options, `--`, its arguments.
 * `-status=alive` is `--status=alive`, `-no-ack=true` is `--no-ack`, `-coalesce=false` is `--no-coalesce`, in all of Go's spellings
 * of the two. Options may come behind arguments, too; what cannot be the name of an option, as `-1`, is an argument.
 */
export function likeSerf(args: readonly string[], program: Command): string[] {
  const left = [...args];
  const path: string[] = [];
  let command = program;
  for (let next = subcommand(command, left); next; next = subcommand(command, left)) {
    path.push(left.shift() as string);
    command = next;
  }
  if (path.length === 0) return left;
  const known = new Map(
    [...command.options, new Option('--help')].map((option) => [option.long?.slice(2) ?? '', option]),
  );
  const options: string[] = [];
  const operands: string[] = [];
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    if (arg === '--') {
      operands.push(...left);
      break;
    }
    const [, name, value] = /^--?([a-zA-Z][\w-]*)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === undefined) {
      operands.push(arg);
      continue;
    }
    const option = known.get(name === 'h' ? 'help' : name);
    options.push(...(option ? translate(option, value, known) : [arg]));
    // What may have a time behind it has it, if one is there.
    if (option?.optional && value === undefined && left[0] !== undefined && isGoDuration(left[0]))
      options.splice(-1, 1, `${option.long}=${left.shift()}`);
    if (!option?.required || value !== undefined) continue;
    // The next word is its value, whatever it begins with; without one, neither is what would stand behind it here.
    if (left.length === 0) return [...path, ...options];
    options.push(left.shift() as string);
  }
  return [...path, ...options, ...(operands.length > 0 ? ['--', ...operands] : [])];
}

function subcommand(command: Command, [name]: readonly string[]): Command | undefined {
  return command.commands.find((each) => each.name() === name);
}

function translate(option: Option, value: string | undefined, known: ReadonlyMap<string, Option>): string[] {
  const long = option.long ?? '';
  if (value === undefined) return [long];
  if (option.required || option.optional) return [`${long}=${value}`];
  if (TRUE.includes(value)) return [long];
  if (!FALSE.includes(value))
    throw new InvalidArgumentError(
      'invalid-argument',
      `invalid value '${printable(value)}' for ${long}: it should be true or false`,
    );
  const opposite = `no-${long.slice(2)}`;
  return known.has(opposite) ? [`--${opposite}`] : [];
}
