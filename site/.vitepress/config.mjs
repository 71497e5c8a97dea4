import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { GROUPS } from '../pages.mjs';

/** @typedef {{ title: string, path?: string, children?: Entry[] }} Entry of the reference, as TypeDoc writes it */

/** @type {Entry[]} */
const reference = JSON.parse(readFileSync(new URL('../.cache/reference.json', import.meta.url), 'utf8'));

export default defineConfig({
  title: 'rxserf',
  description: 'The reactive client for HashiCorp Serf',
  lang: 'en',
  base: process.env.SITE_BASE ?? '/',
  srcDir: '.cache/content',
  outDir: 'dist',
  cacheDir: '.cache/vitepress',
  cleanUrls: true,
  lastUpdated: false,
  transformPageData: ({ relativePath }) =>
    relativePath.startsWith('reference/') ? { frontmatter: { pageClass: 'reference' } } : undefined,
  markdown: {
    config({ renderer: { rules } }) {
      const { fence } = rules;
      rules.fence = (tokens, index, ...rest) => {
        const block = fence?.(tokens, index, ...rest) ?? '';
        const { info, content } = tokens[index] ?? {};
        if (info !== 'mermaid') return block;
        return `<Diagram id="diagram-${index}" source="${encodeURIComponent(content ?? '')}">${block}</Diagram>`;
      };
    },
  },
  // Its fonts are its own, and nothing else is asked for from anywhere.
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  themeConfig: {
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Guide', link: '/api' },
      { text: 'Recipes', link: '/recipes/' },
      { text: 'Reference', link: '/reference/' },
    ],
    sidebar: {
      '/reference/': [
        { text: 'Reference', link: '/reference/' },
        ...reference.map((module) => ({ ...entryOf(module), collapsed: true })),
      ],
      '/': GROUPS.map(({ text, items }) => ({
        text,
        collapsed: false,
        items: items.map(({ text, link }) => ({ text, link })),
      })),
    },
    outline: [2, 3],
    search: {
      provider: 'local',
      options: {
        _render(source, env, markdown) {
          const html = markdown.render(source, env);
          return env.frontmatter?.search === false ? '' : html;
        },
      },
    },
  },
});

/**
 * A part of the reference for the sidebar.
 *
 * @param {Entry} entry
 */
function entryOf({ title, path, children }) {
  return {
    text: title,
    ...(path && { link: `/reference/${path.replace(/(?:index)?\.md$/, '')}` }),
    ...(children && { collapsed: true, items: children.map(entryOf) }),
  };
}
