import { RE2JS } from 're2js';
import { InvalidArgumentError } from '../../errors.ts';
import type { Member } from '../../model.ts';
import type { MembersFilter } from '../../serf.ts';

// Patterns are Go's: RE2, in linear time, without look-around and back-references. JavaScript's own regular expressions
// read some of them differently, and a hostile one could stop the process.

/** Whether the members match; the agent puts `^` and `$` around each pattern, without a group. */
export function membersMatcher(filter: MembersFilter, address: string): (member: Member) => boolean {
  const status = anchored(address, 'status', filter.status);
  const name = anchored(address, 'name', filter.name);
  const tags = Object.entries(filter.tags ?? {}).map(
    ([tag, pattern]) => [tag, compile(address, `tag ${JSON.stringify(tag)}`, pattern)] as const,
  );
  return (member) =>
    tags.every(([tag, pattern]) => pattern.test(member.tags[tag] ?? '')) &&
    (!status || status.test(member.status)) &&
    (!name || name.test(member.name));
}

/** No pattern is no condition, except for a tag: there it asks for an empty one. */
function anchored(address: string, what: string, pattern = ''): RE2JS | undefined {
  return pattern === '' ? undefined : compile(address, what, pattern);
}

function compile(address: string, what: string, pattern: string): RE2JS {
  try {
    return RE2JS.compile(`^${pattern}$`);
  } catch (cause) {
    throw new InvalidArgumentError(
      'invalid-pattern',
      `not valid RE2 (no look-around, no back-references): ${what} ${JSON.stringify(pattern)}`,
      { command: 'members-filtered', address, cause },
    );
  }
}

/** A pattern that is not RE2, and why. */
export interface InvalidTagPattern {
  readonly tag: string;
  readonly pattern: string;
  readonly reason: string;
}

/** The tag patterns of a query, which the agent does not anchor: compiled once, for all nodes. */
export class TagPatterns {
  readonly #patterns: readonly (readonly [tag: string, pattern: RE2JS])[];
  /** The first pattern that is not RE2: then nobody matches, and every node that is asked says so in its log. */
  readonly invalid: InvalidTagPattern | undefined;

  constructor(patterns: Readonly<Record<string, string>>) {
    const compiled: [string, RE2JS][] = [];
    for (const [tag, pattern] of Object.entries(patterns)) {
      try {
        compiled.push([tag, RE2JS.compile(pattern)]);
      } catch (error) {
        this.invalid ??= { tag, pattern, reason: error instanceof Error ? error.message : String(error) };
      }
    }
    this.#patterns = compiled;
  }

  matches(tags: Readonly<Record<string, string>>): boolean {
    return !this.invalid && this.#patterns.every(([tag, pattern]) => pattern.test(tags[tag] ?? ''));
  }
}
