import { concat, map } from 'rxjs';
import { ConnectError } from 'rxserf';
import { describe, expect } from 'vitest';
import { failure, marbles, marblesWith, member, members, refuse, reply, request } from './kit/index.ts';

// How a connection comes about. Nothing happens before the first subscription; then handshake, key, and requests follow
// each other, each only after the one before was acknowledged. Where there are several addresses, they are tried in
// order. `status$` tells the story.
//
// In these diagrams, `sent` is what the client sends (`h` the handshake), `says` is what the agent says (`h` that it
// accepts it), and `connected` is how long there was a connection. What both do in one frame, the client does first.

const handshake = request('handshake', 0, { Version: 1 });
const auth = request('auth', 1, { AuthKey: 's3cret' });
const KEYED = '127.0.0.1:7373?AuthKey=s3cret';
const NOBODY = '127.0.0.1:7371,127.0.0.2:7372';

/** The agents of these stories acknowledge nothing by themselves. */
const manual = marblesWith({ greets: false });

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

describe('an agent that does not answer', () => {
  manual('has 5 s for the handshake', ({ agent, connect, expectObservable, expectSubscriptions }) => {
    const client = connect();
    const sent = '     h             ';
    const connected = '^ 4999ms !    ';
    const expected = ' - 4999ms #    ';

    expectObservable(client.members()).toBe(expected, undefined, failure('ConnectError', 'connect-timeout'));
    agent.expectSent(sent, { h: handshake });
    expectSubscriptions(agent.subscriptions).toBe(connected);
  });

  manual(
    'has no more for handshake and key together',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({ connectTimeout: 8 }, KEYED);
      const sent = '     h----a        ';
      const says = '     -----h        ';
      const connected = '^-------!     ';
      const expected = ' --------#     ';

      expectObservable(client.members()).toBe(
        expected,
        undefined,
        failure('ConnectError', 'connect-timeout'),
      );
      agent.says(says, { h: reply('handshake') });
      agent.expectSent(sent, { h: handshake, a: auth });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  manual('is waited for no longer than a request has time', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub = '      ^----------';
    const sent = '     h------s   ';
    const says = '     -------h--s';
    const expected1 = '----#      ';
    const expected2 = '----------(s|)';

    expectObservable(client.members({}, { timeout: 4 }), sub).toBe(
      expected1,
      undefined,
      failure('RequestTimeoutError', 'request-timeout', { command: 'members', timeout: 4 }),
    );
    expectObservable(client.stats(), sub).toBe(expected2, { s: {} });
    agent.says(says, { h: reply('handshake'), s: reply('stats', {}) });
    agent.expectSent(sent, { h: handshake, s: request('stats', 1) });
  });
});

describe('a connection that does not come about', () => {
  manual(
    'fails all that wait for it, when the socket breaks',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '     ^     ';
      const sub2 = '     -^    ';
      const says = '     --#   ';
      const connected = '^-!   ';
      const expected = ' --#   ';
      const cause = new Error('connect ECONNREFUSED');
      const failed = failure('ConnectError', 'connect-failed', { address: '127.0.0.1:7373', cause });

      expectObservable(client.members(), sub1).toBe(expected, undefined, failed);
      expectObservable(client.stream('user'), sub2).toBe(expected, undefined, failed);
      agent.says(says, {}, cause);
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  manual(
    'fails when the agent closes it at the handshake',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const says = '     --|   ';
      const connected = '^-!   ';
      const expected = ' --#   ';

      expectObservable(client.members()).toBe(expected, undefined, failure('ConnectError', 'connect-failed'));
      agent.says(says);
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  manual('fails when the agent closes it at the key', ({ agent, connect, expectObservable }) => {
    const client = connect({}, KEYED);
    const says = '     --h-| ';
    const sent = '     h-a   ';
    const expected = ' ----# ';

    expectObservable(client.members()).toBe(expected, undefined, failure('ConnectError', 'connect-failed'));
    agent.says(says, { h: reply('handshake') });
    agent.expectSent(sent, { h: handshake, a: auth });
  });

  marbles('fails when there is no socket to be had', ({ connect, expectObservable }) => {
    const cause = new Error('too many open files');
    const socket = () => {
      throw cause;
    };
    const client = connect({ socket });
    expectObservable(client.members()).toBe(
      '#',
      undefined,
      failure('ConnectError', 'connect-failed', { cause }),
    );
  });

  manual(
    'fails when the handshake is refused',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sent = '     h     ';
      const says = '     --x   ';
      const connected = '^-!   ';
      const expected = ' --#   ';

      expectObservable(client.members()).toBe(
        expected,
        undefined,
        failure('ProtocolError', 'handshake-refused', {
          message: 'Unsupported IPC version',
          command: 'handshake',
        }),
      );
      agent.says(says, { x: refuse('handshake', 'Unsupported IPC version') });
      agent.expectSent(sent, { h: handshake });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  manual(
    'fails when the key is refused, without a word of the key',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({}, KEYED);
      const sent = '     h-a     ';
      const says = '     --h-x   ';
      const connected = '^---!   ';
      const expected = ' ----#   ';
      const refused = {
        message: expect.stringMatching(/^Invalid authentication token(?!.*s3cret)/),
        command: 'auth',
        address: '127.0.0.1:7373',
      };

      expectObservable(client.members()).toBe(
        expected,
        undefined,
        failure('AuthenticationError', 'auth-invalid', refused),
      );
      agent.says(says, { h: reply('handshake'), x: refuse('auth', 'Invalid authentication token') });
      agent.expectSent(sent, { h: handshake, a: auth });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  manual(
    'is tried anew by who subscribes again',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '      ^           ';
      const sub2 = '      ----^       ';
      const says1 = '     --#         ';
      const says2 = '     ------h--m  ';
      const connected1 = '^-!         ';
      const connected2 = '----^       ';
      const expected1 = ' --#         ';
      const expected2 = ' ---------(v|)';

      const members$ = client.members();
      expectObservable(members$, sub1).toBe(expected1, undefined, failure('ConnectError', 'connect-failed'));
      expectObservable(members$, sub2).toBe(expected2, { v: [] });
      agent.says(says1);
      connection(1).says(says2, { h: reply('handshake'), m: reply('members', members()) });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );
});

describe('a client with several addresses', () => {
  marbles('takes the first one where it can', ({ agent, acts, connect, expectObservable }) => {
    const client = connect({}, NOBODY);
    const says = '    ---m   ';
    const expected = '---(v|)';

    expectObservable(client.members()).toBe(expected, { v: [] });
    agent.says(says, { m: reply('members', members()) });
    acts('            -x     ', { x: () => expect(agent.address).toBe('127.0.0.1:7371') });
  });

  manual(
    'tries the next one at once when one fails, or is silent, or refuses the key',
    ({ agent, connection, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({ connectTimeout: 5 }, `a?AuthKey=s3cret,b,c,d`);
      const says1 = '     --#                ';
      const says3 = '     --------h-x        ';
      const sent3 = '     -------hi          ';
      const says4 = '     -----------hi-m    ';
      const sent4 = '     ----------him      ';
      const connected1 = '^-!                ';
      const connected2 = '--^----!           ';
      const connected3 = '-------^--!        ';
      const connected4 = '----------^        ';
      const expected = '  --------------(v|) ';

      expectObservable(client.members()).toBe(expected, { v: [] });
      agent.says(says1);
      connection(2).says(says3, { h: reply('handshake'), x: refuse('auth', 'Invalid authentication token') });
      connection(2).expectSent(sent3, { h: handshake, i: auth });
      connection(3).says(says4, { h: reply('handshake'), i: reply('auth'), m: reply('members', members()) });
      connection(3).expectSent(sent4, { h: handshake, i: auth, m: request('members', 2) });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
      expectSubscriptions(connection(2).subscriptions).toBe(connected3);
      expectSubscriptions(connection(3).subscriptions).toBe(connected4);
      acts('              -----------x', {
        x: () =>
          expect([0, 1, 2, 3].map((index) => connection(index).address)).toEqual([
            'a:7373',
            'b:7373',
            'c:7373',
            'd:7373',
          ]),
      });
    },
  );

  manual(
    'fails after one round, and says what was wrong with each',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect({}, NOBODY);
      const says1 = '   --#    ';
      const says2 = '   ---|   ';
      const expected = '---#   ';
      const both = /127.0.0.1:7371: no route.*127.0.0.2:7372: the agent closed/;
      const failed = { message: expect.stringMatching(both), cause: expect.any(ConnectError) };

      expectObservable(client.members()).toBe(
        expected,
        undefined,
        failure('ConnectError', 'connect-failed', failed),
      );
      agent.says(says1, {}, new Error('no route'));
      connection(1).says(says2);
    },
  );

  manual('names a refused key first when it fails', ({ agent, connection, connect, expectObservable }) => {
    const client = connect({}, 'a?AuthKey=s3cret,b');
    const says1 = '   -h-x   ';
    const says2 = '   -----# ';
    const expected = '-----# ';

    expectObservable(client.members()).toBe(
      expected,
      undefined,
      failure('AuthenticationError', 'auth-invalid', { address: 'a:7373' }),
    );
    agent.says(says1, { h: reply('handshake'), x: refuse('auth', 'Invalid authentication token') });
    connection(1).says(says2);
  });

  manual(
    'has all its connections lead to the agent that was reached first',
    ({ agent, connection, acts, connect, expectObservable }) => {
      const client = connect({}, NOBODY);
      const sub1 = '     ^               ';
      const sub2 = '     ------^         ';
      const says1 = '    -#              ';
      const says2 = '    --h-m           ';
      const says3 = '    -------h--j     ';
      const expected1 = '----(v|)        ';
      const expected2 = '----------(n|)  ';

      expectObservable(client.members(), sub1).toBe(expected1, { v: [] });
      expectObservable(client.join('10.0.0.9'), sub2).toBe(expected2, { n: 1 });
      agent.says(says1);
      connection(1).says(says2, { h: reply('handshake'), m: reply('members', members()) });
      connection(2).says(says3, { h: reply('handshake'), j: reply('join', { Num: 1 }) });
      acts('             -------x', {
        x: () =>
          expect([1, 2].map((index) => connection(index).address)).toEqual([
            '127.0.0.2:7372',
            '127.0.0.2:7372',
          ]),
      });
    },
  );
});

describe('status$', () => {
  const idle = { state: 'idle' };
  const closed = { state: 'closed' };
  const connecting = (address: string, attempt = 1) => ({ state: 'connecting', address, attempt });
  const connected = (address: string) => ({ state: 'connected', address });

  manual(
    'tells the story of the connection, the present state first',
    ({ agent, acts, connect, expectObservable }) => {
      const client = connect();
      const sub1 = '      ^                ';
      const sub2 = '      -----------^     ';
      const sub3 = '      -----------------^';
      const requests = '  ---m             ';
      const says = '      -----h---m       ';
      const closes = '    --------------x  ';
      const expected1 = ' i--c-y--------(d|)';
      const expected2 = ' -----------y--(d|)';
      const expected3 = ' -----------------(d|)';
      const states = {
        i: idle,
        c: connecting('127.0.0.1:7373'),
        y: connected('127.0.0.1:7373'),
        d: closed,
      };

      expectObservable(client.status$, sub1).toBe(expected1, states);
      expectObservable(client.status$, sub2).toBe(expected2, states);
      expectObservable(client.status$, sub3).toBe(expected3, states);
      acts(requests, { m: () => client.members().subscribe() });
      agent.says(says, { h: reply('handshake'), m: reply('members', members()) });
      acts(closes, { x: () => client.close() });
    },
  );

  manual(
    'tells of each address that is tried, and of why none was reached',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect({}, NOBODY);
      const sub = '       --^        ';
      const says1 = '     ---#       ';
      const says2 = '     -----|     ';
      const expected1 = ' -----#     ';
      const expected2 = ' i-cd-x     ';

      expectObservable(client.status$).toBe(expected2, {
        i: idle,
        c: connecting('127.0.0.1:7371'),
        d: connecting('127.0.0.2:7372', 2),
        x: { state: 'idle', error: expect.any(ConnectError) },
      });
      expectObservable(client.members(), sub).toBe(
        expected1,
        undefined,
        failure('ConnectError', 'connect-failed'),
      );
      agent.says(says1);
      connection(1).says(says2);
    },
  );

  manual(
    'is connected once the key is accepted, and never shows it',
    ({ agent, acts, connect, expectObservable }) => {
      const client = connect({}, KEYED);
      const requests = ' x      ';
      const says = '     --h--a ';
      const expected = ' c----y ';

      acts(requests, { x: () => client.members().subscribe({ error: () => {} }) });
      expectObservable(client.status$.pipe(map((status) => JSON.stringify(status)))).toBe(expected, {
        c: JSON.stringify(connecting('127.0.0.1:7373')),
        y: JSON.stringify(connected('127.0.0.1:7373')),
      });
      agent.says(says, { h: reply('handshake'), a: reply('auth') });
    },
  );

  marbles(
    'knows nothing of the connections that only some requests use',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const says = '     ---j   ';
      const expected1 = '---(n|)';
      const expected2 = 'i------';

      expectObservable(client.join('10.0.0.9')).toBe(expected1, { n: 1 });
      expectObservable(client.status$).toBe(expected2, { i: idle });
      agent.says(says, { j: reply('join', { Num: 1 }) });
    },
  );
});
