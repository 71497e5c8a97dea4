import type { EmbeddedNode } from '../../embedded/options.ts';

const ROLES = ['web', 'web', 'db', 'web', 'cache'];

/** Nodes as a small company has them: web-1, web-2, db-1, web-3, cache-1, … */
export function demoNodes(count: number): EmbeddedNode[] {
  const counts = new Map<string, number>();
  return Array.from({ length: count }, (_, i) => {
    const role = ROLES[i % ROLES.length] as string;
    const number = (counts.get(role) ?? 0) + 1;
    counts.set(role, number);
    return { name: `${role}-${number}`, tags: { role, version: 'v1' } };
  });
}
