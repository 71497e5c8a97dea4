import { EMPTY, NEVER, of, takeUntil, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  ConnectError,
  ConnectionLostError,
  type ConnectionStatus,
  type Member,
  type MemberStatus,
  type QueryReply,
  type SerfEvent,
  type StreamGap,
} from 'rxserf';
import { ack, member, memberEvent, response, userEvent } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import { paint } from '../../src/cli/output/line.ts';
import { widthOf } from '../../src/cli/output/text.ts';
import { FEED_LENGTH } from '../../src/cli/watch/facts.ts';
import { keysOf } from '../../src/cli/watch/keyboard.ts';
import { layout } from '../../src/cli/watch/layout.ts';
import { firstListed } from '../../src/cli/watch/members-page.ts';
import { press } from '../../src/cli/watch/press.ts';
import { BEGINNING, type ScreenState } from '../../src/cli/watch/screen-state.ts';
import { framesOf, statesOf } from '../../src/cli/watch/watch-screen.ts';

/** Eight in the evening, wherever this runs. */
const EVENING = new Date(2026, 10, 29, 20, 0, 0).getTime();
const ADDRESS = '10.0.0.1:7373';

interface Script {
  /** When what happens, as marbles; a frame is a ms. What is typed: see KEYS. */
  readonly status?: string;
  readonly members?: string;
  readonly events?: string;
  readonly typed?: string;
  readonly replies?: string;
  readonly sets?: Readonly<Record<string, readonly Member[]>>;
  readonly heard?: Readonly<Record<string, SerfEvent<string | undefined> | StreamGap>>;
  readonly said?: Readonly<Record<string, QueryReply<string | undefined>>>;
  readonly size?: ScreenState['size'];
  readonly about?: readonly string[];
  readonly footer?: string;
}

const refused = new ConnectError(
  'connect-failed',
  `could not connect to ${ADDRESS}: connect ECONNREFUSED ${ADDRESS}`,
  { address: ADDRESS, cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) },
);
const lost = new ConnectionLostError(`lost the connection to ${ADDRESS}: the agent closed the connection`, {
  address: ADDRESS,
  outcome: 'unknown',
});
const late = new ConnectError('connect-timeout', `no agent answered at ${ADDRESS} in 5000 ms`, {
  address: ADDRESS,
});
const STATUS: Readonly<Record<string, ConnectionStatus>> = {
  c: { state: 'connecting', address: ADDRESS, attempt: 1 },
  k: { state: 'connected', address: ADDRESS },
  s: { state: 'connected', address: ADDRESS, silentSince: EVENING + 1_000 },
  l: { state: 'waiting', address: ADDRESS, attempt: 1, retryAt: EVENING + 1_500, error: lost },
  d: { state: 'connecting', address: ADDRESS, attempt: 2 },
  t: { state: 'waiting', address: ADDRESS, attempt: 2, retryAt: EVENING + 4_000, error: late },
  r: { state: 'waiting', address: ADDRESS, attempt: 2, retryAt: EVENING + 4_000, error: refused },
};

const THREE = [
  member('n1', { address: '10.0.0.1', tags: { role: 'web', zone: 'a' } }),
  member('n2', { address: '10.0.0.2', tags: { role: 'db' } }),
  member('n10', { address: '10.0.0.10', tags: { role: 'web' }, status: 'failed' }),
];

/** What stands for keys that are no letters. */
const KEYS = {
  ...Object.fromEntries([...'abcdefghijklmnopqrstuvwxyz=/?'].map((key) => [key, key])),
  ...{ _: ' ', H: ' ', E: '\r', X: '\u001b', D: '\u001b[B', R: '\u001b[C', B: '\u007f', Z: '\u001b[F' },
};

/** What stands on the screen so many ms after the beginning, without colours, without blanks at the ends. */
function screenAt(time: number, script: Script): string[] {
  return played(time, script).at(-1) ?? [];
}

/** All pictures until then. */
function played(until: number, script: Script): string[][] {
  const pictures: string[][] = [];
  const scheduler = new TestScheduler(() => {});
  scheduler.run(({ hot, cold }) => {
    const now = () => EVENING + scheduler.now();
    const stream$ = hot(script.events ?? '', script.heard);
    const sets = Object.entries(script.sets ?? { m: THREE });
    const membership$ = hot(
      script.members ?? 'm',
      Object.fromEntries(
        sets.map(([letter, set]) => [letter, new Map(set.map((each) => [each.name, each]))]),
      ),
    );
    const client = {
      status$: hot(script.status ?? 'ck', STATUS),
      dropped$: NEVER,
      membership: () => membership$,
      stream: () => stream$,
      query: () => cold(script.replies ?? '|', script.said, new Error('the agent says no')),
    };
    const states$ = statesOf(client as never, {
      wanted: { members: {}, filter: '*' },
      about: script.about ?? [],
      footer$: script.footer ? of(script.footer) : EMPTY,
      size$: of(script.size ?? { columns: 80, rows: 12 }),
      typed$: hot(script.typed ?? '', KEYS),
      now,
    });
    framesOf(states$, now)
      .pipe(takeUntil(timer(until + 1)))
      .subscribe(({ state, at }) =>
        pictures.push(layout(state, at).map((line) => paint(line, false, state.size.columns))),
      );
  });
  return pictures;
}

describe('an outage', () => {
  // Connected at 1 ms; lost after 1 s; another attempt half a second later, refused at 2 s; back at 9 s.
  const status = 'ck 998ms l 499ms d 499ms r 6999ms k';

  test('is one line that changes in place, with the attempt, the next try and the reason; members are of then', () => {
    const head = (time: number) => screenAt(time, { status }).slice(0, 2);

    expect(head(900)).toEqual(['rxserf watch  10.0.0.1:7373  connected', '3 members: 2 alive, 1 failed']);
    expect(head(1_200)).toEqual(
      [
        'rxserf watch  10.0.0.1:7373  attempt 1, next in 0.4 s: the agent closed the connection',
        '3 members: 2 alive, 1 failed  as of 20:00:01, 0.1 s ago',
      ].map((line) => (line.length > 80 ? `${line.slice(0, 79)}…` : line)),
    );
    expect(head(1_700)[0]).toBe(
      'rxserf watch  10.0.0.1:7373  attempt 2, under way: the agent closed the connect…',
    );
    expect(head(2_200)[0]).toBe('rxserf watch  10.0.0.1:7373  attempt 2, next in 1.9 s: connection refused');
    // It counts down with nothing else happening.
    expect(head(3_200)).toEqual([
      'rxserf watch  10.0.0.1:7373  attempt 2, next in 0.9 s: connection refused',
      '3 members: 2 alive, 1 failed  as of 20:00:01, 2.1 s ago',
    ]);
  });

  test('is one entry of the feed, to its end, and its address stands once in every line', () => {
    const feed = (time: number) => screenAt(time, { status, size: { columns: 120, rows: 14 } }).slice(6);

    expect(
      feed(3_000)
        .filter((line) => line !== '')
        .slice(1, -1),
    ).toEqual([
      '20:00:00  connected to 10.0.0.1:7373',
      '20:00:01  no connection  10.0.0.1:7373: connection refused',
    ]);
    expect(
      feed(9_500)
        .filter((line) => line !== '')
        .slice(1, -1),
    ).toEqual([
      '20:00:00  connected to 10.0.0.1:7373',
      '20:00:09  connected to 10.0.0.1:7373  after 8.0 s without a connection (connection refused)',
    ]);
    for (const line of played(10_000, { status }).flat()) expect(line.split(ADDRESS).length).toBeLessThan(3);
  });

  test('a first connection that is waited for is an outage, too', () => {
    expect(screenAt(300, { status: 'ct', members: '' })[0]).toBe(
      'rxserf watch  10.0.0.1:7373  attempt 2, next in 3.9 s: no agent answered in 5 s',
    );
    expect(screenAt(300, { status: 'cr', members: '' }).slice(0, 2)).toEqual([
      'rxserf watch  10.0.0.1:7373  attempt 2, next in 3.9 s: connection refused',
      'asking for the members…',
    ]);
  });
});

describe('an agent that does not answer', () => {
  const feed = (time: number, status: string) =>
    screenAt(time, { status })
      .slice(7, -1)
      .filter((line) => line !== '');

  test('is counted in the first line, and told of when it answers again', () => {
    const status = 'ck 1998ms s 3999ms k';

    expect(screenAt(1_900, { status })[0]).toBe('rxserf watch  10.0.0.1:7373  connected');
    expect(screenAt(2_200, { status })[0]).toBe('rxserf watch  10.0.0.1:7373  no answer for 1.1 s');
    expect(screenAt(5_200, { status })[0]).toBe('rxserf watch  10.0.0.1:7373  no answer for 4.1 s');
    expect(feed(5_200, status)).toEqual(['20:00:00  connected to 10.0.0.1:7373']);
    expect(screenAt(6_200, { status })[0]).toBe('rxserf watch  10.0.0.1:7373  connected');
    expect(feed(6_200, status)).toEqual([
      '20:00:00  connected to 10.0.0.1:7373',
      '20:00:06  no answer      from 10.0.0.1:7373 for 5.0 s',
    ]);
  });

  test('and is given up: the outage is as old as the silence', () => {
    const status = 'ck 1998ms s 3999ms l';

    expect(screenAt(6_200, { status })[1]).toBe('3 members: 2 alive, 1 failed  as of 20:00:01, 5.1 s ago');
    expect(feed(6_200, status).at(-1)).toContain('20:00:01  no connection');
  });
});

describe('the members', () => {
  test('those in trouble first; then what happened, and the keys', () => {
    const heard = { a: memberEvent('member-failed', 'n10'), b: userEvent('deploy', 'v42') };

    expect(
      screenAt(500, { events: '--a-b', heard, footer: 'dashboard: building…', about: ['DEMO'] }),
    ).toEqual([
      'rxserf watch  10.0.0.1:7373  connected',
      'DEMO',
      '3 members: 2 alive, 1 failed',
      'NAME  ADDRESS         STATUS  TAGS',
      'n10   10.0.0.10:7946  failed  role=web',
      'n1    10.0.0.1:7946   alive   role=web,zone=a',
      'n2    10.0.0.2:7946   alive   role=db',
      'EVENTS  2 so far',
      '20:00:00  member-failed  n10 (failed)',
      '20:00:00  user           deploy  v42',
      'dashboard: building…',
      '/ filter  s sort  space hold  enter member  a ask  ? help  q quit',
    ]);
  });

  test('a footer that is longer than the row has several, and the list fewer', () => {
    const footer = `dashboard: ${'why not '.repeat(12)}http://127.0.0.1:40123/#${'k'.repeat(60)}`;
    const screen = screenAt(500, { footer, size: { columns: 80, rows: 12 } });

    expect(screen).toHaveLength(12);
    expect(screen.slice(-4)).toEqual([
      'dashboard: why not why not why not why not why not why not why not why not why',
      'not why not why not why not',
      `http://127.0.0.1:40123/#${'k'.repeat(55)}…`,
      '/ filter  s sort  space hold  enter member  a ask  ? help  q quit',
    ]);
    expect(screen[2]).toContain('NAME');
  });

  test('are filtered as one types, by words in all that is known of them; escape ends that', () => {
    const names = (typed: string) =>
      screenAt(500, { typed })
        .slice(3, 6)
        .map((line) => line.split(' ')[0])
        .filter((name) => name?.startsWith('n'));

    expect(names('10ms /r')).toEqual(['n10', 'n1', 'n2']);
    expect(names('10ms /role=w')).toEqual(['n10', 'n1']);
    expect(names('10ms /role=w_ali')).toEqual(['n1']);
    expect(names('10ms /role=wBB')).toEqual(['n10', 'n1', 'n2']);
    expect(names('10ms /zoneE')).toEqual(['n1']);
    expect(names('10ms /zoneEX')).toEqual(['n10', 'n1', 'n2']);
    expect(screenAt(500, { typed: '10ms /web' }).at(-1)).toBe('filter: web');
    expect(screenAt(500, { typed: '10ms /webE' }).slice(1, 3)).toEqual([
      '3 members: 2 alive, 1 failed  filter: web',
      'NAME  ADDRESS         STATUS  TAGS  2 match',
    ]);
    expect(screenAt(500, { typed: '10ms /qqq' }).slice(2, 4)).toEqual([
      'MEMBERS  none match',
      'EVENTS  0 so far',
    ]);
  });

  test('are sorted by status, name and address in turn', () => {
    const first = (typed: string) => screenAt(500, { typed })[3]?.split(' ')[0];

    expect([first(''), first('10ms s'), first('10ms ss'), first('10ms sss')]).toEqual([
      'n10',
      'n1',
      'n1',
      'n10',
    ]);
  });

  test('that are held stand still, and it is said how much has happened since', () => {
    const heard = { e: userEvent('later', '') };
    const script: Script = {
      typed: '100ms H',
      events: '200ms e',
      heard,
      members: 'm 299ms x',
      sets: { m: THREE, x: [] },
    };
    const screen = screenAt(900, script);

    expect(screen.slice(1, 4)).toEqual([
      '3 members: 2 alive, 1 failed  held at 20:00:00, 1 event since',
      'NAME  ADDRESS         STATUS  TAGS',
      'n10   10.0.0.10:7946  failed  role=web',
    ]);
    expect(screen.join('\n')).not.toContain('later');
    expect(screenAt(900, { ...script, typed: '100ms H 499ms H' })[1]).toBe('no members');
  });
});

describe('a hundred members on 80 × 24', () => {
  const hundred = Array.from({ length: 100 }, (_, i) =>
    member(`node-${i + 1}`, i === 49 ? { status: 'failed' } : {}),
  );
  const script: Script = { sets: { m: hundred }, size: { columns: 80, rows: 24 } };

  test('are all there, in columns, and no row is lost', () => {
    const screen = screenAt(500, script);

    for (const { name } of hundred) expect(screen.some((line) => line.match(`${name}( |$)`))).toBe(true);
    expect(screen.slice(2, 5)).toEqual([
      'MEMBERS',
      '✗ node-50   ● node-17   ● node-34   ● node-52   ● node-69   ● node-86',
      '● node-1    ● node-18   ● node-35   ● node-53   ● node-70   ● node-87',
    ]);
    expect(screen).toHaveLength(24);
  });

  test('one long name does not make the columns wide', () => {
    const long = member('a'.repeat(100));
    const screen = screenAt(500, { ...script, sets: { m: [...hundred, long] } });

    expect(screen[3]?.split(/ {2,}/)).toHaveLength(6);
    expect(screen[4]).toMatch(/^● a{8}… {2}● /);
  });

  test('events take rows of theirs, and the grid says what part of it is shown', () => {
    const heard = { e: userEvent('e', '') };
    const screen = screenAt(500, { ...script, events: 'eeeeeeeeee', heard });

    expect(screen[2]).toBe('MEMBERS  1–78 of 100');
    expect(screen.filter((line) => line.includes('  user '))).toHaveLength(6);
    expect(screen).not.toContain('');
  });

  test('g: a row each, scrolled to the end', () => {
    const screen = screenAt(500, { ...script, typed: '10ms gZ' });

    expect(screen[2]).toBe('NAME      ADDRESS         STATUS  TAGS  83–100 of 100');
    expect(screen[20]).toMatch(/^node-100 /);
  });
});

describe('pages', () => {
  test('a member: all that is known of it, and what happened to it', () => {
    const heard = {
      f: memberEvent('member-failed', 'n10'),
      o: memberEvent('member-failed', 'n2'),
      u: memberEvent('member-update', 'n10'),
    };

    expect(
      screenAt(4_500, { typed: '10ms E', events: '2s f-o 2s u', heard, size: { columns: 80, rows: 16 } }),
    ).toEqual([
      'rxserf watch  10.0.0.1:7373  connected',
      '3 members: 2 alive, 1 failed',
      'n10',
      'address   10.0.0.10:7946',
      'status    failed  since 20:00:02',
      'protocol  memberlist 2 (1 to 5), serf 4 (2 to 5)',
      'tag role  web',
      '',
      'WHAT HAPPENED TO IT',
      '20:00:04  member-update  n10 (alive)',
      '20:00:02  member-failed  n10 (failed)',
      ...['', '', '', ''],
      'esc back  arrows scroll  space hold  a ask  ? help  q quit',
    ]);
    expect(screenAt(900, { typed: '10ms DDEX' })[2]).toContain('NAME');
    expect(screenAt(900, { typed: '10ms DDE' })[2]).toBe('n2');
    expect(screenAt(900, { typed: '10ms E', members: 'm 99ms x', sets: { m: THREE, x: [] } })[2]).toBe(
      'n10  is no member any more',
    );
  });

  test('a query: who has acknowledged, who has answered, who is silent', () => {
    const script: Script = {
      typed: '10ms aload_nowE',
      replies: '11ms a 8ms r 979ms |',
      said: { a: ack('n1'), r: response('n1', '0.42\n\u001b[2J') },
    };

    expect(screenAt(500, { ...script, typed: '10ms aload_now' }).at(-1)).toBe('query, payload: load now');
    expect(screenAt(500, script).slice(2, 7)).toEqual([
      'query load  now',
      '1 of 2 acknowledged, 1 answered  asking…',
      'NODE  ACK    ANSWER',
      'n1    11 ms  20 ms   0.42\\u000a\\u001b[2J',
      'n2  silent',
    ]);
    expect(screenAt(1_500, script)[3]).toBe('1 of 2 acknowledged, 1 answered  done');
    // By name as people count, and a name that is long takes no room from answers.
    const said = {
      a: response('n10', 'a'),
      b: response('n2', 'b'),
      c: response('x'.repeat(90), 'c'.repeat(50)),
    };
    expect(screenAt(500, { ...script, said, replies: '11ms (abc)' }).slice(5, 8)).toEqual([
      'n2                        –    11 ms   b',
      'n10                       –    11 ms   a',
      `${'x'.repeat(23)}…  –    11 ms   ${'c'.repeat(40)}…`,
    ]);
    expect(screenAt(500, { ...script, replies: '#' })[3]).toMatch(
      /^0 of 2 acknowledged, 0 answered {2}the agent says no/,
    );
  });

  test('?: the keys; escape: back; q, also behind it: the end', () => {
    expect(screenAt(500, { typed: '10ms ?' })[2]).toMatch(/^\/ +filter the members/);
    expect(screenAt(500, { typed: '10ms ?X' })[2]).toContain('NAME');
    expect(played(5_000, { typed: '1s q' }).length).toBeLessThan(played(5_000, {}).length);
  });
});

describe('whatever comes', () => {
  const EVIL = '\u001b[2J\u202e\r\n\u0007';
  const evil = member(`n${EVIL}`, {
    status: `alive${EVIL}` as MemberStatus,
    address: '2001:db8::1',
    tags: { [`k${EVIL}`]: EVIL.repeat(50), __proto__: EVIL },
  });
  const pages = ['', '10ms E', '10ms /xEX', '10ms ?', '10ms g', '10ms aqE', `10ms D`];

  test.each([80, 20, 5, 1])(
    'no picture of %d columns is larger than the screen, or obeyed by a terminal',
    (columns) => {
      for (const typed of pages)
        for (const rows of [24, 12, 8, 7, 5, 3, 2, 1]) {
          const script = {
            ...{ typed, about: ['DEMO', 'and more'], footer: 'footer', size: { columns, rows } },
            ...{ sets: { m: [evil, ...THREE] }, events: 'e', heard: { e: memberEvent('member-join', evil) } },
            ...{ replies: 'r', said: { r: response(`n${EVIL}`, EVIL) } },
          };
          for (const picture of played(300, script)) {
            expect(picture).toHaveLength(rows);
            for (const line of picture) {
              expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
              expect(widthOf(line)).toBeLessThanOrEqual(columns);
            }
          }
        }
    },
  );

  test('a thousand members that flap: the feed is bounded, the pictures are ten a second', () => {
    const many = Array.from({ length: 1_000 }, (_, i) => member(`node-${i}`));
    const heard = { e: memberEvent('member-failed', ...many.slice(0, 50)) };
    const script: Script = { sets: { m: many }, members: 'm', events: 'e'.repeat(1_500), heard };
    const pictures = played(1_499, script);

    expect(pictures.length).toBeLessThanOrEqual(16);
    expect(pictures.at(-1)?.[2]).toBe('MEMBERS  1–24 of 1000');
    expect(FEED_LENGTH).toBe(1_000);
  });
});

test.each([
  ['ab é猫', ['a', 'b', ' ', 'é', '猫']],
  ['\u001b[A\u001bOB\u001b[5~\u001b[6~\u001b[1;5C', ['up', 'down', 'page-up', 'page-down']],
  ['\u001b', ['escape']],
  ['\r\n\u007f\u0003\u0015', ['enter', 'enter', 'backspace', 'ctrl-c', 'ctrl-u']],
  ['\u0000\u0001\u001b[999z\u001b]0;x', ['escape', ']', '0', ';', 'x']],
])('the keys of %j', (typed, keys) => {
  expect(keysOf(typed)).toEqual(keys);
});

test.each([
  // first, chosen, rows, columns, count: the first that is shown
  [0, 0, 5, 1, 20, 0],
  [0, 4, 5, 1, 20, 0],
  [0, 5, 5, 1, 20, 1],
  [10, 3, 5, 1, 20, 3],
  [18, 19, 5, 1, 20, 15],
  [18, 0, 5, 1, 3, 0],
  [0, 14, 5, 2, 20, 5],
  [10, 3, 5, 2, 20, 0],
])(
  'from %d, with %d in sight, of %d rows and %d columns and %d members: %d',
  (first, chosen, rows, columns, count, from) => {
    expect(firstListed(first, chosen, { rows, columns }, count)).toBe(from);
  },
);

test('what is typed into a line does nothing else, and has an end', () => {
  const typing = [...'/quit'].reduce((state: ScreenState, key) => press(state, key, 0), BEGINNING);
  const long = Array.from('x'.repeat(500)).reduce((state: ScreenState, key) => press(state, key, 0), typing);

  expect(typing).toMatchObject({ ended: false, filter: 'quit' });
  expect(long.filter).toHaveLength(200);
  expect(press(typing, 'ctrl-c', 0).ended).toBe(true);
});
