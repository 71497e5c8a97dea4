import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { scripts, engines } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
const workflows = globSync('.github/workflows/*.yml', { cwd: root }).map((file) => ({
  file,
  text: readFileSync(`${root}/${file}`, 'utf8'),
}));

// They run elsewhere: what they name has to be here.

test('workflows run scripts and files that there are', () => {
  const missing = workflows.flatMap(({ file, text }) => [
    ...[...text.matchAll(/npm run ([\w:-]+)/g)]
      .filter(([, name]) => !Object.hasOwn(scripts, name as string))
      .map(([command]) => `${file}: ${command}`),
    ...[...text.matchAll(/(?:bash|node) ((?:\.|\w)[\w./-]+)/g)]
      .filter(([, path]) => !existsSync(`${root}/${path}`))
      .map(([command]) => `${file}: ${command}`),
  ]);

  expect(workflows.length).toBe(2);
  expect(missing).toEqual([]);
});

test('the oldest Node that is supported is tried', () => {
  const [oldest] = /\d+/.exec(engines.node) ?? [];
  expect(workflows.find(({ file }) => file.endsWith('ci.yml'))?.text).toContain(`node: [${oldest}, `);
});

test('what runs anywhere names folders that there are', () => {
  const folders = String(scripts['test:portable']).split(' ').slice(2);
  expect(folders.length).toBeGreaterThan(5);
  expect(folders.filter((folder) => !existsSync(`${root}/${folder}`))).toEqual([]);
});
