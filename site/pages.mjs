// Which documents are pages, where they stand, and in what order. One that is missing here fails the build.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** @typedef {{ readonly text: string, readonly source: string, readonly link: string }} Page `source`: its file in the repository */

export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * @param {string} text
 * @param {string} source
 * @param {string} [link]
 * @returns {Page}
 */
const page = (text, source, link = `/${source.replace(/^docs\//, '').replace(/\.md$/, '')}`) => ({
  text,
  source,
  link,
});

const recipe = (/** @type {string} */ text, /** @type {string} */ name) =>
  page(text, `docs/recipes/${name}.md`);

/** The recipes in the order of their index, which has each of them. */
const recipes = [
  ...readFileSync(`${root}/docs/recipes/README.md`, 'utf8').matchAll(/^\d+\. \[(.+?)\]\((.+?)\.md\)/gm),
].map(([, text, name]) => recipe(/** @type {string} */ (text), /** @type {string} */ (name)));

/** @type {readonly { readonly text: string, readonly items: readonly Page[] }[]} */
export const GROUPS = [
  {
    text: 'Start',
    items: [
      page('What it is, and how to begin', 'README.md', '/start'),
      recipe('In a browser', 'browser'),
      recipe('In an Angular application', 'angular'),
      page('On the command line', 'docs/cli.md'),
      recipe('Testing what you build', 'testing'),
      page('Examples', 'examples/README.md', '/examples'),
    ],
  },
  {
    text: 'Guide',
    items: [
      page('Every call, option and error', 'docs/api.md'),
      page('Operators', 'docs/operators.md'),
      page('When things go wrong', 'docs/reliability.md'),
      page('How fast it is', 'docs/performance.md'),
    ],
  },
  {
    text: 'In production',
    items: [
      recipe('A gateway for browsers', 'gateway'),
      page('The dashboard', 'docs/dashboard.md'),
      recipe('See what a client does', 'observability'),
      page('Security', 'SECURITY.md', '/security'),
    ],
  },
  {
    text: 'Recipes',
    items: [page('All of them', 'docs/recipes/README.md', '/recipes/'), ...recipes],
  },
  {
    text: 'Other protocols',
    items: [
      page('Juggler: a shared document', 'docs/juggler.md'),
      page('JSON-RPC', 'docs/jsonrpc.md'),
      page('Notifier: calls between processes', 'docs/notifier.md'),
    ],
  },
  {
    text: 'The project',
    items: [
      page('The house', 'docs/architecture.md'),
      page('Decisions', 'docs/decisions.md'),
      page('Benchmarks', 'bench/README.md', '/bench/'),
      page('Results', 'bench/RESULTS.md', '/bench/results'),
      page('Changes', 'CHANGELOG.md', '/changelog'),
      page('This site', 'site/README.md', '/site'),
      page('Contributing', 'CONTRIBUTING.md', '/contributing'),
    ],
  },
];

export const PAGES = GROUPS.flatMap(({ items }) => items);
