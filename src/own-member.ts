import { forkJoin, map, type Observable } from 'rxjs';
import { ProtocolError } from './errors.ts';
import type { Member } from './model.ts';
import type { RequestOptions, Serf } from './serf.ts';

/** The member that the agent of a `Serf` is: the one of those it knows that has the name in its stats. Read in one write. */
export function ownMember(
  serf: Pick<Serf, 'members' | 'stats'>,
  options: RequestOptions = {},
): Observable<Member> {
  return forkJoin([serf.stats(options), serf.members({}, options)]).pipe(
    map(([stats, members]) => {
      const name = stats.agent?.name;
      const self = members.find((member) => member.name === name);
      if (self) return self;
      const message = `the agent does not know itself: its stats have the name ${JSON.stringify(name)}`;
      throw new ProtocolError('unexpected-shape', message, { command: 'stats' });
    }),
  );
}
