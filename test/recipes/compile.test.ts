import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { callOf, PAGES, recipeOf, write } from './pages.ts';

// `npm run check:docs` compiles what is TypeScript in the documents. Here come the calls, which are JavaScript and
// import the recipe beside them, and the recipes once more: whoever copies one may have stricter options.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = 'compile';

test('recipes and their calls compile, with the strictest options', async () => {
  rmSync(`${ROOT}/.cache/recipes/${FOLDER}`, { recursive: true, force: true });
  for (const page of PAGES) {
    write(`${FOLDER}/${page}.ts`, recipeOf(page));
    write(`${FOLDER}/call-${page}.js`, callOf(page));
  }
  const options = {
    // Parameters of functions have no types in JavaScript.
    noImplicitAny: false,
    lib: ['es2023', 'dom', 'esnext.disposable'],
    types: ['node'],
    typeRoots: [`${ROOT}/node_modules/@types`],
    noUnusedLocals: true,
    noUnusedParameters: true,
  };
  const config = { extends: `${ROOT}/tsconfig.json`, compilerOptions: options, include: ['*.ts', '*.js'] };
  const project = write(`${FOLDER}/tsconfig.json`, JSON.stringify(config));

  expect(await errorsOf(project)).toEqual([]);
});

/** What the compiler has to say of these files; the sources are checked elsewhere. */
async function errorsOf(project: string): Promise<string[]> {
  const tsc = `${ROOT}/node_modules/typescript/bin/tsc`;
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', project, '--pretty', 'false'], {
    cwd: ROOT,
  }).catch((error: { stdout: string }) => error);
  return stdout
    .split('\n')
    .filter((line) => line.includes(`.cache/recipes/${FOLDER}/`) || line.startsWith('error'));
}
