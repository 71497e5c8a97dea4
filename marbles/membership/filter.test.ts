import type { Member } from 'rxserf';
import { describe } from 'vitest';
import { marbles, reply, request } from '../kit/index.ts';
import { asked, calm, joined, letters, ok, snapshot, stream, updated, wire, words } from './words.ts';

describe('a membership filtered by a function', () => {
  const isWeb = ({ tags }: Member) => tags['role'] === 'web';

  marbles('has the members for which it says so, as they change', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const sent = '    -(sm)        ';
    const says = '    --sm-w-x-y-z-';
    const expected = '---a---b-d-b-';

    expectObservable(words(client.membership(isWeb))).toBe(expected, letters);
    agent.says(says, {
      s: ok,
      m: snapshot('n1', 'n2:alive:db'),
      w: updated('n3:alive:db'),
      x: updated('n2'),
      y: updated('n1:alive:db'),
      z: updated('n1'),
    });
    agent.expectSent(sent, { s: stream, m: asked(2) });
  });

  const bug = new Error('in the application');
  const picky = ({ name }: Member) => {
    if (name === 'n9') throw bug;
    return true;
  };
  marbles('errors when that throws at the first snapshot', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    --sm-';
    const expected = '---#-';

    expectObservable(words(client.membership(picky))).toBe(expected, letters, bug);
    agent.says(says, { s: ok, m: snapshot('n1', 'n9') });
  });

  marbles('errors when that throws at an event', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    --sm-x-';
    const expected = '---a-#-';

    expectObservable(words(client.membership(picky))).toBe(expected, letters, bug);
    agent.says(says, { s: ok, m: snapshot('n1'), x: joined('n9') });
  });

  marbles('errors when that throws at a later snapshot', ({ agent, connect, expectObservable }) => {
    const client = connect({ resync: 10 });
    const sub = '     ^--------------!';
    const says = '    --sm--------n-  ';
    const expected = '---a--------#-  ';

    expectObservable(words(client.membership(picky)), sub).toBe(expected, letters, bug);
    agent.says(says, { s: ok, m: snapshot('n1'), n: snapshot('n9') });
  });
});

describe('a membership filtered by patterns', () => {
  const filter = { status: 'alive', tags: { role: 'web' } };
  const matching = (seq: number) =>
    request('members-filtered', seq, { Status: 'alive', Name: '', Tags: { role: 'web' } });
  const matched = (...texts: string[]) => reply('members-filtered', { Members: wire(...texts) });

  marbles(
    'asks again when something has happened, over the connection for patterns',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(calm);
      const sent1 = '   -s             ';
      const says1 = '   --s----x----y--';
      const sent2 = '   -m-----n----o  ';
      const says2 = '   ----m----n---o-';
      const expected = '----a----b-----';

      expectObservable(words(client.membership(filter))).toBe(expected, letters);
      agent.says(says1, { s: ok, x: joined('n2'), y: joined('n3:alive:db') });
      agent.expectSent(sent1, { s: stream });
      connection(1).says(says2, { m: matched('n1'), n: matched('n1', 'n2'), o: matched('n1', 'n2') });
      connection(1).expectSent(sent2, { m: matching(1), n: matching(2), o: matching(3) });
    },
  );

  marbles(
    'asks one question at a time, and one more for all that has happened meanwhile',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(calm);
      const says1 = '   --s--x-(xxx)----';
      const sent2 = '   -m---n----o-----';
      const says2 = '   ----m-----n----o';
      const expected = '----a----------c';

      expectObservable(words(client.membership(filter))).toBe(expected, letters);
      agent.says(says1, { s: ok, x: joined('n2') });
      connection(1).says(says2, { m: matched('n1'), n: matched('n1'), o: matched('n1', 'n2', 'n3') });
      connection(1).expectSent(sent2, { m: matching(1), n: matching(2), o: matching(3) });
    },
  );
});
