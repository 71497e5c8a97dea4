/** A tag as somebody edits it. */
export interface TagEdit {
  readonly key: string;
  readonly value: string;
  /** Its value when the editing began; without it, it is new. */
  readonly was?: string;
}

const encoder = new TextEncoder();

export function tagEdits(tags: Readonly<Record<string, string>>): TagEdit[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value, was: value }));
}

/** What an agent is asked for: only what has changed. */
export function tagChange(
  before: readonly string[],
  edits: readonly TagEdit[],
): { readonly set: Readonly<Record<string, string>>; readonly delete: readonly string[] } {
  const keys = new Set(edits.map(({ key }) => key));
  return {
    set: Object.fromEntries(
      edits.filter(({ value, was }) => value !== was).map(({ key, value }) => [key, value]),
    ),
    delete: before.filter((key) => !keys.has(key)),
  };
}

/** What tags take on the wire, about: a byte before a short text, three before a longer one. */
export function tagsBytes(edits: readonly TagEdit[]): number {
  const size = (text: string) => {
    const { length } = encoder.encode(text);
    return length + (length < 32 ? 1 : 3);
  };
  return edits.reduce((sum, { key, value }) => sum + size(key) + size(value), 2);
}

/** Why these cannot be the tags of a member. */
export function wrongOf(
  edits: readonly TagEdit[],
  limit: number,
  allowed: (key: string) => boolean,
): string | undefined {
  const keys = edits.map(({ key }) => key);
  if (keys.includes('')) return 'A tag has no key.';
  const twice = keys.find((key, i) => keys.indexOf(key) < i);
  if (twice !== undefined) return `There are two tags ${JSON.stringify(twice)}.`;
  const refused = edits.find(({ key, value, was }) => value !== was && !allowed(key));
  if (refused) return `Your role may not set ${JSON.stringify(refused.key)}.`;
  return tagsBytes(edits) > limit ? 'This is more than an agent takes.' : undefined;
}
