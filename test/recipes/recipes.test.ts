import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { PAGES, textOf } from './pages.ts';

// What is tested is what the pages say: each part takes the first block of TypeScript of its page, and runs it.

const PARTS = globSync('*.ts', { cwd: fileURLToPath(new URL('parts', import.meta.url)) })
  .map((file) => basename(file, '.ts'))
  .sort();

test('every recipe has a test, and the other way round', () => {
  expect(PARTS).toEqual(PAGES);
});

test('the index has every recipe', () => {
  const linked = [...textOf('README').matchAll(/^\d+\. \[.+?\]\((.+?)\.md\)/gm)].map(([, page]) => page);
  expect(linked.sort()).toEqual(PAGES);
});

for (const part of PARTS) describe(part, () => import(`./parts/${part}.ts`));
