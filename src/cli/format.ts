import { type Command, Option } from 'commander';

/** `--json`, our lines; `--format json`, one document as `serf` writes it. */
export function addFormatOptions(command: Command, json: string): Command {
  return command
    .addOption(
      new Option('--format <format>', 'text, or json: as the serf command writes it')
        .choices(['text', 'json'])
        .default('text'),
    )
    .addOption(new Option('--json', json).conflicts('format'));
}
