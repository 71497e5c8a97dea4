import { Command } from 'commander';
import fc from 'fast-check';
import { TestScheduler } from 'rxjs/testing';
import { EmbeddedCluster } from 'rxserf/embedded';
import { member, memberEvent } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import { churn } from '../../src/cli/demo/churn.ts';
import { regionNodes } from '../../src/cli/demo/demo-regions.ts';
import { demoStory } from '../../src/cli/demo/demo-story.ts';
import { byName, countByStatus, describeEvent, memberRow } from '../../src/cli/output/describe.ts';
import { ndjson } from '../../src/cli/output/json.ts';
import { paint, span, styleOf, table } from '../../src/cli/output/line.ts';
import { serfJson } from '../../src/cli/output/serf-json.ts';
import { cut, pad, printable, widthOf } from '../../src/cli/output/text.ts';
import { goDuration, keyValue } from '../../src/cli/parse.ts';
import { likeSerf } from '../../src/cli/serf-flags.ts';
import { isLoopback } from '../../src/http/host.ts';

describe('members by name', () => {
  const sorted = (names: readonly string[]) =>
    names
      .map((name) => ({ name }))
      .sort(byName)
      .map(({ name }) => name);

  test('as people count', () => {
    expect(sorted(['web-010', 'web-10', 'Web-9', '猫', 'web', 'db', 'web-02', '10', 'web-2', '2'])).toEqual([
      '2',
      '10',
      'db',
      'web',
      'web-2',
      'web-02',
      'Web-9',
      'web-10',
      'web-010',
      '猫',
    ]);
  });

  test('as a collator has them, whatever order they come in', () => {
    const { compare } = new Intl.Collator('en', { numeric: true });
    const name = fc.string({ unit: fc.constantFrom(...'ab-19'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(name), (names) => {
        expect(sorted(names)).toEqual([...names].sort(compare));
      }),
    );
  });
});

describe('text', () => {
  test.each([
    ['plain é 猫 💀', 'plain é 猫 💀'],
    ['\u001b[2J\u0000\u007f\u009b', '\\u001b[2J\\u0000\\u007f\\u009b'],
    ['\u202e\u2028\ud800\u{e0001}', '\\u202e\\u2028\\ud800\\udb40\\udc01'],
  ])('printable %j', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  test.each([
    ['abc', 3],
    ['é', 1],
    ['e\u0301', 1],
    ['猫猫', 4],
    ['💀', 2],
  ])('the width of %j', (text, expected) => {
    expect(widthOf(text)).toBe(expected);
    expect(pad(text, 6)).toHaveLength(text.length + 6 - expected);
  });

  test.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    ['猫猫猫', 5, '猫猫…'],
    ['猫猫猫', 4, '猫…'],
    ['abc', 1, '…'],
    ['abc', 0, ''],
  ])('cut %j to %d', (text, width, expected) => {
    expect(cut(text, width)).toBe(expected);
  });
});

describe('what comes from the wire', () => {
  const ESCAPE = '\u001b[2J';
  const evil = member(`n${ESCAPE}`, { status: `alive${ESCAPE}` as 'alive', tags: { [ESCAPE]: ESCAPE } });

  test('is printable in every line', () => {
    const event = memberEvent(`member-x${ESCAPE}` as 'member-join', evil);
    const lines = [memberRow(evil), describeEvent(event), countByStatus([evil])];

    for (const line of lines) {
      expect(paint(line, false)).not.toContain('\u001b');
      expect(paint(line, false)).toContain('\\u001b[2J');
    }
  });

  test.each(['constructor', 'toString', '__proto__', 'unheard-of'])(
    'a status called %s has a style',
    (status) => {
      expect(styleOf(status as 'alive')).toBe('magenta');
      expect(paint(memberRow(member('n1', { status: status as 'alive' })), true)).toContain(status);
    },
  );
});

describe('lines', () => {
  test('a table has columns as wide as their widest cell', () => {
    const lines = table([
      [span('a'), span('猫猫'), span('x')],
      [span('bbb'), span('c'), span('')],
    ]);

    expect(lines.map((line) => paint(line, false))).toEqual(['a    猫猫  x', 'bbb  c']);
  });

  test('what is cut off leaves no style behind', () => {
    const line = [span('status '), span('failed', 'red'), span(' and more', 'dim')];

    expect(paint(line, true, 10)).toBe('status \u001b[31mfa…\u001b[39m');
    expect(paint(line, false, 13)).toBe('status failed');
    expect(paint(line, false)).toBe('status failed and more');
  });
});

describe('arguments', () => {
  test.each([
    ['500ms', 500],
    ['15s', 15_000],
    ['1m30.5s', 90_500],
    ['1h', 3_600_000],
    ['0s', 0],
  ])('%s is %d ms', (text, ms) => {
    expect(goDuration(text)).toBe(ms);
  });

  test.each(['', '5', 's', '-1s', '1 s', '1d', '1s2'])('%j is no time', (text) => {
    expect(() => goDuration(text)).toThrow('Write a time');
  });

  test('key=value: any key, any value', () => {
    const table = keyValue('__proto__=a=b', keyValue('role=', undefined));

    expect(Object.entries(table)).toEqual([
      ['role', ''],
      ['__proto__', 'a=b'],
    ]);
    expect(() => keyValue('=x')).toThrow('key=value');
  });

  test('as serf has them', () => {
    const program = new Command();
    program
      .command('c')
      .option('--status <s>')
      .option('--coalesce')
      .option('--no-coalesce')
      .option('--no-ack');
    const args = [
      'c',
      '-status=a=b',
      '-status',
      'x',
      '-coalesce=false',
      '--coalesce=true',
      '-no-ack=false',
      '-no-ack',
      '-coalesce=F',
      '-coalesce=T',
      '-no-ack=1',
      '-no-ack=0',
    ];

    expect(
      likeSerf([...args, '-5', '-x', 'status', '-h', '-status', '-1', '--', '-status=y'], program),
    ).toEqual([
      ...['c', '--status=a=b', '--status', 'x', '--no-coalesce', '--coalesce', '--no-ack', '--no-coalesce'],
      ...['--coalesce', '--no-ack', '-x', '--help', '--status', '-1'],
      ...['--', '-5', 'status', '-status=y'],
    ]);
  });

  test('as serf has them, of a command within a command', () => {
    const program = new Command();
    program.command('a').command('b').option('--wait [time]');
    program.command('c').option('--status <s>');

    expect(likeSerf(['a', 'b', '-wait', 'b', '-status', '{"x":-1}'], program)).toEqual([
      'a',
      'b',
      '--wait',
      '-status',
      '--',
      'b',
      '{"x":-1}',
    ]);
    // Its value is missing, and is not the `--` before the arguments.
    expect(likeSerf(['c', 'x', '-status'], program)).toEqual(['c', '--status']);
    expect(likeSerf(['a', 'b', '-wait=5s'], program)).toEqual(['a', 'b', '--wait=5s']);
    expect(likeSerf(['a', 'b', '--wait', '1m30s', '5s'], program)).toEqual([
      'a',
      'b',
      '--wait=1m30s',
      '--',
      '5s',
    ]);
    expect(likeSerf(['nothing', '-x'], program)).toEqual(['nothing', '-x']);
  });
});

test('JSON has bigints as text, errors as code and message, and nothing that a terminal obeys', () => {
  const error = Object.assign(new Error('no\u001b'), { code: 'closed' });
  const json = ndjson({ ltime: 2n ** 60n, error, text: '\u009b\u202e\ud800' });

  expect(json).toMatch(/^[ -~]+$/);
  expect(JSON.parse(json)).toEqual({
    ltime: '1152921504606846976',
    error: { code: 'closed', message: 'no\u001b' },
    text: '\u009b\u202e\ud800',
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.200.3.4', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::ffff:127.0.0.1', true],
  ['LocalHost', true],
  ['127.example.com', false],
  ['127.0.0.1.example.com', false],
  ['localhost.example.com', false],
  ['::', false],
  ['0.0.0.0', false],
  ['10.0.0.1', false],
  ['', false],
])('%s is for this machine alone: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test('churn: everything happens within ten minutes, never to the first node, and most are always there', () => {
  const scheduler = new TestScheduler(() => {});
  scheduler.maxFrames = 600_000;
  let seed = 1;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const cluster = new EmbeddedCluster({ nodes: 5, scheduler });
  const did: string[] = [];
  let fewest = 5;
  churn(cluster, { scheduler, random }).subscribe((text) => {
    did.push(text);
    cluster
      .node('n1')
      .members({ status: 'alive' })
      .subscribe(({ length }) => {
        fewest = Math.min(fewest, length);
      });
  });
  scheduler.flush();
  cluster.close();

  expect(did.join('\n')).toMatch(/n\d fails\n/);
  for (const what of [/n\d leaves/, /n\d is back/, /v9 is deployed/, /load is asked for/]) {
    expect(did.join('\n')).toMatch(what);
  }
  expect(did.filter((text) => text.startsWith('n1 '))).toEqual([]);
  expect(fewest).toBeGreaterThanOrEqual(3);
});

describe('the demo story', () => {
  /** What happens within so many minutes of virtual time, with the fewest members that were alive. */
  function told(minutes: number, seed = 1) {
    const scheduler = new TestScheduler(() => {});
    scheduler.maxFrames = minutes * 60_000;
    const cluster = new EmbeddedCluster({ nodes: regionNodes(), scheduler });
    const first = cluster.node(cluster.names[0] as string);
    const did: string[] = [];
    const events: string[] = [];
    let fewest = 60;
    first.stream('*').subscribe((event) => events.push(event.event));
    demoStory(cluster, { scheduler, seed }).subscribe((text) => {
      did.push(text);
      first.members({ status: 'alive' }).subscribe(({ length }) => {
        fewest = Math.min(fewest, length);
      });
    });
    scheduler.flush();
    cluster.close();
    return { did, events: new Set(events), fewest };
  }

  test('a rollout, a node that flaps, a region that is cut off, maintenance, queries; most nodes are there', () => {
    const { did, events, fewest } = told(4);
    const text = did.join('\n');

    expect(text).toMatch(/v2 is rolled out\nv2 in eu-west\nv2 in us-east\nv2 in ap-south/);
    expect(text).toMatch(/(cache-\S+) fails\n\1 is back\n\1 fails\n\1 is back\n\1 fails\n\1 is back/);
    expect(text).toMatch(/(us-east|ap-south) is cut off\n\1 is back/);
    expect(text).toMatch(/(db-eu-west-\d) leaves for maintenance\n\1 is back/);
    for (const event of ['query', 'user', 'member-update', 'member-failed', 'member-join', 'member-leave'])
      expect(events).toContain(event);
    expect(fewest).toBeGreaterThanOrEqual(40);
  });

  test('the same seed tells the same story, another one another', () => {
    expect(told(3).did).toEqual(told(3).did);
    expect(told(6, 2).did).not.toEqual(told(6).did);
  });
});

test('JSON as Go writes it: keys of maps by their bytes, fields as they are, no HTML, nothing that a terminal obeys', () => {
  const tags = new Map([
    ['9', '<b>&\u2028'],
    ['10', 'é\u001b'],
    ['__proto__', ''],
  ]);

  expect(serfJson({ name: 'n1', empty: [], none: null, tags, list: ['a', 1] })).toBe(`{
  "name": "n1",
  "empty": [],
  "none": null,
  "tags": {
    "10": "é\\u001b",
    "9": "\\u003cb\\u003e\\u0026\\u2028",
    "__proto__": ""
  },
  "list": [
    "a",
    1
  ]
}`);
});
