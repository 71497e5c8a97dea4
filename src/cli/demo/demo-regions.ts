import type { EmbeddedNode } from '../../embedded/options.ts';

/** The regions of the demo cluster, each a data centre of its own. The first node, which clients talk to, is in the first. */
export const REGIONS = ['eu-west', 'us-east', 'ap-south'] as const;

/** How many nodes of which role each region has. */
const ROLES = { web: 10, api: 5, db: 3, cache: 2 };

/** 60 nodes in three regions: `web-eu-west-1`, … */
export function regionNodes(): EmbeddedNode[] {
  return REGIONS.flatMap((dc) =>
    Object.entries(ROLES).flatMap(([role, count]) =>
      Array.from({ length: count }, (_, i) => ({
        name: `${role}-${dc}-${i + 1}`,
        tags: { role, dc, version: 'v1' },
      })),
    ),
  );
}
