import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const PACKAGE = /^rxserf(?:\/([a-z-]+))?$/;
/** These have a file of their own for browsers. */
const TWOFOLD = ['socket', 'server', 'juggler'];

/**
 * The JavaScript of a page: the module at `entry` (below the root) with all that it imports, as a bundler builds it for browsers, of
 * the sources. What needs Node fails the build.
 */
export async function bundlePage(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    sourcemap: 'inline',
    logLevel: 'silent',
    plugins: [
      {
        name: 'sources',
        setup({ onResolve }) {
          onResolve({ filter: /^#platform$/ }, () => ({ path: `${root}src/platform/browser.ts` }));
          onResolve({ filter: /^#re2$/ }, () => ({ path: `${root}src/embedded/queries/re2.browser.ts` }));
          onResolve({ filter: PACKAGE }, ({ path }) => {
            const [, folder] = PACKAGE.exec(path) ?? [];
            const index = folder && TWOFOLD.includes(folder) ? 'index.browser.ts' : 'index.ts';
            return { path: `${root}src/${folder ? `${folder}/` : ''}${index}` };
          });
        },
      },
    ],
  });
  return outputFiles[0]?.text ?? '';
}
