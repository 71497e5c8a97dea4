/** Names: each exactly one, or with `*` at its end all that begin so; `*` alone is every name. */
export type NamePatterns = readonly string[];

/** Whether a name is one of those. Anything passes `*`, also what is no name: that is refused further on, as misuse. */
export function matchesName(patterns: NamePatterns, name: unknown): boolean {
  return patterns.some(
    (pattern) =>
      pattern === '*' ||
      (typeof name === 'string' &&
        (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern)),
  );
}

/** Whether all that an event filter lets through may be streamed: each part of it has to be allowed. */
export function matchesFilter(patterns: NamePatterns, filter: string): boolean {
  return filter.split(',').every((part) => {
    const kind = part.split(':', 1)[0] as string;
    // `user` is every `user:NAME`, and so is `user:*`; the filter `*` is only what a pattern `*` says.
    if (part === '*') return patterns.includes('*');
    return matchesName(patterns, part) || patterns.includes(kind) || patterns.includes(`${kind}:*`);
  });
}
