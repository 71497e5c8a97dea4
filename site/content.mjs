// Lays out what VitePress builds: docs/ and its like as pages, and the files of the repository that they speak of.
import {
  copyFileSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PAGES, root } from './pages.mjs';

const content = fileURLToPath(new URL('.cache/content', import.meta.url));
const pageOf = new Map(PAGES.map((page) => [page.source, page]));
/** Files that a page leads to, and folders: each is a page as well. */
const sources = new Set();

export function layOut() {
  const missing = globSync('docs/**/*.md', { cwd: root }).filter((file) => !pageOf.has(file));
  if (missing.length > 0) throw new Error(`site/pages.mjs has no place for ${missing.join(', ')}`);
  for (const { source, link } of PAGES) write(fileOf(link), rewritten(source, link));
  write('index.md', readFileSync(new URL('home.md', import.meta.url), 'utf8'));
  for (const source of sources) write(`source/${source}.md`, sourcePage(source));
  for (const image of globSync('docs/**/*.{svg,png,webp}', { cwd: root }))
    copy(image, image.replace(/^docs\//, ''));
}

/** @param {string} link */
function fileOf(link) {
  return `${link.slice(1).replace(/\/$/, '/index')}.md`;
}

/**
 * A document with its links as they are on the site.
 *
 * @param {string} source
 * @param {string} link
 */
function rewritten(source, link) {
  const text = readFileSync(join(root, source), 'utf8');
  // Blocks of code stay as they are.
  return text
    .split(/(^```.*?^```$)/ms)
    .map((part) =>
      part.startsWith('```')
        ? part
        : part.replace(/\]\(([^)\s]+)\)/g, (_, to) => `](${target(source, link, to)})`),
    )
    .join('');
}

/**
 * @param {string} source
 * @param {string} link
 * @param {string} to as the document has it
 */
function target(source, link, to) {
  if (/^(?:[a-z]+:|#|\/\/)/i.test(to)) return to;
  const [path = '', hash = ''] = to.split(/(?=#)/);
  const file = relative(root, resolve(root, dirname(source), path))
    .replaceAll('\\', '/')
    .replace(/\/$/, '');
  const page = pageOf.get(file) ?? pageOf.get(`${file}/README.md`);
  if (page) return page.link + hash;
  if (/\.(?:svg|png|webp)$/.test(file)) return relativeTo(link, file.replace(/^docs\//, ''));
  if (!statSync(join(root, file), { throwIfNoEntry: false }))
    throw new Error(`${source} leads to ${to}, which there is not`);
  sources.add(file);
  return `/source/${file}`;
}

/**
 * Images are found by VitePress beside the page.
 *
 * @param {string} link
 * @param {string} file
 */
function relativeTo(link, file) {
  const path = relative(dirname(join(content, fileOf(link))), join(content, file)).replaceAll('\\', '/');
  return path.startsWith('.') ? path : `./${path}`;
}

/** @param {string} source */
function sourcePage(source) {
  const head = `---\nsearch: false\noutline: false\nprev: false\nnext: false\n---\n\n# ${source}\n\n`;
  const path = join(root, source);
  if (statSync(path).isDirectory())
    return `${head}${readdirSync(path)
      .map((name) => `- ${name}`)
      .join('\n')}\n`;
  const text = readFileSync(path, 'utf8');
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
  return `${head}${fence}${extname(source).slice(1) || 'text'}\n${text}${fence}\n`;
}

/**
 * @param {string} file
 * @param {string} text
 */
function write(file, text) {
  const path = join(content, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/**
 * @param {string} from
 * @param {string} to
 */
function copy(from, to) {
  const path = join(content, to);
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(join(root, from), path);
}
