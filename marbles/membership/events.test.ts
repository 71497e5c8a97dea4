import { describe, expect } from 'vitest';
import { marbles, record, together, userEvent } from '../kit/index.ts';
import { calm, EVENTS, event, joined, letters, ok, snapshot, updated, words } from './words.ts';

describe('events after the snapshot', () => {
  marbles('change what they say', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm-x-y-z-w-';
    const expected = '----a-b-c-f-d-';

    expectObservable(words(client.membership())).toBe(expected, {
      ...letters,
      f: 'n1 n2:failed n3',
      d: 'n1:left n2:failed n3',
    });
    agent.says(says, {
      s: ok,
      m: snapshot('n1'),
      x: joined('n2'),
      y: joined('n3'),
      z: event('failed', 'n2:failed'),
      w: event('leave', 'n1:left'),
    });
  });

  marbles('remove who is reaped, known or not', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm-x-y-z-';
    const expected = '----b-d---0-';

    expectObservable(words(client.membership())).toBe(expected, letters);
    agent.says(says, {
      s: ok,
      m: snapshot('n1', 'n2'),
      x: event('reap', 'n1:left'),
      y: event('reap', 'n9:left'),
      z: event('reap', 'n2:failed'),
    });
  });

  marbles('add whom nobody had heard of, whatever they say of it', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm-x-y-';
    const expected = '----a-b-c-';

    expectObservable(words(client.membership())).toBe(expected, { ...letters, c: 'n1 n2 n3:left' });
    agent.says(says, { s: ok, m: snapshot('n1'), x: updated('n2'), y: event('leave', 'n3:left') });
  });

  marbles('may be repeated, or say nothing new: no emission', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm-x-x-y-z-';
    const expected = '----a-b-----r-';

    expectObservable(words(client.membership())).toBe(expected, letters);
    agent.says(says, {
      s: ok,
      m: snapshot('n1'),
      x: joined('n2'),
      y: updated('n1', 'n2'),
      z: updated('n1:alive:db'),
    });
  });

  marbles('may take each other back: no emission', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm-x-y-z-(yv)-w-';
    const expected = '----b-----f------d-';

    expectObservable(words(client.membership())).toBe(expected, { ...letters, d: 'n1 n2:failed n3' });
    agent.says(says, {
      s: ok,
      m: snapshot('n1', 'n2'),
      x: together(event('failed', 'n1:failed'), joined('n1')),
      y: together(joined('n3'), event('reap', 'n3:left')),
      z: event('failed', 'n2:failed'),
      v: together(joined('n2'), event('failed', 'n2:failed')),
      w: joined('n3'),
    });
  });

  marbles('make one emission when they come together', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm-(xyz)-w---';
    const expected = '----a-f-----c---';

    expectObservable(words(client.membership())).toBe(expected, { ...letters, c: 'n1 n2:failed n3' });
    agent.says(says, {
      s: ok,
      m: snapshot('n1'),
      x: joined('n2'),
      y: joined('n3'),
      z: together(event('failed', 'n2:failed'), event('reap', 'n3:left')),
      w: joined('n3'),
    });
  });

  marbles('that make no sense are reported, and change nothing', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm-x-z-y-';
    const expected = '----a-----b-';
    const dropped = ' ------x-z---';

    expectObservable(words(client.membership())).toBe(expected, letters);
    expectObservable(client.dropped$).toBe(dropped, {
      x: expect.objectContaining({ cause: 'malformed', count: 1, subject: EVENTS }),
      z: expect.objectContaining({ cause: 'malformed', count: 1, subject: EVENTS }),
    });
    agent.says(says, {
      s: ok,
      m: snapshot('n1'),
      x: record('stream', { Event: 'member-join', Members: 'n2' }),
      z: record('stream', userEvent('not asked for')),
      y: joined('n2'),
    });
  });
});
