import { finalize, ignoreElements, interval, NEVER, share, timer } from 'rxjs';
import { type SerfMarbles, serfMarbles, userEvent } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';

// Until when a story goes on, and what its end does.

type Story = (kit: SerfMarbles) => void;

const tell = (story: Story, horizon: number) => () => serfMarbles(story, { horizon });

describe('beyond the horizon', () => {
  test('nothing happens', () => {
    let happened = false;
    const story = () => void timer(15).subscribe(() => (happened = true));

    expect(tell(story, 10)).toThrow('1 timer is left at the end of the story');
    expect(happened).toBe(false);
    expect(tell(story, 15)).not.toThrow();
    expect(happened).toBe(true);
  });

  test('nothing is stopped, so that a stream which is late is open', () => {
    const story: Story = ({ serf, expectCommands }) => {
      const stream = serf.stream('user').subscribe();
      timer(15).subscribe(() => stream.unsubscribe());
      expectCommands('s', { s: { command: 'stream' } });
    };

    expect(tell(story, 10)).toThrow('stream("user") since 0 ms');
    expect(tell(story, 20)).toThrow('a = { command: "stop", subject: "user" }');
  });

  test('is what lies so far behind the longest diagram, whichever that is', () => {
    const diagrams: Record<string, Story> = {
      events: ({ events }) => events('5ms a----', { a: userEvent('x') }),
      what_is_expected: ({ expectObservable }) => expectObservable(NEVER).toBe('10ms '),
      when_it_subscribes: ({ expectObservable }) => expectObservable(NEVER, '10ms ^').toBe('-'),
      what_is_sent: ({ serf, on, acts, expectCommands }) => {
        on('stats', '(s|)', { s: {} as never });
        acts('10ms a', { a: () => serf.stats().subscribe() });
        expectCommands('10ms s', { s: { command: 'stats' } });
      },
    };
    for (const [name, story] of Object.entries(diagrams)) {
      const late: Story = (kit) => {
        story(kit);
        timer(15).subscribe();
      };
      expect(tell(late, 5), name).not.toThrow();
    }
    expect(tell(() => void timer(15).subscribe(), 5)).toThrow('1 timer');
  });
});

describe('the end of a story', () => {
  const bye = { command: 'event', name: 'bye' } as const;

  test('is where the longest diagram ends: so is what it has sent', () => {
    serfMarbles(({ serf, on, events, expectObservable, expectCommands }) => {
      on('event', 'k');
      const goodbye$ = serf.stream('user').pipe(finalize(() => serf.event('bye').subscribe()));
      events('   -a----', { a: userEvent('x') });
      expectObservable(goodbye$.pipe(share())).toBe('-a----', { a: userEvent('x') });
      expectCommands('s-----b', { s: { command: 'stream' }, b: bye });
    });
  });

  test('is later where something went on', () => {
    serfMarbles(({ serf, on, expectObservable, expectCommands }) => {
      on('event', 'k');
      expectObservable(NEVER.pipe(finalize(() => serf.event('bye').subscribe()))).toBe('---');
      timer(8).subscribe();
      expectCommands('--------b', { b: bye });
    });
  });

  test('has time for what it leads to, within the horizon', () => {
    const goodbye: Story = ({ serf, on, expectObservable, expectCommands }) => {
      on('event', 'k');
      const later = () => void timer(5).subscribe(() => serf.event('bye').subscribe());
      expectObservable(NEVER.pipe(finalize(later))).toBe('---');
      expectCommands('--------b', { b: bye });
    };

    expect(tell(goodbye, 5)).not.toThrow();
  });

  test('is within the horizon where something goes on for ever', () => {
    const story: Story = ({ serf, on, expectObservable, expectCommands }) => {
      on('event', 'k');
      const ticking$ = interval(10).pipe(
        ignoreElements(),
        finalize(() => serf.event('bye').subscribe()),
      );
      expectObservable(ticking$).toBe('---');
      expectCommands('30ms b', { b: bye });
    };

    expect(tell(story, 7)).not.toThrow();
  });

  test('stops a shared stream, though with a delay, and that is not compared', () => {
    serfMarbles(({ serf, expectObservable, expectCommands }) => {
      const lingering$ = serf.stream('user').pipe(share({ resetOnRefCountZero: () => timer(1_000) }));
      expectObservable(lingering$).toBe('---');
      expectCommands('s', { s: { command: 'stream' } });
    });
  });
});
