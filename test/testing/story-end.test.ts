import { finalize, NEVER, of, timer } from 'rxjs';
import { member, type SerfMarbles, SerfTestError, serfMarbles, userEvent } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';

describe('after its end, a story', () => {
  const late: Record<string, (kit: SerfMarbles) => unknown> = {
    expectObservable: ({ expectObservable }) => expectObservable(of(1)).toBe('(a|)', { a: 2 }),
    expectSubscriptions: ({ expectSubscriptions }) => expectSubscriptions([]).toBe('^'),
    expectCommands: ({ expectCommands }) => expectCommands('a', { a: { command: 'leave' } }),
    events: ({ events }) => events('a', { a: userEvent('x') }),
    logs: ({ logs }) => logs('a'),
    on: ({ on }) => on('members', 'm', { m: [member('n1')] }),
    connection: ({ connection }) => connection('c'),
    acts: ({ acts }) => acts('a', { a: () => {} }),
    hot: ({ hot }) => hot('a'),
    cold: ({ cold }) => cold('a'),
    flush: ({ flush }) => flush(),
    time: ({ time }) => time('--|'),
  };

  test.each(Object.entries(late))('takes no %s', (name, tell) => {
    let kit: SerfMarbles | undefined;
    serfMarbles((kept) => {
      kit = kept;
    });

    expect(() => tell(kit as SerfMarbles)).toThrow(SerfTestError);
    expect(() => tell(kit as SerfMarbles)).toThrow(
      `the story is over: ${name} should be called before serfMarbles returns, not in a promise or a real timer`,
    );
  });

  test('takes nothing in a promise', async () => {
    let later: Promise<unknown> | undefined;
    serfMarbles(({ expectObservable }) => {
      later = Promise.resolve().then(() => expectObservable(of(1)).toBe('(a|)', { a: 2 }));
    });

    await expect(later).rejects.toThrow('the story is over: expectObservable');
  });

  test('does not take the second half of an expectation', () => {
    let half: { toBe(marbles: string, values: object): void } | undefined;
    const tell = () =>
      serfMarbles(({ expectObservable }) => {
        half = expectObservable(of(1));
      });

    expect(tell).toThrow(SerfTestError);
    expect(() => half?.toBe('(a|)', { a: 2 })).toThrow('the story is over: toBe');
  });

  test('that has failed is over, too', () => {
    let kit: SerfMarbles | undefined;
    const fails = (kept: SerfMarbles) => {
      kit = kept;
      throw new Error('mine');
    };

    expect(() => serfMarbles(fails)).toThrow('mine');
    expect(() => kit?.flush()).toThrow('the story is over');
  });
});

describe('what the end of a story has sent', () => {
  test('as stops of streams is not compared: no diagram has a place for it', () => {
    serfMarbles(({ serf, on, expectObservable, expectCommands }) => {
      on('members', 'm', { m: [] });
      expectObservable(serf.stream('user')).toBe('-');
      expectObservable(serf.membership().pipe(finalize(() => {}))).toBe('m', { m: new Map() });
      expectCommands('(stm)', {
        s: { command: 'stream', filter: 'user' },
        t: { command: 'stream' },
        m: { command: 'members' },
      });
    });
  });

  test('else is: a goodbye that nobody expected', () => {
    const tell = (goodbye: (kit: SerfMarbles) => void) => () =>
      serfMarbles((kit) => {
        const { on, expectObservable, expectCommands } = kit;
        on('event', 'k');
        expectObservable(NEVER.pipe(finalize(() => goodbye(kit)))).toBe('---');
        expectCommands('---');
      });

    for (const goodbye of [
      ({ serf }: SerfMarbles) => serf.event('bye').subscribe(),
      ({ serf }: SerfMarbles) => timer(5).subscribe(() => serf.event('bye').subscribe()),
    ])
      expect(tell(goodbye)).toThrow(/what was sent is not as expected.*event", name: "bye"/s);
  });

  test('and a stop within it is compared all the same', () => {
    const tell = () =>
      serfMarbles(({ serf, expectObservable, expectCommands }) => {
        expectObservable(serf.stream('user'), '^--!').toBe('---');
        expectCommands('s', { s: { command: 'stream' } });
      });

    expect(tell).toThrow('a = { command: "stop", subject: "user" }');
  });
});
