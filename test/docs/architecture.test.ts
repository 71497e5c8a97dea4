import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
/** The paths of a page: in backquotes, or in a diagram behind a line break. */
const pathsIn = (text: string) => [
  ...new Set(
    [
      ...text.matchAll(/(?:`|<br>)((?:src|test|marbles|scripts|docs|bench|examples)(?:\/[\w.-]+)*)(?=`|")/g),
    ].map(([, path]) => path as string),
  ),
];
const exists = (path: string) => existsSync(fileURLToPath(new URL(path, root)));

test.each(['docs/architecture.md', 'CONTRIBUTING.md'])('every path in %s exists', (page) => {
  const paths = pathsIn(read(page));

  expect(paths.length).toBeGreaterThan(page === 'docs/architecture.md' ? 40 : 0);
  expect(paths.filter((path) => !exists(path))).toEqual([]);
});

test('the reading order is six files', () => {
  const [, order = ''] = /## Reading order\n([\s\S]*?)\n## /.exec(read('docs/architecture.md')) ?? [];
  const files = pathsIn(order);

  expect(files).toHaveLength(6);
  expect(files.every((path) => statSync(new URL(path, root)).isFile())).toBe(true);
});

test('CONTRIBUTING leads to the page', () => {
  expect(read('CONTRIBUTING.md')).toContain('](docs/architecture.md)');
});

test('the quiz: each answer is a file', () => {
  const answers = [...read('test/docs/quiz.md').matchAll(/\| `([^`|]+)` \|$/gm)].map(
    ([, path]) => path as string,
  );

  expect(answers).toHaveLength(25);
  expect(answers.filter((path) => !exists(path))).toEqual([]);
});
