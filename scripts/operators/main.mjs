// Writes docs/operators.md and its pictures: `npm run docs`. With --check it writes nothing, and fails where they are not
// what they would be.
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { differences } from './differences.mjs';
import { makePages } from './page.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const docs = join(root, 'docs');
const read = (/** @type {string} */ path) => readFileSync(path, 'utf8');

/** The texts of a folder's files, by their names without the extension. @param {string} folder @param {string} extension */
function texts(folder, extension) {
  const paths = globSync(`*${extension}`, { cwd: join(root, folder) }).sort();
  return new Map(paths.map((path) => [basename(path, extension), read(join(root, folder, path))]));
}

function onDisk() {
  const pictures = existsSync(join(docs, 'operators')) ? readdirSync(join(docs, 'operators')) : [];
  const paths = ['operators.md', ...pictures.sort().map((name) => `operators/${name}`)];
  const there = paths.filter((path) => existsSync(join(docs, path)));
  return new Map(there.map((path) => [path, read(join(docs, path))]));
}

const { files, problems } = makePages({
  index: read(join(root, 'src/operators/index.ts')),
  sources: texts('src/operators', '.ts'),
  stories: texts('marbles/operators', '.test.ts'),
});
const there = onDisk();
if (process.argv.includes('--check')) {
  problems.push(...differences(files, there));
} else {
  mkdirSync(join(docs, 'operators'), { recursive: true });
  for (const path of there.keys()) if (!files.has(path)) rmSync(join(docs, path));
  for (const [path, text] of files) if (there.get(path) !== text) writeFileSync(join(docs, path), text);
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;
else console.log(`docs/operators.md and ${files.size - 1} pictures are as their operators`);
