import { describe, expect, it } from 'vitest';
import { differences } from '../../scripts/operators/differences.mjs';
import { makePages } from '../../scripts/operators/page.mjs';
import { readSource } from '../../scripts/operators/source.mjs';

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
