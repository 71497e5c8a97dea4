import fc from 'fast-check';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { parseDiagram } from '../../scripts/operators/diagram.mjs';
import { differences } from '../../scripts/operators/differences.mjs';
import { draw } from '../../scripts/operators/draw.mjs';
import { parseMarbles } from '../../scripts/operators/marbles.mjs';
import { makePages } from '../../scripts/operators/page.mjs';
import { colours, INK } from '../../scripts/operators/palette.mjs';
import { readSource } from '../../scripts/operators/source.mjs';
import { timeline } from '../../scripts/operators/timeline.mjs';

/** Each mark with its frame. */
const marks = (text: string) => parseMarbles(text).marks.map(({ mark, frame }) => [mark, frame]);

describe('a row of marbles', () => {
  it.each([
    ['--a-b|', { a: 2, b: 4, '|': 5 }],
    ['--a  -b|', { a: 2, b: 4, '|': 5 }],
    ['(ab)-c', { a: 0, b: 0, c: 5 }],
    ['-(a|)', { a: 1, '|': 1 }],
    ['-a-#', { a: 1, '#': 3 }],
    ['-a 9ms b', { a: 1, b: 11 }],
    ['-a 1.5s b 1m c', { a: 1, b: 1_502, c: 61_503 }],
    ['5ms -9', { '9': 6 }],
    ['-a-^-b', { a: -2, '^': 0, b: 2 }],
    ['-^---!', { '^': 1, '!': 5 }],
    ['------', {}],
  ])('%s', (text, expected) => {
    expect(Object.fromEntries(marks(text))).toEqual(expected);
  });

  it('is read as RxJS does', () => {
    const piece = fc.constantFrom(
      '-',
      '--',
      'a',
      'B',
      '7',
      '(ab)',
      '(x)',
      ' ',
      ' 3ms ',
      ' 12ms ',
      ' 1s ',
      ' 0.5s ',
    );
    const end = fc.constantFrom('', '|', '#', '(e|)', '---');
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1 }), end, (pieces, last) => {
        const text = `-${pieces.join('')}${last}`;
        const scheduler = new TestScheduler(() => {});
        const expected = scheduler.run(() =>
          TestScheduler.parseMarbles(text, undefined, undefined, false, true),
        );
        const shown = expected.map(({ frame, notification }) => [
          notification.kind === 'N' ? notification.value : notification.kind === 'C' ? '|' : '#',
          frame,
        ]);
        expect(marks(text)).toEqual(shown);
      }),
    );
  });

  it.each([
    ['--(ab', 'a "(" without its ")" at column 3'],
    ['--ab)', 'a ")" without its "(" at column 5'],
    ['(a(b))', 'a group inside a group at column 3'],
    ['(a 5ms b)', 'a time progression inside a group at column 4'],
    ['-a=b', '"=" is no marble at column 3'],
    ['-a…', '"…" is no marble at column 3'],
    ['-a-10ms-b', 'a time progression needs a blank on either side; at column 4'],
    ['-a 10ms', 'a time progression needs a blank on either side; at column 4'],
    ['-|-a', '"a" after the end, "|", at column 4'],
    ['-^-^-', 'a second "^" at column 4'],
    ['-a-!', '"!" belongs into a row of its own'],
    ['5ms ^-a', 'a time progression before "^"'],
    ['', 'no marbles'],
  ])('that is none: %s', (text, problem) => {
    expect(() => parseMarbles(text)).toThrow(problem);
  });
});

describe('a diagram', () => {
  it('is rows of a label, marbles and a legend', () => {
    const { rows, legend } = parseDiagram(
      [
        'source            --a 9ms b|     a, b = user events, in turn',
        "named('a b', 1)   --a|           | = the end, and",
        '                                 nothing after it',
        'sub               ^--!           it ends',
      ].join('\n'),
    );
    expect(rows.map(({ label, marbles }) => [label, marbles])).toEqual([
      ['source', '--a 9ms b|'],
      ["named('a b', 1)", '--a|'],
      ['sub', '^--!'],
    ]);
    expect(legend).toEqual([
      [{ marks: ['a', 'b'], meaning: 'user events, in turn' }],
      [{ marks: ['|'], meaning: 'the end, and nothing after it' }],
      [{ marks: [], meaning: 'it ends' }],
    ]);
  });

  it.each([
    ['source --a-|', 'a row is a label, two blanks or more, and marbles'],
    ['source  --a-|  b = what', 'the legend explains "b", which is in no row'],
    ['source  --a-|  a = x\nresult  --a-|  a = y', 'the legend explains "a" twice'],
    ['', 'without a row'],
  ])('that is none: %j', (text, problem) => {
    expect(() => parseDiagram(text)).toThrow(problem);
  });
});

describe('time', () => {
  const rows = (...texts: string[]) => texts.map((text) => parseMarbles(text));

  it('is the same in all rows', () => {
    const { x, gaps } = timeline(rows('--a----b|', '(cd)---e|'));
    expect(gaps).toEqual([]);
    const steps = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((frame) => x(frame + 1) - x(frame));
    expect(new Set(steps).size).toBe(1);
  });

  it('that is skipped is short, whatever it is', () => {
    const short = timeline(rows('-a 9ms b|', '-----------c|'));
    const long = timeline(rows('-a 59s b|', '-a 59s  c|'));
    expect(short.gaps.map(({ text }) => text)).toEqual(['9ms']);
    expect(long.gaps.map(({ text }) => text)).toEqual(['59s']);
    expect(long.width).toBe(short.width);
    expect(long.x(59_002)).toBe(short.x(11));
  });

  it('is not skipped where another row has a value', () => {
    const { x, gaps } = timeline(rows('-a 20ms b|', '---- 6ms c'));
    expect(gaps.map(({ text }) => text)).toEqual(['8ms', '11ms']);
    expect(x(11) - x(10)).toBe(x(1) - x(0));
  });

  it('is joined where rows skip in different ways', () => {
    const { gaps } = timeline(rows('-a 59s 997ms --b', '-a 60s b'));
    expect(gaps.map(({ text }) => text)).toEqual(['59.999s']);
  });

  it('of a few frames is drawn as it is', () => {
    expect(timeline(rows('-a 3ms b|')).gaps).toEqual([]);
  });
});

describe('a picture', () => {
  const diagram = `source        -a-(bc)-#   a = a < b & "c"
other         -A--|       | = done
sub           ^----!
op("<&>")     -a 20ms c`;
  const svg = draw('op', parseDiagram(diagram), diagram);
  const circles = [
    ...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="11.5" fill="(#\w+)".*\n.*>(\w)<\/text>/g),
  ].map(([, x, y, fill, letter]) => ({ letter, fill, x: Number(x), y: Number(y) }));
  const of = (letter: string) => circles.filter((circle) => circle.letter === letter);

  it('is escaped', () => {
    expect(svg).toContain('>op(&quot;&lt;&amp;&gt;&quot;)</text>');
    expect(svg).toContain('>a &lt; b &amp; &quot;c&quot;</text>');
    expect(svg).not.toMatch(/<&|&(?!(?:amp|lt|gt|quot);)/);
  });

  it('has its text for those who do not see it', () => {
    expect(svg).toMatch(/^<svg [^>]*role="img" aria-labelledby="op-title op-desc"/);
    expect(svg).toContain('<title id="op-title">Marble diagram of op</title>');
    const desc = /<desc id="op-desc">\n([\s\S]*)\n<\/desc>/.exec(svg)?.[1] ?? '';
    expect(
      desc.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&'),
    ).toBe(diagram);
  });

  it('has equal letters in equal colours, and one time at one place', () => {
    expect(of('a').map(({ fill }) => fill)).toEqual([of('a')[0]?.fill, of('a')[0]?.fill]);
    expect(new Set([...of('a'), ...of('A')].map(({ x }) => x)).size).toBe(1);
    expect(new Set([...of('a'), ...of('b'), ...of('c')].map(({ fill }) => fill)).size).toBe(3);
  });

  it('has the values of a group above each other', () => {
    const [b, c] = [of('b')[0], of('c')[0]];
    expect(b?.x).toBe(c?.x);
    expect((c?.y ?? 0) - (b?.y ?? 0)).toBeGreaterThanOrEqual(23);
  });

  it('has the result below its operator', () => {
    const box = Number(/<text x="[\d.]+" y="([\d.]+)"[^>]*>op\(/.exec(svg)?.[1]);
    expect(of('a').map(({ y }) => y < box)).toEqual([true, false]);
  });

  it('is the same each time, and needs nothing else', () => {
    expect(draw('op', parseDiagram(diagram), diagram)).toBe(svg);
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|href|url\(|<style|<script/);
  });

  it('can be read: text has a contrast of 4.5 to 1', () => {
    const luminance = (colour: string) => {
      const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
        const share = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const contrast = (one: string, other: string) => {
      const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05);
    };
    const letters = [...'abcdefghijABCDEFGHIJ'];
    const colourOf = colours(letters);
    const pairs = [
      ...letters.map((letter) => [colourOf(letter).text, colourOf(letter).fill] as const),
      [INK.text, INK.paper] as const,
      [INK.faint, INK.gap] as const,
      [INK.operator.text, INK.operator.fill] as const,
    ];
    expect(pairs.filter(([text, fill]) => contrast(text, fill) < 4.5)).toEqual([]);
  });

  it('needs a row of the operator', () => {
    expect(() => draw('others', parseDiagram(diagram), diagram)).toThrow('no row is labelled with others');
  });
});

/** A project with one operator, `upper`, and what a test changes about it. */
function project({
  tsdoc = DIAGRAM,
  story = STORY,
  index = INDEX,
  operators = ['upper'],
  parameters = "first = false, { letters = 'a' }: UpperOptions = {}",
  more = '',
} = {}) {
  const source = `
/** A case, see {@link upper}. */
export type Case = 'lower' | 'upper';

/** Options of {@link upper}. */
export interface UpperOptions {
  /** Which letters; a | b. @defaultValue 10_000, or so */
  readonly letters?: Case | string;
}

/**
 * Makes letters large. Or {@link Unknown.small | small}.
 *
${tsdoc}
 *
 * Completes with {@link Unknown.source}.
 *
 * @param first whether only the first: a | b @defaultValue false
 * @throws \`Error\` at the call
 * @example
 * \`\`\`ts
 * upper({ letters: '@param' });
 * \`\`\`
 */
export function upper(${parameters}): Operator<string> {
  return first;
}
${more}`;
  const stories = new Map(story === '' ? [] : [['upper', story]]);
  const groups = [{ title: 'Upper', about: 'Letters.', operators }];
  const { files, problems } = makePages({ index, sources: new Map([['upper', source]]), stories }, groups);
  return { page: files.get('operators.md') ?? '', files, problems };
}

const INDEX = "export { type Case, type UpperOptions, upper } from './upper.ts';";
const DIAGRAM = ' * ```\n * source    -a-b|     a, b = letters\n * upper()   -A-B|\n * ```';
const STORY = `
const other = it.skip;
describe('upper()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  -a-b| ';
    const expected = '-A-B| ';
    const count = 1;
    expectObservable(cold(source).pipe(upper())).toBe(expected);
  });
});`;

describe('the page', () => {
  const { page, files, problems } = project();

  it('has no problem, and a picture for each operator', () => {
    expect(problems).toEqual([]);
    expect([...files.keys()]).toEqual(['operators/upper.svg', 'operators.md']);
    expect(page).toContain('![Marble diagram of upper(); as text below](operators/upper.svg)');
    expect(page).toContain('```text\nsource    -a-b|     a, b = letters\nupper()   -A-B|\n```');
  });

  it('has the signature as it is called', () => {
    expect(page).toContain('function upper(first?: boolean, options?: UpperOptions): Operator<string>;');
  });

  it('has a long one a line for each parameter', () => {
    const parameters =
      'first: ReadonlyMap<string, readonly [a: string, b: string]>, { letters }: UpperOptions';
    expect(project({ parameters }).page).toContain(`function upper(
  first: ReadonlyMap<string, readonly [a: string, b: string]>,
  options: UpperOptions,
): Operator<string>;`);
  });

  it('has overloads, and not what implements them', () => {
    const [overloaded] = readSource(`
      /** Of kinds. */
      export function kinds(kind: 'a'): First;
      export function kinds(
        kind?: 'b',
      ): Second<
        unknown
      >;
      export function kinds(kind = 'a'): Third {}`).functions;
    expect(overloaded?.signatures).toEqual([
      "function kinds(kind: 'a'): First;",
      "function kinds(kind?: 'b'): Second<unknown>;",
    ]);
    expect(overloaded?.doc.summary).toBe('Of kinds.');
  });

  it('has tables, in which | does not end a cell', () => {
    expect(page).toContain('| `first` | `boolean` | `false` | whether only the first: a \\| b |');
    expect(page).toContain('| `options` | `UpperOptions` |  | see [`UpperOptions`](#upper-1) |');
    expect(page).toContain('| `letters` | `Case \\| string` | 10,000, or so | Which letters; a \\| b. |');
  });

  it('has links where GitHub has headings, and code where there is none', () => {
    expect(page).toContain('| [Upper](#upper) | [`upper`](#upper-1) | Makes letters large. |');
    expect(page).toContain('A case, see [`upper`](#upper-1).');
    expect(page).toContain('Or small.');
    expect(page).toContain('Completes with `Unknown.source`.');
  });

  it('has examples as they are, and what is thrown', () => {
    expect(page).toContain("```ts\nupper({ letters: '@param' });\n```");
    expect(page).toContain('**Throws**\n\n- `Error` at the call');
  });
});

describe('what does not fit together is told: ', () => {
  const marbleFile = 'marbles/operators/upper.test.ts';

  it('no diagram', () => {
    expect(project({ tsdoc: ' *' }).problems).toEqual([
      'src/operators/upper.ts: the TSDoc of upper has no diagram',
    ]);
  });

  it('a diagram with a mistake', () => {
    const tsdoc = DIAGRAM.replace('-a-b|', '-(a-b');
    expect(project({ tsdoc }).problems).toEqual([
      'src/operators/upper.ts: the diagram of upper: a "(" without its ")" at column 2 of "-(a-b"',
    ]);
  });

  it('a diagram without the operator', () => {
    const tsdoc = DIAGRAM.replace('upper() ', 'result  ');
    expect(project({ tsdoc }).problems).toEqual(['src/operators/upper.ts: no row is labelled with upper']);
  });

  it('no marble file', () => {
    expect(project({ story: '' }).problems).toEqual([
      `${marbleFile}: src/operators/upper.ts has no such marble file`,
    ]);
  });

  it.each([
    [
      'another text',
      STORY.replace("'-A-B| '", "'-A--B|'"),
      `has expected = '-A--B|', the diagram has "upper()" = '-A-B|'`,
    ],
    [
      'a text too few',
      STORY.replace(/ +const expected.*\n/, ''),
      `has no further text, the diagram has "upper()" = '-A-B|'`,
    ],
    [
      'a text too many',
      STORY.replace('count = 1', "count = '--'"),
      "has count = '--', the diagram no such row",
    ],
    [
      'texts in another order',
      STORY.replace("'  -a-b| '", "'-A-B|'"),
      `has source = '-A-B|', the diagram has "source" = '-a-b|'`,
    ],
  ])('a story with %s', (_, story, problem) => {
    expect(project({ story }).problems).toEqual([`${marbleFile}: 'as in its diagram' ${problem}`]);
  });

  it.each([
    ['another first test', STORY.replace('  marbles(', "  it('runs', () => {});\n  marbles("), "but 'runs'"],
    [
      'a first test that is no marbles',
      STORY.replace('marbles(', 'it('),
      'is told with it, not with marbles',
    ],
    ['no test', 'const x = 1;', 'there is no test in it'],
  ])('a marble file with %s', (_, story, problem) => {
    const { problems } = project({ story });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${marbleFile}: `);
    expect(problems[0]).toContain(problem);
  });

  it('an operator in no group, or in none that is there', () => {
    expect(project({ operators: ['lower'] }).problems).toEqual([
      'scripts/operators/groups.mjs: upper is in no group',
      'scripts/operators/groups.mjs: src/operators/index.ts exports no lower',
    ]);
  });

  it('an export that the page cannot show', () => {
    const index = "export { Class, upper } from './upper.ts';\nexport { gone } from './gone.ts';";
    expect(project({ index, operators: [], more: 'export class Class {}' }).problems).toEqual([
      'src/operators/upper.ts: the page shows functions, interfaces and types, not Class',
      'src/operators/gone.ts: index.ts exports from it, and it is not there',
    ]);
  });

  it('a second operator in a file', () => {
    const index = "export { lower, upper } from './upper.ts';";
    expect(project({ index, operators: [], more: 'export function lower(): void {}' }).problems).toEqual([
      'src/operators/upper.ts: one operator a file, not upper, lower',
    ]);
  });

  it('a @param of no parameter', () => {
    const tsdoc = `${DIAGRAM}\n *\n * @param none what is not there`;
    expect(project({ tsdoc }).problems).toEqual([
      'src/operators/upper.ts: @param none is no parameter of upper',
    ]);
  });

  it('a parameter without @param', () => {
    expect(project({ parameters: 'first: string, second: number' }).problems).toEqual([
      'src/operators/upper.ts: the parameter second has no @param',
    ]);
  });

  it('a tag that the page does not know', () => {
    expect(project({ tsdoc: `${DIAGRAM}\n *\n * @parm first` }).problems).toEqual([
      'src/operators/upper.ts: the page does not know @parm',
    ]);
  });

  it('files that are not as they would be', () => {
    const wanted = new Map([
      ['operators.md', 'one\ntwo\n'],
      ['operators/a.svg', '<svg/>'],
      ['operators/b.svg', '<svg/>'],
    ]);
    const there = new Map([
      ['operators.md', 'one\n2\n'],
      ['operators/b.svg', '<svg/>'],
      ['operators/c.svg', '<svg/>'],
    ]);
    expect(differences(wanted, there)).toEqual([
      'docs/operators.md:2: is "2", should be "two": run `npm run docs`',
      'docs/operators/a.svg: is not there: run `npm run docs`',
      'docs/operators/c.svg: no operator has this file: run `npm run docs`',
    ]);
    expect(differences(wanted, wanted)).toEqual([]);
  });
});
