import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { map, of, Subject, throwError, VirtualTimeScheduler } from 'rxjs';
import type { Member, MemberEvent, StreamOptions } from 'rxserf';
import { member, memberEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { type MembershipOptions, membership } from '../../src/membership.ts';
import type { Serf } from '../../src/serf.ts';
import { marbles, refuse, reply, request, together } from '../kit/index.ts';
import { asked, EVENTS, joined, letters, ok, snapshot, stream, words } from './words.ts';

/** A snapshot, two more, and the end. */
const three = {
  s: stream,
  m: asked(2),
  n: asked(3),
  o: asked(4),
  p: request('stop', 5, { Stop: 1 }),
};

describe('a resync', () => {
  marbles('comes every 60 s, and shows what no event has told', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub = '     ^----- 59994ms --- 59997ms ---!        ';
    const sent = '    -(sm)- 59994ms n-- 59997ms o--- 999ms p';
    const says = '    ----sm 59994ms --n 59997ms --o-        ';
    const expected = '-----a 59994ms --b 59997ms -----       ';

    expectObservable(words(client.membership()), sub).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1'), n: snapshot('n1', 'n2'), o: snapshot('n2', 'n1') });
    agent.expectSent(sent, three);
  });

  marbles('comes as often as it is told to', ({ agent, connect, expectObservable }) => {
    const client = connect({ resync: 10 });
    const sub = '     ^--------------------------!    ';
    const sent = '    -(sm)-----n---------o------ 1s p';
    const says = '    --s--m-------n---------o---     ';
    const expected = '-----a-----------------b---     ';

    expectObservable(words(client.membership()), sub).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1'), n: snapshot('n1'), o: snapshot('n1', 'n2') });
    agent.expectSent(sent, three);
  });

  marbles('comes as often for who follows its own member', ({ agent, connect, expectObservable }) => {
    const client = connect({ resync: 10 });
    const sub = '     ^-----------------!   ';
    const sent = '    -(ism)----n 1007ms p  ';
    const says = '    --i-s--m-----n        ';
    const expected = '-------a-----b        ';

    const role$ = client.self({ live: true }).pipe(map(({ tags }) => tags['role']));
    expectObservable(role$, sub).toBe(expected, { a: 'web', b: 'db' });
    agent.says(says, {
      i: reply('stats', { agent: { name: 'n1' } }),
      s: ok,
      m: snapshot('n1', 'n2'),
      n: snapshot('n1:alive:db', 'n2'),
    });
    agent.expectSent(sent, {
      i: request('stats', 1),
      s: request('stream', 2, { Type: EVENTS }),
      m: asked(3),
      n: asked(4),
      p: request('stop', 5, { Stop: 2 }),
    });
  });

  marbles('never comes with resync: 0', ({ agent, connect, expectObservable }) => {
    const client = connect({ resync: 0 });
    const sent = '    -(sm)        ';
    const says = '    --s--m 300s x';
    const expected = '-----a 300s b';

    expectObservable(words(client.membership())).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1'), x: joined('n2') });
    agent.expectSent(sent, { s: stream, m: asked(2) });
  });

  marbles(
    'waits while another snapshot is under way: one more follows it, however many are due',
    ({ agent, connect, expectObservable }) => {
      const client = connect({ resync: 10 });
      const sub = '     ^--------------------------------------!        ';
      const sent = '    -(sm)-----n-----------------------o----- 999ms p';
      const says = '    --s--m----------------------------no-----       ';
      const expected = '-----a----------------------------b-----        ';

      expectObservable(words(client.membership()), sub).toBe(expected, letters);
      agent.says(says, { s: ok, m: snapshot('n1'), n: snapshot('n1', 'n2'), o: snapshot('n1', 'n2') });
      agent.expectSent(sent, three);
    },
  );

  marbles('keeps what events say while it is under way', ({ agent, connect, expectObservable }) => {
    const client = connect({ resync: 10 });
    const sub = '     ^---------------!';
    const says = '    --s--m-----x--n--';
    const expected = '-----a-----b-----';

    expectObservable(words(client.membership()), sub).toBe(expected, letters);
    agent.says(says, { s: ok, m: snapshot('n1'), x: joined('n2'), n: snapshot('n1') });
  });

  marbles('that fails is ignored: the next one will do', ({ agent, connect, expectObservable }) => {
    const client = connect({ resync: 10, timeout: 6 });
    const sub = '     ^----------------------------------!';
    const says = '    --s--m-----n--x-----------------o-- ';
    const expected = '-----a--------b-----------------c-- ';

    expectObservable(words(client.membership()), sub).toBe(expected, letters);
    agent.says(says, {
      s: ok,
      m: snapshot('n1'),
      // One refused, one not answered in time, one as it should be.
      n: refuse('members', 'not now', { Members: [] }),
      x: joined('n2'),
      o: together(snapshot(), snapshot('n1', 'n2', 'n3')),
    });
  });
});

describe('a membership whose later snapshot has failed', () => {
  it('keeps nothing of what events say until the next one', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const scheduler = new VirtualTimeScheduler();
    const events$ = new Subject<MemberEvent>();
    let gapped = () => {};
    const answers$ = [of([member('n1')]), throwError(() => new Error('not now'))];
    const serf = {
      stream: (_: unknown, { onGap }: StreamOptions<unknown>) => {
        gapped = () => onGap?.({ event: 'gap', cause: 'reconnect', address: 'agent', away: 1 });
        return events$;
      },
      members: () => answers$.shift(),
    } as unknown as Serf;
    const filter = ({ name }: Member) => name === 'n1';
    const options: MembershipOptions = { filter, resync: 0, scheduler };
    const subscription = membership(serf, options).subscribe();
    gapped();
    expect(answers$).toEqual([]);

    const gone: WeakRef<Member>[] = [];
    for (let index = 0; index < 1_000; index++) {
      const pod = member(`pod-${index}`);
      gone.push(new WeakRef(pod));
      events$.next(memberEvent('member-join', pod));
    }
    await new Promise((resolve) => setImmediate(resolve));
    gc();
    expect(gone.filter((pod) => pod.deref()).length).toBeLessThan(10);
    subscription.unsubscribe();
  });
});
