import { map, of } from 'rxjs';
import { type LogLine, parseLog } from 'rxserf';
import { describe, expect, it } from 'vitest';
import { line, marbles, record, reply } from '../kit/index.ts';

const lines = {
  a: '2026/11/21 10:14:08 [INFO] agent: Serf agent starting',
  b: 'goodbye',
};
const parsed = {
  x: {
    raw: lines.a,
    time: '2026-11-21T10:14:08',
    level: 'info',
    component: 'agent',
    message: 'Serf agent starting',
  },
  y: { raw: 'goodbye', message: 'goodbye' },
} as const;

/** The parts of a line, without the line. */
function parts(line: string): Omit<LogLine, 'raw'> | undefined {
  let all: LogLine | undefined;
  of(line)
    .pipe(parseLog())
    .subscribe((parsed) => (all = parsed));
  expect(all?.raw).toBe(line);
  const { raw: _, ...others } = all as LogLine;
  return others;
}

describe('parseLog()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a---b--|';
    const expected = '--x---y--|';

    expectObservable(cold(source, lines).pipe(parseLog())).toBe(expected, parsed);
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '  ------';

    expectObservable(cold(source, lines).pipe(parseLog())).toBe(source);
  });

  marbles('ends with its source', ({ cold, expectObservable }) => {
    const empty = '    --|  ';
    const failing = '  --b-#';
    const expected1 = '--|  ';
    const expected2 = '--y-#';

    expectObservable(cold(empty, lines).pipe(parseLog())).toBe(expected1);
    expectObservable(cold(failing, lines).pipe(parseLog())).toBe(expected2, parsed);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a-b---';
    const sub = '     ^--!    ';
    const expected = '--x-    ';

    const source$ = cold(source, lines);
    expectObservable(source$.pipe(parseLog()), sub).toBe(expected, parsed);
    expectSubscriptions(source$.subscriptions).toBe(sub);
  });

  marbles('is the same for each subscription', ({ hot, expectObservable }) => {
    const source = '   --a-b-a-|';
    const sub = '      ---^     ';
    const expected1 = '--x-y-x-|';
    const expected2 = '----y-x-|';

    const lines$ = hot(source, lines).pipe(parseLog());
    expectObservable(lines$).toBe(expected1, parsed);
    expectObservable(lines$, sub).toBe(expected2, parsed);
  });

  marbles('keeps the lines of a monitor in their order', ({ agent, connect, expectObservable }) => {
    const says = '    ---s(ab)';
    const expected = '----(ab)';

    const client = connect();
    const words$ = client.monitor('info').pipe(
      parseLog(),
      map(({ message }) => message),
    );
    expectObservable(words$).toBe(expected, { a: 'Serf agent starting', b: 'goodbye' });
    agent.says(says, {
      s: reply('monitor'),
      a: record('monitor', line(lines.a)),
      b: record('monitor', line(lines.b)),
    });
  });
});

// As serf 0.9.4 prints them.
describe('a line of an agent’s', () => {
  const time = '2026-11-21T10:31:07';
  const real: Record<string, Omit<LogLine, 'raw'>> = {
    '2026/11/21 10:31:07 [INFO] serf: EventMemberJoin: order1 127.0.0.1': {
      time,
      level: 'info',
      component: 'serf',
      message: 'EventMemberJoin: order1 127.0.0.1',
    },
    '2026/11/21 10:31:07 [DEBUG] memberlist: Stream connection from=127.0.0.1:53062': {
      time,
      level: 'debug',
      component: 'memberlist',
      message: 'Stream connection from=127.0.0.1:53062',
    },
    '2026/11/21 10:31:07 [INFO] agent.ipc: Accepted client: 127.0.0.1:50446': {
      time,
      level: 'info',
      component: 'agent.ipc',
      message: 'Accepted client: 127.0.0.1:50446',
    },
    '2026/11/21 10:31:07 [DEBUG] agent: Requesting user event send: deploy. Coalesced: true. Payload: "v1"': {
      time,
      level: 'debug',
      component: 'agent',
      message: 'Requesting user event send: deploy. Coalesced: true. Payload: "v1"',
    },
    '2026/11/21 10:31:07 [WARN] serf: received old event deploy from time 1 (current: 999)': {
      time,
      level: 'warn',
      component: 'serf',
      message: 'received old event deploy from time 1 (current: 999)',
    },
    '2026/11/21 10:31:07 [ERR] agent.ipc: Failed to stream log to ipc.client: 127.0.0.1:50446: EOF': {
      time,
      level: 'err',
      component: 'agent.ipc',
      message: 'Failed to stream log to ipc.client: 127.0.0.1:50446: EOF',
    },
    "2026/11/21 10:31:07 [ERR] Failed to convert protocol version '9': too new": {
      time,
      level: 'err',
      message: "Failed to convert protocol version '9': too new",
    },
    '2026/11/21 10:31:07 [TRACE] serf: retrying': {
      time,
      level: 'trace',
      component: 'serf',
      message: 'retrying',
    },
  };
  it.each(Object.entries(real))('%s', (line, expected) => {
    expect(parts(line)).toEqual(expected);
  });
});

describe('a line in part as an agent’s', () => {
  it('may have fractions of a second', () => {
    expect(parts('2026/11/21 10:14:08.123456 [INFO] serf: a')).toMatchObject({
      time: '2026-11-21T10:14:08.123456',
    });
  });

  it('may have a level that is spelt out', () => {
    expect(parts('2026/11/21 10:14:08 [ERROR] serf: a')).toMatchObject({ level: 'err', message: 'a' });
  });

  it('may have no level, and then has no component', () => {
    expect(parts('2026/11/21 10:14:08 serf: a')).toEqual({ time: '2026-11-21T10:14:08', message: 'serf: a' });
    expect(parts('2026/11/21 10:14:08 [LOUD] serf: a')).toEqual({
      time: '2026-11-21T10:14:08',
      message: '[LOUD] serf: a',
    });
  });

  it('may have no time', () => {
    expect(parts('[WARN] agent: a')).toEqual({ level: 'warn', component: 'agent', message: 'a' });
  });

  it('may have nothing to say', () => {
    expect(parts('2026/11/21 10:14:08 [INFO] serf: ')).toEqual({
      time: '2026-11-21T10:14:08',
      level: 'info',
      component: 'serf',
      message: '',
    });
  });

  it('may go on over several lines', () => {
    expect(parts('2026/11/21 10:14:08 [ERR] serf: a\nb\r\n  c')).toMatchObject({ message: 'a\nb\r\n  c' });
  });
});

describe('a line that is none of an agent’s', () => {
  const others = [
    '',
    ' ',
    '\n',
    'agent: a',
    '==> Caught signal: interrupt',
    ' 2026/11/21 10:14:08 [INFO] agent: a',
    '2026-11-21 10:14:08 agent: a',
    '2026/11/21  10:14:08 [INFO] agent: a',
    '26/11/21 10:14:08 [INFO] agent: a',
    '2026/11/21 10:14:08',
    '[info] agent: a',
    '[INFO]agent: a',
    '\u0000\uDC80',
  ];
  it.each(others)('%j is all message', (line) => {
    expect(parts(line)).toEqual({ message: line });
  });
});

describe('members of the cluster', () => {
  it('do not choose the component, nor the level', () => {
    const name = '2026/11/21 10:14:08 [ERR] agent: gotcha: ';

    expect(parts(`2026/11/21 10:14:09 [INFO] serf: EventMemberJoin: ${name} 127.0.0.1`)).toEqual({
      time: '2026-11-21T10:14:09',
      level: 'info',
      component: 'serf',
      message: `EventMemberJoin: ${name} 127.0.0.1`,
    });
  });

  // Milliseconds where only beginnings are looked at; hours, and thus a timeout, where all is tried with all.
  it('do not make it slow, however long their lines are', () => {
    const starts = ['', '[INFO] ', '2026/11/21 10:14:08.', '2026/11/21 10:14:08 [INFO] '];
    for (const part of ['a', '1', '.', ' ', '[', ': ', '[INFO] ', '2026/11/21 10:14:08 ']) {
      const long = `${part.repeat(5_000_000 / part.length)}: the end`;
      for (const start of starts) expect(parts(start + long)?.message.endsWith(': the end')).toBe(true);
    }
  });
});
