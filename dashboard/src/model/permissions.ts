/** The section `session` of `stats`: what a gateway's policy lets this page do. */
type Section = Readonly<Record<string, string | undefined>>;

/** What this session may do: by it pages are drawn. What it may not, the gateway refuses, too. */
export class Permissions {
  readonly #commands: ReadonlySet<string>;
  readonly #section: Section;

  /** Nothing, before it is known. */
  constructor(section: Section = {}) {
    this.#section = section;
    this.#commands = new Set(listOf(section['commands']));
  }

  /** All of them, as the protocol calls them. */
  get commands(): readonly string[] {
    return [...this.#commands];
  }

  /** A command as the protocol calls it: `force-leave`. */
  may(command: string): boolean {
    return this.#commands.has(command);
  }

  /** Whether `force-leave` may forget a member altogether. */
  get prune(): boolean {
    return this.may('force-leave') && this.#section['prune'] === 'true';
  }

  get role(): string {
    return this.#section['role'] ?? '';
  }

  /** What names a list of the policy has: each exactly one, or with `*` at its end all that begin so. */
  names(list: 'events' | 'queries' | 'setTags'): readonly string[] {
    return listOf(this.#section[list]);
  }

  /** Whether a list of the policy has a name. */
  allows(list: 'events' | 'queries' | 'setTags', name: string): boolean {
    return this.names(list).some((pattern) =>
      pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
    );
  }
}

function listOf(json: string | undefined): readonly string[] {
  try {
    const list: unknown = JSON.parse(json ?? '[]');
    return Array.isArray(list) ? list.filter((each): each is string => typeof each === 'string') : [];
  } catch {
    return [];
  }
}
