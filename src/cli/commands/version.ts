import type { Command } from 'commander';
import { ndjson } from '../output/json.ts';
import { print } from '../output/output.ts';

export function addVersion(command: Command): void {
  command.option('--json', 'a line of JSON').action(({ json }: { json?: true }) => {
    const version = command.parent?.version() ?? '';
    print(json ? ndjson({ version, node: process.version }) : version);
  });
}
