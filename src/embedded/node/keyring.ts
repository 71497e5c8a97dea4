/** The most keys that a keyring holds; an agent's holds any number. */
const MOST_KEYS = 1_000;

/** The encryption keys of a node, in base64; the first one is in use. No keys: no encryption. */
export class Keyring {
  /** At most {@link MOST_KEYS}. */
  #keys: readonly string[];

  constructor(keys: readonly string[]) {
    this.#keys = keys;
  }

  get enabled(): boolean {
    return this.#keys.length > 0;
  }

  get keys(): readonly string[] {
    return this.#keys;
  }

  /** Gives a text when it refuses. */
  install(key: string): string | undefined {
    if (this.#keys.includes(key)) return undefined;
    if (this.#keys.length >= MOST_KEYS) return `An embedded node has no more than ${MOST_KEYS} keys`;
    this.#keys = [...this.#keys, key];
    return undefined;
  }

  /** Gives the agent's text when it refuses. */
  use(key: string): string | undefined {
    if (!this.#keys.includes(key)) return 'Requested key is not in the keyring';
    this.#keys = [key, ...this.#keys.filter((other) => other !== key)];
    return undefined;
  }

  /** Gives the agent's text when it refuses; a key that is not there is as good as removed. */
  remove(key: string): string | undefined {
    if (this.#keys[0] === key) return 'Removing the primary key is not allowed';
    this.#keys = this.#keys.filter((other) => other !== key);
    return undefined;
  }
}
