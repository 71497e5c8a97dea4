import { InvalidArgumentError } from '../../errors.ts';
import type { Member } from '../../model.ts';
import type { MembersFilter } from '../../serf.ts';
import { costOf, MOST_COST, MOST_STEPS } from './pattern-cost.ts';
import type { Re2 } from './re2.ts';

// Patterns are Go's: RE2, in linear time, without look-around and back-references. JavaScript's own regular expressions
// read some of them differently, and a hostile one could stop the process.

/** How much of a pattern an error or a log line shows, in characters. */
const SHOWN = 200;
/** The most texts whose result a pattern remembers: nodes have few different tags. */
const MOST_RESULTS = 1_024;

/** A compiled pattern, which counts the steps it may have taken. */
class Pattern {
  /** The steps so far, at most. */
  steps = 0;
  readonly #program: InstanceType<Re2>;
  readonly #cost: number;
  /** By text; bounded by {@link MOST_RESULTS}. */
  readonly #results = new Map<string, boolean>();

  constructor(program: InstanceType<Re2>, cost: number) {
    this.#program = program;
    this.#cost = cost;
  }

  test(text: string): boolean {
    const known = this.#results.get(text);
    if (known !== undefined) return known;
    this.steps += this.#cost * (text.length + 1);
    const result = this.#program.test(text);
    if (this.#results.size < MOST_RESULTS) this.#results.set(text, result);
    return result;
  }
}

/** A pattern that is RE2, but costs more than an embedded node takes for one request. */
class PatternTooLarge extends Error {
  constructor() {
    super(`too large: an embedded node takes patterns of ${MOST_COST} instructions in a request`);
  }
}

/** Compiles the patterns of one request, as long as they cost no more than {@link MOST_COST} together. */
class Compiler {
  readonly #re2: Re2;
  #left = MOST_COST;

  constructor(re2: Re2) {
    this.#re2 = re2;
  }

  /** @throws {@link PatternTooLarge}, or RE2's own error */
  compile(pattern: string): Pattern {
    const cost = costOf(pattern);
    this.#left -= cost;
    if (this.#left < 0) throw new PatternTooLarge();
    return new Pattern(this.#re2.compile(pattern), cost);
  }
}

/** The patterns of a `members` request. */
export class MembersMatcher {
  readonly #tags: readonly (readonly [tag: string, pattern: Pattern])[];
  readonly #status: Pattern | undefined;
  readonly #name: Pattern | undefined;
  readonly #address: string;

  /**
   * The agent puts `^` and `$` around each pattern, without a group.
   *
   * @throws `InvalidArgumentError` (`invalid-pattern`)
   */
  constructor(re2: Re2, filter: MembersFilter, address: string) {
    const compiler = new Compiler(re2);
    // No pattern is no condition, except for a tag: there it asks for an empty one.
    const anchored = (what: string, pattern = '') =>
      pattern === '' ? undefined : this.#compile(compiler, what, pattern);
    this.#address = address;
    this.#status = anchored('status', filter.status);
    this.#name = anchored('name', filter.name);
    this.#tags = Object.entries(filter.tags ?? {}).map(([tag, pattern]) => [
      tag,
      this.#compile(compiler, `tag ${JSON.stringify(tag.slice(0, SHOWN))}`, pattern),
    ]);
  }

  /** The steps that were taken so far, at most. */
  get steps(): number {
    const all = [this.#status, this.#name, ...this.#tags.map(([, pattern]) => pattern)];
    return all.reduce((sum, pattern) => sum + (pattern?.steps ?? 0), 0);
  }

  /** @throws `InvalidArgumentError` (`invalid-pattern`) when it takes too many steps for so many members */
  matches(member: Member): boolean {
    if (this.steps > MOST_STEPS)
      throw this.#refusal(`the patterns take over ${MOST_STEPS} steps for the members of this cluster`);
    return (
      this.#tags.every(([tag, pattern]) => pattern.test(member.tags[tag] ?? '')) &&
      (!this.#status || this.#status.test(member.status)) &&
      (!this.#name || this.#name.test(member.name))
    );
  }

  #compile(compiler: Compiler, what: string, pattern: string): Pattern {
    const shown = `${what} ${JSON.stringify(pattern.slice(0, SHOWN))}`;
    try {
      return compiler.compile(`^${pattern}$`);
    } catch (cause) {
      const reason = cause instanceof PatternTooLarge ? cause.message : NOT_RE2;
      throw this.#refusal(`${reason}: ${shown}`, cause);
    }
  }

  #refusal(message: string, cause?: unknown): InvalidArgumentError {
    const context = { command: 'members-filtered', address: this.#address, cause } as const;
    return new InvalidArgumentError('invalid-pattern', message, context);
  }
}

const NOT_RE2 = 'not valid RE2 (no look-around, no back-references)';

/** The tag patterns of a query, which the agent does not anchor: compiled once for all nodes, when the first one matches. */
export class TagPatterns {
  /** By tag, as they were given. */
  readonly source: Readonly<Record<string, string>>;
  readonly #re2: Re2 | undefined;
  #compiled: readonly (readonly [tag: string, pattern: Pattern])[] | undefined;
  #invalid: InvalidTagPattern | undefined;

  /** @param re2 not needed where there are no patterns */
  constructor(re2: Re2 | undefined, source: Readonly<Record<string, string>>) {
    this.#re2 = re2;
    this.source = source;
  }

  /** The first pattern that cannot be matched: then no node does, and every node that receives the query logs it. */
  get invalid(): InvalidTagPattern | undefined {
    this.#compile();
    return this.#invalid;
  }

  matches(tags: Readonly<Record<string, string>>): boolean {
    const patterns = this.#compile();
    if (!this.#invalid && patterns.some(([, { steps }]) => steps > MOST_STEPS)) {
      const [tag, pattern] = Object.entries(this.source)[0] as [string, string];
      const reason = `it takes over ${MOST_STEPS} steps for the nodes of this cluster`;
      this.#invalid = { tag, pattern, reason, message: reason };
    }
    return !this.#invalid && patterns.every(([tag, pattern]) => pattern.test(tags[tag] ?? ''));
  }

  #compile(): readonly (readonly [tag: string, pattern: Pattern])[] {
    if (this.#compiled || !this.#re2) return this.#compiled ?? [];
    const compiler = new Compiler(this.#re2);
    this.#compiled = Object.entries(this.source).flatMap(([tag, pattern]) => {
      try {
        return [[tag, compiler.compile(pattern)] as const];
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const message = error instanceof PatternTooLarge ? reason : NOT_RE2;
        this.#invalid ??= {
          tag,
          pattern,
          reason,
          message: `${message}: ${shown('tag', tag, pattern)}: ${reason}`,
        };
        return [];
      }
    });
    return this.#compiled;
  }
}

/** A pattern that no node can match, and why: for the nodes' logs, and as the message of an error. */
export interface InvalidTagPattern {
  readonly tag: string;
  readonly pattern: string;
  readonly reason: string;
  readonly message: string;
}

/** A pattern in a message, cut: it comes from a peer. */
function shown(what: string, name: string, pattern: string): string {
  return `${what} ${JSON.stringify(name.slice(0, SHOWN))} ${JSON.stringify(pattern.slice(0, SHOWN))}`;
}

/** For a query of all nodes. */
export const NO_PATTERNS = new TagPatterns(undefined, {});
