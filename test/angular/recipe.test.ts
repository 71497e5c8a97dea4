// @vitest-environment happy-dom
import './testbed.ts';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

// The test of a component in docs/recipes/angular.md, as it stands: importing it declares it. The others of that page are built by
// Angular's compiler, and run in a browser: scripts/check-angular.mjs.
const root = join(fileURLToPath(import.meta.url), '../../..');
const page = readFileSync(join(root, 'docs/recipes/angular.md'), 'utf8');
const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
const { outputText } = ts.transpileModule(blocks.at(-1) ?? '', {
  compilerOptions: {
    experimentalDecorators: true,
    module: ts.ModuleKind.ESNext,
    target: ts.ScriptTarget.ES2022,
  },
});
const folder = join(root, '.cache/recipes');
mkdirSync(folder, { recursive: true });
const path = join(folder, 'angular-test.js');
writeFileSync(path, outputText);
await import(path);
