import type { Command } from '../../protocol/commands.ts';
import type { WireMap } from '../../protocol/wire.ts';
import type { LogLevel } from '../../serf.ts';
import type { Keyring } from './keyring.ts';
import { tableOf } from './node-state.ts';

/** The commands about keys. */
export type KeyCommand = Extract<Command, `${string}-key` | 'list-keys'>;

/** What a node says to a key command. */
export interface Handled {
  /** Why it has failed. */
  readonly failure: string | undefined;
  readonly keys: readonly string[];
}

/** What the agent's log says when it starts a command. */
export const INITIATING: Readonly<Record<KeyCommand, string>> = {
  'install-key': 'key installation',
  'use-key': 'primary key change',
  'remove-key': 'key removal',
  'list-keys': 'key listing',
};

/** Carries a key command out on one node. */
export function handleKeyCommand(
  command: KeyCommand,
  key: string,
  keyring: Keyring,
  log: (level: LogLevel, text: string) => void,
): Handled {
  if (!keyring.enabled) {
    const what = command === 'list-keys' ? 'Keyring is empty' : 'No keyring to modify';
    log('err', `serf: ${what} (encryption not enabled)`);
    return { failure: `${what} (encryption not enabled)`, keys: [] };
  }
  log('info', `serf: Received ${command} query`);
  if (command === 'list-keys') return { failure: undefined, keys: keyring.keys };
  let failure: string | undefined;
  if (command === 'install-key') keyring.install(key);
  else if (command === 'use-key') failure = keyring.use(key);
  else failure = keyring.remove(key);
  if (failure) log('err', `serf: Failed to ${DOING[command]}: ${failure}`);
  return { failure, keys: [] };
}

const DOING = { 'install-key': 'install key', 'use-key': 'change primary key', 'remove-key': 'remove key' };

/** The answers to a key command, as they come; in the form of the agent's response. */
export class KeyAnswers {
  readonly #nodes: number;
  readonly #messages: Record<string, string> = tableOf({});
  readonly #keys: Record<string, number> = tableOf({});
  #responses = 0;
  #errors = 0;

  /** @param nodes how many are asked */
  constructor(nodes: number) {
    this.#nodes = nodes;
  }

  get complete(): boolean {
    return this.#responses === this.#nodes;
  }

  add(from: string, { failure, keys }: Handled): void {
    this.#responses++;
    if (failure !== undefined) {
      this.#errors++;
      this.#messages[from] = failure;
    }
    for (const key of keys) this.#keys[key] = (this.#keys[key] ?? 0) + 1;
  }

  /** The agent's text when not all have carried the command out. */
  get failure(): string | undefined {
    if (this.#errors > 0) return `${this.#errors}/${this.#nodes} nodes reported failure`;
    return this.complete ? undefined : `${this.#responses}/${this.#nodes} nodes reported success`;
  }

  get body(): WireMap {
    return {
      NumNodes: this.#nodes,
      NumResp: this.#responses,
      NumErr: this.#errors,
      Messages: this.#messages,
      Keys: this.#keys,
    };
  }
}
