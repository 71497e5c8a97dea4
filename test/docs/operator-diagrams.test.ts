import fc from 'fast-check';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { parseDiagram } from '../../scripts/operators/diagram.mjs';
import { draw } from '../../scripts/operators/draw.mjs';
import { parseMarbles } from '../../scripts/operators/marbles.mjs';
import { colours, INK } from '../../scripts/operators/palette.mjs';
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
