import { concat } from 'rxjs';
import { describe, expect } from 'vitest';
import { manual, marbles, member, members, reply, request } from '../kit/index.ts';
import { auth, handshake, KEYED, NOBODY } from './letters.ts';

// How a connection comes about. Nothing happens before the first subscription; then handshake, key, and requests follow
// each other, each only after the one before was acknowledged. Where there are several addresses, they are tried in
// order. `status$` tells the story.
//
// In these diagrams, `sent` is what the client sends (`h` the handshake), `says` is what the agent says (`h` that it
// accepts it), and `connected` is how long there was a connection. What both do in one frame, the client does first.

describe('a client that connects', () => {
  marbles(
    'is lazy: nothing happens before something is subscribed to',
    ({ agent, acts, connect, expectObservable, expectSubscriptions, timers }) => {
      const client = connect();
      const idle = '     ---x         ';
      const sub = '      -----^       ';
      const says = '     ---------m   ';
      const connected = '-----^       ';
      const expected = ' ---------(v|)';

      client.stream('user');
      acts(idle, { x: () => expect(timers()).toBe(2) }); // the subscription and the answer below
      expectObservable(client.members(), sub).toBe(expected, { v: [] });
      agent.says(says, { m: reply('members', members()) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  manual(
    'shakes hands first, and sends nothing else before that is acknowledged',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '     ^               ';
      const sub2 = '     --^             ';
      const sub3 = '     -^              ';
      const sent = '     h---(mse)       ';
      const says = '     ----h----m-s-e  ';
      const expected1 = '---------(m|)   ';
      const expected2 = '-------------(e|)';
      const expected3 = '-----------(s|) ';
      const connected = '^               ';

      expectObservable(client.members(), sub1).toBe(expected1, { m: [] });
      expectObservable(client.event('e'), sub2).toBe(expected2, { e: undefined });
      expectObservable(client.stats(), sub3).toBe(expected3, { s: {} });
      agent.says(says, {
        h: reply('handshake'),
        m: reply('members', members()),
        s: reply('stats', {}),
        e: reply('event'),
      });
      agent.expectSent(sent, {
        h: handshake,
        m: request('members', 1),
        s: request('stats', 2),
        e: request('event', 3, { Name: 'e', Payload: new Uint8Array(0), Coalesce: false }),
      });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  manual(
    'gives its key after the handshake, and sends nothing else before that is acknowledged',
    ({ agent, connect, expectObservable }) => {
      const client = connect({}, KEYED);
      const sub1 = '     ^             ';
      const sub2 = '     ---^          ';
      const sent = '     h-a---(ms)    ';
      const says = '     --h---a---m-s ';
      const expected1 = '----------(m|) ';
      const expected2 = '------------(s|)';

      expectObservable(client.members(), sub1).toBe(expected1, { m: [] });
      expectObservable(client.stats(), sub2).toBe(expected2, { s: {} });
      agent.says(says, {
        h: reply('handshake'),
        a: reply('auth'),
        m: reply('members', members()),
        s: reply('stats', {}),
      });
      agent.expectSent(sent, { h: handshake, a: auth, m: request('members', 2), s: request('stats', 3) });
    },
  );

  marbles(
    'shares one connection among all that subscribe, again and again',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub = '      ^              ';
      const sent = '     -m---m         ';
      const says = '     -----a---b     ';
      const connected = '^              ';
      const expected = ' -----v---(w|)  ';

      expectObservable(concat(client.members(), client.members()), sub).toBe(expected, {
        v: [member('a')],
        w: [member('b')],
      });
      agent.says(says, { a: reply('members', members('a')), b: reply('members', members('b')) });
      agent.expectSent(sent, { m: expect.objectContaining({ command: 'members' }) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  manual('sends nothing for who has unsubscribed before it is up', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^-!       ';
    const sub2 = '     -^        ';
    const sub3 = '     -^-!      ';
    const sent = '     h---s     ';
    const says = '     ----h--s  ';
    const never = '    ----------';
    const expected2 = '-------(v|)';

    expectObservable(client.members(), sub1).toBe(never);
    expectObservable(client.stats(), sub2).toBe(expected2, { v: {} });
    expectObservable(client.stream('user'), sub3).toBe(never);
    agent.says(says, { h: reply('handshake'), s: reply('stats', {}) });
    agent.expectSent(sent, { h: handshake, s: request('stats', 1) });
  });

  manual(
    'gives up connecting when nobody waits for it any more',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({}, NOBODY);
      const sub1 = '      ^--!        ';
      const sub2 = '      -^---!      ';
      const sub3 = '      ---------^  ';
      const sent = '      h           ';
      const says2 = '     ----------hm';
      const connected1 = '^----!      ';
      const connected2 = '---------^  ';
      const never = '     ------------';
      const expected3 = ' -----------(v|)';

      expectObservable(client.members(), sub1).toBe(never);
      expectObservable(client.stream('user'), sub2).toBe(never);
      expectObservable(client.members(), sub3).toBe(expected3, { v: [] });
      agent.expectSent(sent, { h: handshake });
      connection(1).says(says2, { h: reply('handshake'), m: reply('members', members()) });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );

  marbles(
    'goes on when a subscriber throws at the first answer',
    ({ agent, acts, connect, expectObservable, expectThrown }) => {
      const client = connect();
      const sub = '     ^       ';
      const says = '    ----a-b ';
      const expected = '------(v|)';
      const bug = new Error('in the application');

      acts(sub.replace('^', 'a'), {
        a: () =>
          client.members().subscribe(() => {
            throw bug;
          }),
      });
      expectObservable(client.members(), sub).toBe(expected, { v: [member('b')] });
      agent.says(says, { a: reply('members', members('a')), b: reply('members', members('b')) });
      expectThrown(bug);
    },
  );
});
