import { describe, expect } from 'vitest';
import type { Kit } from './kit/index.ts';
import { failure, marblesWith, members, refuse, reply, request, soon } from './kit/index.ts';

// Behind a balancer each connection to one address may lead to another agent. What has an effect and goes out on a
// further connection goes to the agent of the main one, or nowhere.

const told = marblesWith({ name: null });
const named = (name: string) => reply('stats', { agent: { name } });
const stats = (seq: number) => request('stats', seq);
const join = (seq: number) => request('join', seq, { Existing: ['10.0.0.9'], Replay: false });
const mismatch = (details: Record<string, unknown> = {}) =>
  failure('AgentMismatchError', 'agent-mismatch', details);
const answers = {
  u: reply('stream'),
  j: reply('join', { Num: 1 }),
  l: reply('leave'),
  k: reply('list-keys', { Messages: {}, Keys: {}, NumNodes: 1, NumErr: 0, NumResp: 1 }),
  m: reply('members', members()),
  '1': named('n1'),
  '2': named('n2'),
};
const anything = { v: expect.anything(), u: undefined, n: 1 };

/** A client whose main connection has a stream from the beginning on. */
function streaming(kit: Kit, options = {}) {
  const client = kit.connect({ ...soon, ...options });
  kit.acts('x', { x: () => client.stream('user').subscribe({ error: () => {} }) });
  return client;
}

describe('a command with an effect, on a further connection,', () => {
  told('is sent when that is with the same agent', (kit) => {
    const client = streaming(kit);
    const sub = '     --^          ';
    const says1 = '   --u-1        ';
    const sent2 = '   ---s--j      ';
    const says2 = '   ------1j     ';
    const expected = '-------(n|)  ';

    kit.expectObservable(client.join('10.0.0.9'), sub).toBe(expected, anything);
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, answers);
    kit.connection(1).expectSent(sent2, { s: stats(1), j: join(2) });
  });

  told('waits for whichever of the two agents is slower', (kit) => {
    const client = streaming(kit);
    const sub = '     --^          ';
    const says1 = '   --u---1      ';
    const sent2 = '   ---s--j      ';
    const says2 = '   ----1--j     ';
    const expected = '-------(n|)  ';

    kit.expectObservable(client.join('10.0.0.9'), sub).toBe(expected, anything);
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, answers);
    kit.connection(1).expectSent(sent2, { s: stats(1), j: join(2) });
  });

  told('is not sent when that is with another agent', (kit) => {
    const client = streaming(kit);
    const sub = '      --^        ';
    const says1 = '    --u-1      ';
    const sent2 = '    ---s       ';
    const says2 = '    -----2     ';
    const expected = ' -----#     ';
    const connected = '--^--!     ';

    const error = mismatch({
      address: '127.0.0.1:7373',
      expected: 'n1',
      found: 'n2',
      message: expect.stringContaining('leads to the agent "n2", the main one to the agent "n1"'),
    });
    kit.expectObservable(client.leave(), sub).toBe(expected, undefined, error);
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, answers);
    kit.connection(1).expectSent(sent2, { s: stats(1) });
    kit.expectSubscriptions(kit.connection(1).subscriptions).toBe(connected);
  });

  told('is not sent when that is with one that has no name', (kit) => {
    const client = streaming(kit);
    const sub = '      --^        ';
    const says1 = '    --u-1      ';
    const says2 = '    -----n     ';
    const expected = ' -----#     ';

    const error = mismatch({
      expected: 'n1',
      message: expect.stringContaining('leads to an agent without a name, the main one to the agent "n1"'),
    });
    kit.expectObservable(client.leave(), sub).toBe(expected, undefined, error);
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, { n: reply('stats', {}) });
  });

  told('has another connection the next time', (kit) => {
    const client = streaming(kit);
    const sub1 = '     --^              ';
    const sub2 = '     ------^          ';
    const says1 = '    --u-1           ';
    const says2 = '    -----2          ';
    const sent3 = '    -------sl       ';
    const says3 = '    --------1l      ';
    const expected1 = '-----#           ';
    const expected2 = '---------(u|)    ';

    kit.expectObservable(client.leave(), sub1).toBe(expected1, undefined, mismatch());
    kit.expectObservable(client.leave(), sub2).toBe(expected2, anything);
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, answers);
    kit.connection(2).says(says3, answers);
    // The name of the main one is known by now.
    kit.connection(2).expectSent(sent3, { s: stats(1), l: request('leave', 2) });
  });

  told('does not take along a read behind it: that has another connection', (kit) => {
    const client = streaming(kit);
    const sub = '      --^              ';
    const says1 = '    --u-1           ';
    const says2 = '    -----2          ';
    const sent3 = '    ------k         ';
    const says3 = '    -------k        ';
    const expected1 = '-----#           ';
    const expected2 = '-------(v|)      ';

    kit.expectObservable(client.join('10.0.0.9'), sub).toBe(expected1, undefined, mismatch());
    kit.expectObservable(client.listKeys(), sub).toBe(expected2, anything);
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, answers);
    kit.connection(2).says(says3, answers);
    kit.connection(2).expectSent(sent3, { k: request('list-keys', 1) });
  });

  told('keeps its place in front of a read that came after it', (kit) => {
    const client = streaming(kit);
    const sub = '      --^              ';
    const says1 = '    --u-1           ';
    const sent2 = '    ---s-(jk)       ';
    const says2 = '    -----1j-k       ';
    const expected1 = '------(n|)       ';
    const expected2 = '--------(v|)     ';

    kit.expectObservable(client.join('10.0.0.9'), sub).toBe(expected1, anything);
    kit.expectObservable(client.listKeys(), sub).toBe(expected2, anything);
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, answers);
    kit.connection(1).expectSent(sent2, { s: stats(1), j: join(2), k: request('list-keys', 3) });
  });

  told('is asked about once for each connection', (kit) => {
    const client = streaming(kit);
    const sub1 = '     --^              ';
    const sub2 = '     ---------^       ';
    const says1 = '    --u-1           ';
    const sent2 = '    ---s-j---j      ';
    const says2 = '    -----1-j--j     ';
    const expected1 = '-------(n|)      ';
    const expected2 = '----------(n|)   ';

    kit.expectObservable(client.join('10.0.0.9'), sub1).toBe(expected1, anything);
    kit.expectObservable(client.join('10.0.0.9'), sub2).toBe(expected2, anything);
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, answers);
    kit.connection(1).expectSent(sent2, { s: stats(1), j: expect.objectContaining({ command: 'join' }) });
  });

  told('is asked about anew when the main connection is another one', (kit) => {
    const client = streaming(kit);
    const sub1 = '     --^                    ';
    const sub2 = '     ---------------^       ';
    const says1 = '    --u-1---#             ';
    const says3 = '    ---------------u-2    ';
    const says2 = '    -----1-j              ';
    const expected1 = '-------(n|)            ';
    const expected2 = '-----------------#     ';

    // At 8 the main connection breaks; 5 ms later there is another one, to another agent.
    kit.expectObservable(client.join('10.0.0.9'), sub1).toBe(expected1, anything);
    kit
      .expectObservable(client.join('10.0.0.9'), sub2)
      .toBe(expected2, undefined, mismatch({ expected: 'n2', found: 'n1' }));
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, answers);
    kit.connection(2).says(says3, answers);
  });

  told('waits while the main connection is looked for', (kit) => {
    const client = streaming(kit);
    const sub = '      -------^           ';
    const says1 = '    --u--#             ';
    const sent2 = '    -----------s-j    ';
    const says2 = '    ------------1-j   ';
    const says3 = '    ------------u1    ';
    const expected = ' --------------(n|)';

    // It breaks at 5, and 5 ms later there is another one.
    kit.expectObservable(client.join('10.0.0.9'), sub).toBe(expected, anything);
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, answers);
    kit.connection(1).expectSent(sent2, { s: stats(1), j: join(2) });
    kit.connection(2).says(says3, answers);
  });

  told('is not sent when an agent refuses to tell who it is', (kit) => {
    const client = streaming(kit);
    const sub = '      --^        ';
    const says1 = '    --u-1      ';
    const says2 = '    -----r     ';
    const expected = ' -----#     ';

    kit
      .expectObservable(client.leave(), sub)
      .toBe(expected, undefined, mismatch({ cause: expect.anything() }));
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, { r: refuse('stats', 'not for you', {}) });
  });

  told('is sent without a question where there is no main connection', (kit) => {
    const client = kit.connect();
    kit.expectObservable(client.join('10.0.0.9')).toBe('--(n|)', anything);
    kit.connection(0).says('--j', answers);
    kit.connection(0).expectSent('-j', { j: join(1) });
  });

  told('is forgotten when nobody waits for it any more, and the connection is closed as idle', (kit) => {
    const client = streaming(kit, { idleTimeout: 10 });
    const sub = '       --^-!             ';
    const says1 = '     --u-1           ';
    const sent2 = '     ---s            ';
    const says2 = '     -----1          ';
    const connected = ' --^------------!';

    kit.expectObservable(client.leave(), sub).toBe('-');
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, answers);
    kit.connection(1).expectSent(sent2, { s: stats(1) });
    kit.expectSubscriptions(kit.connection(1).subscriptions).toBe(connected);
  });

  told('has its own time, also while an agent does not tell who it is', (kit) => {
    const client = streaming(kit, { idleTimeout: 3 });
    const sub = '      --^            ';
    const says1 = '    --u            ';
    const says2 = '    -----1         ';
    const expected = ' -- 10ms #      ';

    kit
      .expectObservable(client.leave({ timeout: 10 }), sub)
      .toBe(expected, undefined, failure('RequestTimeoutError', 'request-timeout'));
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, answers);
  });

  told('keeps its connection open while the main one’s agent has not told', (kit) => {
    const client = streaming(kit, { idleTimeout: 3 });
    const sub = '      --^              ';
    const says1 = '    --u----------1   ';
    const says2 = '    ----1---------j  ';
    const sent2 = '    ---s---------j   ';
    const expected = ' --------------(n|)';

    kit.expectObservable(client.join('10.0.0.9'), sub).toBe(expected, anything);
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, answers);
    kit.connection(1).expectSent(sent2, { s: stats(1), j: join(2) });
  });

  told('lets its connection go when it is given up before the main one’s agent has told', (kit) => {
    const client = streaming(kit, { idleTimeout: 5 });
    const sub = '       --^-----!     ';
    const says1 = '     --u           ';
    const says2 = '     ----1         ';
    const connected = ' --^----------!';

    kit.expectObservable(client.leave(), sub).toBe('-');
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, answers);
    kit.expectSubscriptions(kit.connection(1).subscriptions).toBe(connected);
  });

  told('is asked about once when the main connection is lost before its agent has told', (kit) => {
    const client = streaming(kit);
    const sub = '      --^                 ';
    const says1 = '    --u--#              ';
    const says2 = '    ----1---------j     ';
    const sent3 = '    -----------(us)     ';
    const says3 = '    ------------u1      ';
    const expected = ' --------------(n|)   ';

    kit.expectObservable(client.join('10.0.0.9'), sub).toBe(expected, anything);
    kit.connection(0).says(says1, answers);
    kit.connection(1).says(says2, answers);
    kit.connection(2).says(says3, answers);
    kit.connection(2).expectSent(sent3, { u: request('stream', 1, { Type: 'user' }), s: stats(2) });
  });

  told('ends with the client', (kit) => {
    const client = streaming(kit);
    const sub = '      --^        ';
    const says1 = '    --u        ';
    const expected = ' ------#     ';

    kit.expectObservable(client.leave(), sub).toBe(expected, undefined, failure('ClosedError', 'closed'));
    kit.connection(0).says(says1, answers);
    kit.connection(1).says('');
    kit.acts('         ------x', { x: () => client.close() });
  });
});
