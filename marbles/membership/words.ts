import { map, type Observable } from 'rxjs';
import type { Member } from 'rxserf';
import { members, record, reply, request, SOON } from '../kit/index.ts';

export const EVENTS = 'member-failed,member-join,member-leave,member-reap,member-update';
export const stream = request('stream', 1, { Type: EVENTS });
export const asked = (seq: number) => request('members', seq);

/** As agents have them on the wire: `n1`, `n2:failed`, `n3:alive:db` (name, status, role). */
export function wire(...texts: string[]) {
  return texts.map((text) => {
    const [name = '', Status = 'alive', role = 'web'] = text.split(':');
    return { ...members(name).Members[0], Status, Tags: { role } };
  });
}
export const snapshot = (...texts: string[]) => reply('members', { Members: wire(...texts) });
export const event = (type: string, ...texts: string[]) =>
  record('stream', { Event: `member-${type}`, Members: wire(...texts) });
export const joined = (...texts: string[]) => event('join', ...texts);
export const updated = (...texts: string[]) => event('update', ...texts);

/** A membership in the same words, by name: `n1 n2:failed`. */
export function words(membership$: Observable<ReadonlyMap<string, Member>>) {
  return membership$.pipe(
    map((byName) =>
      [...byName]
        .map(([name, { status, tags }]) => {
          if (tags['role'] !== 'web') return `${name}:${status}:${tags['role']}`;
          return status === 'alive' ? name : `${name}:${status}`;
        })
        .sort()
        .join(' '),
    ),
  );
}

/** `words`, by letter. */
export const letters = {
  '0': '',
  a: 'n1',
  b: 'n1 n2',
  c: 'n1 n2 n3',
  d: 'n2',
  f: 'n1 n2:failed',
  l: 'n1:left',
  r: 'n1:alive:db n2',
};
export const ok = reply('stream');

/** No resync by time. */
export const calm = { resync: 0 };
export const soon = { ...calm, reconnect: SOON };
