import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DOCS = fileURLToPath(new URL('../../docs/recipes', import.meta.url));
const CACHE = fileURLToPath(new URL('../../.cache/recipes', import.meta.url));
/** Pages that are not recipes of one block; test/angular has Angular's, test/browser what a page does, test/gateway and test/opentelemetry their own. */
const OTHERS = ['README', 'angular', 'browser', 'gateway', 'observability', 'testing'];

/** The names of all recipes. */
export const PAGES: readonly string[] = globSync('*.md', { cwd: DOCS })
  .map((file) => basename(file, '.md'))
  .filter((name) => !OTHERS.includes(name))
  .sort();

/** The text of a page. */
export function textOf(page: string): string {
  return readFileSync(join(DOCS, `${page}.md`), 'utf8');
}

/** The recipe itself: the page's first block of TypeScript. */
export function recipeOf(page: string): string {
  return blockOf(page, 'ts');
}

/** How it is called: the page's first block of JavaScript. */
export function callOf(page: string): string {
  return blockOf(page, 'js');
}

/** Writes a file where nothing is committed, and tests can import it: everything resolves as for the tests. */
export function write(file: string, code: string): string {
  const path = join(CACHE, file);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, code);
  return path;
}

/** The recipe as a module, `M` being what the page promises of it. */
export async function load<M>(page: string): Promise<M> {
  return (await import(write(`${page}.ts`, recipeOf(page)))) as M;
}

/** The lines of the page's diagram by what stands before them; a test tells their story as it stands. */
export function diagramOf(page: string): (label: string) => string {
  const lines = new Map(
    blockOf(page, 'text')
      .split('\n')
      .flatMap((line) => {
        const [, label, marbles] = /^(\S.*?) {2,}(\S+)/.exec(line) ?? [];
        return label && marbles ? [[label, marbles] as const] : [];
      }),
  );
  return (label) => {
    const marbles = lines.get(label);
    if (marbles === undefined) throw new Error(`docs/recipes/${page}.md has no diagram of ${label}`);
    return marbles;
  };
}

/** The first block of a language in a page, or behind one of its headings. */
export function blockOf(page: string, language: string, heading?: string, level = '##'): string {
  const text = textOf(page);
  const from = heading === undefined ? 0 : text.indexOf(`\n${level} ${heading}\n`);
  if (from < 0) throw new Error(`docs/recipes/${page}.md has no ${heading}`);
  const fenced = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'ms').exec(text.slice(from));
  if (!fenced?.[1]) throw new Error(`docs/recipes/${page}.md has no block of ${language}`);
  return fenced[1];
}
