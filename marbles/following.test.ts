import { describe, expect } from 'vitest';
import { failure, type Kit, marbles, members, reply, soon } from './kit/index.ts';

// What further connections do when the main one moves, and when they themselves fail.

const keys = { Messages: {}, Keys: {}, NumNodes: 1, NumErr: 0, NumResp: 1 };
const answers = {
  u: reply('stream'),
  m: reply('members', members()),
  k: reply('list-keys', keys),
  j: reply('join', { Num: 1 }),
};
const anything = { v: expect.anything(), n: 1 };

function expectDialed({ acts, connection }: Kit, diagram: string, ...addresses: string[]): void {
  acts(diagram, {
    x: () => expect(addresses.map((_, index) => connection(index).address)).toEqual(addresses),
  });
}

describe('a further connection', () => {
  marbles('has a read under way asked again where the main one has moved to', (kit) => {
    const client = kit.connect(soon, 'a,b');
    const sub2 = '    ---^                     ';
    const says1 = '   ---u-----#               ';
    const says3 = '   ----------------u        ';
    const says4 = '   --------------------k    ';
    const expected2 = '--------------------(v|)';

    // The main one is back at 14, at b.
    kit.acts('x', { x: () => client.stream('user').subscribe({ error: () => {} }) });
    kit.expectObservable(client.listKeys(), sub2).toBe(expected2, anything);
    kit.connection(0).says(says1, answers);
    kit.connection(1).says('');
    kit.connection(2).says(says3, answers);
    kit.connection(3).says(says4, answers);
    expectDialed(kit, '--------------------x', 'a:7373', 'a:7373', 'b:7373', 'b:7373');
  });

  marbles('has but one target, whatever the list: its first failure is final without reconnecting', (kit) => {
    const client = kit.connect({ reconnect: false }, 'a,b');
    const sub2 = '    ---^       ';
    const expected2 = '----#      ';

    kit.expectObservable(client.members()).toBe('--(v|)', anything);
    kit
      .expectObservable(client.listKeys(), sub2)
      .toBe(expected2, undefined, failure('ConnectError', 'connect-failed', { address: 'a:7373' }));
    kit.connection(0).says('--m', answers);
    kit.connection(1).says('----#');
  });

  marbles('that fails does not have the main one go elsewhere', (kit) => {
    const client = kit.connect({ reconnect: { ...soon.reconnect, healthyAfter: 0, attempts: 1 } }, 'a,b');
    const sub2 = '    ---^               ';
    const sub3 = '    ---------^         ';
    const expected2 = '----#              ';
    const expected3 = '-----------(v|)    ';

    kit.expectObservable(client.members()).toBe('--(v|)', anything);
    kit
      .expectObservable(client.listKeys(), sub2)
      .toBe(expected2, undefined, failure('ConnectError', 'connect-failed'));
    kit.expectObservable(client.members(), sub3).toBe(expected3, anything);
    kit.connection(0).says('--m----#', answers);
    kit.connection(1).says('----#');
    kit.connection(2).says('-----------m', answers);
    expectDialed(kit, '-----------x', 'a:7373', 'a:7373', 'a:7373');
  });

  marbles('goes on to the next of the list while there is no main one to follow', (kit) => {
    const client = kit.connect(soon, 'a,b');
    const says1 = '   -#     ';
    const says2 = '   ----j  ';
    const expected = '----(n|)';

    kit.expectObservable(client.join('10.0.0.9')).toBe(expected, anything);
    kit.connection(0).says(says1);
    kit.connection(1).says(says2, answers);
    expectDialed(kit, '----x', 'a:7373', 'b:7373');
  });

  marbles('is not the one that status$ tells of', (kit) => {
    const client = kit.connect({ reconnect: false }, 'a,b');
    const seen: string[] = [];
    client.status$.subscribe(({ state }) => seen.push(state));
    kit.expectObservable(client.join('10.0.0.9')).toBe('--(n|)', anything);
    kit.connection(0).says('--j', answers);
    kit.acts('---x', { x: () => expect(seen).toEqual(['idle']) });
  });
});

describe('an agent that was healthy and falls silent', () => {
  marbles('is passed over: it may accept connections for ever', (kit) => {
    const client = kit.connect({ heartbeat: 10, reconnect: { ...soon.reconnect, healthyAfter: 1 } }, 'a,b');
    kit.acts('x', { x: () => client.stream('user').subscribe({ error: () => {} }) });
    kit.connection(0).says('--u', answers);
    kit.connection(1).says('');
    kit.acts(' 40ms x', {
      x: () => {
        expect(kit.connection(1).address).toBe('b:7373');
        void client.close();
      },
    });
  });
});
