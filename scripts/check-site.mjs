// Builds the documentation site and checks it: every link leads to a page and to a heading of it, every file that is asked for is there, and
// nothing is asked for from anywhere else; whoever searches for an export finds it.
//
//   node scripts/check-site.mjs [--built]     --built: as it was built before
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const dist = fileURLToPath(new URL('../site/dist', import.meta.url));
if (!process.argv.includes('--built')) await import('./build-site.mjs');

const pages = new Map(
  globSync('**/*.html', { cwd: dist }).map((file) => [file.replaceAll('\\', '/'), read(file)]),
);
/** The ids of each page. */
const ids = new Map(
  [...pages].map(([file, html]) => [
    file,
    new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => decode(id))),
  ]),
);
const problems = [...pages].flatMap(([file, html]) =>
  [...linksOf(html)].flatMap((link) => problemOf(file, link) ?? []),
);
for (const css of globSync('assets/*.css', { cwd: dist }))
  for (const [, url = ''] of read(css).matchAll(/url\(([^)]+)\)/g))
    if (/^["']?(?:https?:)?\/\//.test(url)) problems.push(`${css}: asks ${url}`);

if (pages.size < 400) problems.push(`there are ${pages.size} pages only`);
const index = globSync('assets/chunks/@localSearchIndex*.js', { cwd: dist }).map(read).join('');
for (const name of [
  'mergeAgents',
  'EmbeddedCluster',
  'gatewayHandler',
  'openTelemetry',
  'provideSerf',
  'serfMarbles',
])
  if (!index.includes(`"${name}`)) problems.push(`the search knows no ${name}`);

for (const problem of problems.slice(0, 50)) console.error(problem);
console.log(`${pages.size} pages, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** @param {string} html */
function linksOf(html) {
  return [...html.matchAll(/<(a|link|script|img)\s[^>]*?\b(?:href|src)="([^"]*)"[^>]*>/g)].map(
    ([tag, name, to = '']) => ({
      // What a page leads to may be anywhere; what it needs may not.
      needed: name !== 'a' && !/rel="(?:canonical|alternate)"/.test(tag),
      to: decode(to),
    }),
  );
}

/**
 * @param {string} file
 * @param {{ needed: boolean, to: string }} link
 */
function problemOf(file, { needed, to }) {
  if (/^(?:data:|mailto:)/.test(to)) return undefined;
  if (/^(?:https?:)?\/\//.test(to)) return needed ? `${file}: asks ${to}` : undefined;
  const [path = '', hash = ''] = to.split('#');
  const absolute =
    path === '' ? file : decodeURI(path.startsWith('/') ? path.slice(1) : posix.join(dirname(file), path));
  const found = [absolute, `${absolute}.html`, posix.join(absolute, 'index.html')].find(
    (each) => each !== '' && (pages.has(each) || isFile(each)),
  );
  if (found === undefined) return `${file}: ${to} leads nowhere`;
  if (hash === '' || !ids.has(found) || ids.get(found)?.has(decodeURIComponent(hash))) return undefined;
  return `${file}: ${to} has no such heading`;
}

/** @param {string} file */
function isFile(file) {
  return /\.\w+$/.test(file) && existsSync(join(dist, file));
}

/** @param {string} file */
function read(file) {
  return readFileSync(join(dist, file), 'utf8');
}

/** @param {string | undefined} text */
function decode(text = '') {
  return text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'");
}
