import { describe, expect, test } from 'vitest';
import { FakeSerf } from './support/fake-serf.ts';
import { ok, refused, WirePeer } from './support/wire-peer.ts';

describe('join with addresses that are empty', () => {
  const joining = (...addresses: string[]) => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet().ask(1, 'join', { Existing: addresses });
    return { serf, answer: peer.take() };
  };

  test('joins at the others', () => {
    const { serf, answer } = joining('', '10.0.0.2', '');
    expect(answer).toEqual([ok(1), { Num: 1 }]);
    expect(serf.calls).toEqual([['join', ['10.0.0.2'], { replay: false }]]);
  });

  test('and no others is refused, in the agent’s words', () => {
    const nowhere = '\n\t* Failed to resolve : lookup : no such host';
    expect(joining('').answer).toEqual([refused(1, `1 error occurred:${nowhere}\n\n`), { Num: 0 }]);
    expect(joining('', '').answer).toEqual([
      refused(1, `2 errors occurred:${nowhere}${nowhere}\n\n`),
      { Num: 0 },
    ]);
    expect(joining('').serf.calls).toEqual([]);
  });
});
