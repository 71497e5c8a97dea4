// Who is in the cluster, live: a member fails and comes back, and another one gets a new version.
//
//     node examples/watch-members.ts
import { map, takeWhile } from 'rxjs';
import { type MemberChange, memberChanges, utf8 } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { connectTo } from './in-memory.ts';

const cluster = new EmbeddedCluster({
  nodes: [
    { name: 'web-1', tags: { role: 'web', version: 'v1' } },
    { name: 'web-2', tags: { role: 'web', version: 'v1' } },
    { name: 'db-1', tags: { role: 'db' } },
  ],
});
const client = connectTo(cluster, 'db-1', utf8());

/** `web-2: alive -> failed`. */
function describe(change: MemberChange): string {
  if (change.type === 'added') return `${change.name}: ${change.after.status}`;
  if (change.type === 'removed') return `${change.name}: gone`;
  const { before, after } = change;
  if (before.status !== after.status) return `${change.name}: ${before.status} -> ${after.status}`;
  return `${change.name}: ${JSON.stringify(before.tags)} -> ${JSON.stringify(after.tags)}`;
}

// In an application, this is all of it. The filter is the agent's: RE2, anchored.
client
  .membership({ tags: { role: 'web' } })
  .pipe(
    memberChanges(),
    map(describe),
    takeWhile((line) => !line.includes('v2'), true),
  )
  .subscribe({
    next: (line) => console.log(line),
    complete: async () => {
      await client.close();
      cluster.close();
    },
  });

// What happens to the cluster.
setTimeout(() => cluster.fail('web-2'), 300);
setTimeout(() => cluster.restart('web-2'), 1_500);
setTimeout(
  () =>
    cluster
      .node('web-1')
      .tags({ set: { version: 'v2' } })
      .subscribe(),
  2_500,
);
