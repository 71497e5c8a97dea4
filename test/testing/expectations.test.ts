import { of } from 'rxjs';
import { type SerfMarbles, SerfTestError, serfMarbles, userEvent } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import { thrownBy } from '../unit/shown.ts';

// An expectation that nothing is compared with passes, whatever happens: each is told what to be, once.

type Story = (kit: SerfMarbles) => void;

const tell = (story: Story) => () => serfMarbles(story);

describe('an expectation that was not told what to be', () => {
  const untold: Record<string, [Story, string]> = {
    'of what is observed': [
      ({ serf, events, expectObservable }) => {
        events('-a', { a: userEvent('x') });
        expectObservable(serf.stream('user'));
      },
      'expectObservable was not told what to be: call toBe or toEqual on what it returns',
    ],
    'of subscriptions': [
      ({ hot, expectSubscriptions }) => expectSubscriptions(hot('-a').subscriptions),
      'expectSubscriptions was not told what to be: call toBe on what it returns',
    ],
    'among others': [
      ({ expectObservable }) => {
        expectObservable(of('a')).toBe('(a|)');
        expectObservable(of('b'));
        expectObservable(of('c')).toBe('(c|)');
      },
      'expectObservable was not told',
    ],
    'that is made later in the story': [
      ({ acts, expectObservable }) => acts('-a', { a: () => expectObservable(of(1)) }),
      'expectObservable was not told',
    ],
  };

  test.each(Object.entries(untold))('%s fails the story', (_, [story, message]) => {
    expect(tell(story)).toThrow(SerfTestError);
    expect(tell(story)).toThrow(message);
  });

  test('is found by its line', () => {
    const { stack } = thrownBy(tell(({ expectObservable }) => void expectObservable(of(1)))) as Error;

    expect(stack).toContain('expectations.test.ts');
  });

  test('may be told after a flush', () => {
    serfMarbles(({ expectObservable, flush }) => {
      const expectation = expectObservable(of('a'));
      flush();
      expectation.toBe('(a|)');
    });
  });
});

describe('an expectation that is told twice', () => {
  const twice: Record<string, Story> = {
    'toBe and toBe': ({ cold, expectObservable }) => {
      const expectation = expectObservable(cold('-a|'));
      expectation.toBe('-b|');
      expectation.toBe('-a|');
    },
    'toBe and toEqual': ({ cold, expectObservable }) => {
      const expectation = expectObservable(cold('-a|'));
      expectation.toBe('-b|');
      expectation.toEqual(cold('-a|'));
    },
  };

  test.each(Object.entries(twice))('%s: the first one is not lost', (_, story) => {
    expect(tell(story)).toThrow(SerfTestError);
    expect(tell(story)).toThrow('expectObservable was told twice what to be: call expectObservable again');
  });

  test('of subscriptions', () => {
    const story: Story = ({ hot, expectSubscriptions }) => {
      const expectation = expectSubscriptions(hot('-a').subscriptions);
      expectation.toBe('^');
      expectation.toBe([]);
    };

    expect(tell(story)).toThrow('expectSubscriptions was told twice what to be');
  });
});

describe('toEqual', () => {
  test('compares two, and both end with the story', () => {
    serfMarbles(({ serf, events, expectObservable }) => {
      events('-a', { a: userEvent('x') });
      expectObservable(serf.stream('user')).toEqual(serf.stream('user:x'));
    });
  });

  test('fails where they differ', () => {
    const story: Story = ({ serf, events, expectObservable }) => {
      events('-a', { a: userEvent('x') });
      expectObservable(serf.stream('user')).toEqual(serf.stream('query') as never);
    };

    expect(tell(story)).toThrow(/what was observed is not as expected.*expected:\n\(nothing\)/s);
  });
});
