import type { Command } from '../../protocol/commands.ts';
import type { WireMap } from '../../protocol/wire.ts';
import type { Keyring } from './keyring.ts';
import type { Log } from './log.ts';
import { tableOf } from './node-state.ts';

/** The commands about keys. */
export type KeyCommand = Extract<Command, `${string}-key` | 'list-keys'>;

/** A node that carries out key commands. */
export interface KeyringOwner {
  readonly keyring: Keyring;
  readonly log: Log;
}

/** The result of a key command on one node. */
export interface KeyResult {
  /** Why it has failed. */
  readonly failure: string | undefined;
  readonly keys: readonly string[];
}

/** A command in the log of the agent that starts it. */
export const INITIATING: Readonly<Record<KeyCommand, string>> = {
  'install-key': 'key installation',
  'use-key': 'primary key change',
  'remove-key': 'key removal',
  'list-keys': 'key listing',
};

/** Carries out a key command on one node. */
export function handleKeyCommand(
  command: KeyCommand,
  key: string,
  { keyring, log }: KeyringOwner,
): KeyResult {
  if (!keyring.enabled) {
    const what = command === 'list-keys' ? 'Keyring is empty' : 'No keyring to modify';
    log.write('err', `serf: ${what} (encryption not enabled)`);
    return { failure: `${what} (encryption not enabled)`, keys: [] };
  }
  log.write('info', `serf: Received ${command} query`);
  if (command === 'list-keys') return { failure: undefined, keys: keyring.keys };
  let failure: string | undefined;
  if (command === 'install-key') failure = keyring.install(key);
  else if (command === 'use-key') failure = keyring.use(key);
  else failure = keyring.remove(key);
  if (failure) log.write('err', `serf: Failed to ${DOING[command]}: ${failure}`);
  return { failure, keys: [] };
}

const DOING = { 'install-key': 'install key', 'use-key': 'change primary key', 'remove-key': 'remove key' };

/** The results of a key command, node by node; in the form of the agent's response. Bounded by the number of nodes and keys. */
export class KeyResults {
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

  add(from: string, { failure, keys }: KeyResult): void {
    this.#responses++;
    if (failure !== undefined) {
      this.#errors++;
      this.#messages[from] = failure;
    }
    for (const key of keys) this.#keys[key] = (this.#keys[key] ?? 0) + 1;
  }

  /** The agent's text when not all have carried out the command. */
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
