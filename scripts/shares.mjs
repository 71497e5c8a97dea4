// What a bundle for browsers has of this package, in the words of src: each file's share, by the maps of dist.
// `node scripts/shares.mjs` prints the account of the client that docs/performance.md has. Needs dist (`npm run build`).
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** @typedef {{ text: string, gzipped: number, imports: string[], shares: ReadonlyMap<string, number> }} BrowserBundle `shares`: bytes by file */

/**
 * What a page gets of some code, without rxjs, which is the application's.
 *
 * @param {string} contents
 * @param {string} folder from where it imports `rxserf`
 * @param {string[]} external what else is left out
 * @returns {Promise<BrowserBundle>}
 */
export async function bundleForBrowsers(contents, folder, external = []) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: folder },
    absWorkingDir: folder,
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    sourcemap: 'external',
    outdir: '.',
    platform: 'browser',
    format: 'esm',
    external: ['rxjs', 'rxjs/*', '@angular/core', ...external],
    tsconfigRaw: {}, // or else it finds the repository's, with its paths to src
    logLevel: 'silent',
  });
  const [map, code] = [/\.map$/, /\.js$/].map((name) => outputFiles.find(({ path }) => name.test(path)));
  const output = Object.entries(metafile.outputs).find(([path]) => path.endsWith('.js'))?.[1];
  if (!map || !code || !output) throw new Error('esbuild wrote nothing');
  return {
    text: code.text,
    gzipped: gzipSync(code.contents).length,
    imports: [...new Set(output.imports.map(({ path }) => path))],
    shares: sharesOf(code.text, JSON.parse(map.text)),
  };
}

/**
 * @param {string} text
 * @param {import('node:module').SourceMapPayload} payload
 */
function sharesOf(text, payload) {
  const map = new SourceMap(payload);
  /** @type {Map<string, number>} */
  const shares = new Map();
  for (const [line, characters] of text.split('\n').entries())
    for (let column = 0; column < characters.length; column += 1) {
      const entry = map.findEntry(line, column);
      const source = 'originalSource' in entry ? entry.originalSource : '';
      const file =
        /(?:^|\/)(?:src|node_modules)\/((?!.*\/(?:src|node_modules)\/).*)$/.exec(source)?.[1] ?? source;
      shares.set(file, (shares.get(file) ?? 0) + 1);
    }
  return shares;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const client = `import { connect } from 'rxserf';\nglobalThis.used = connect;`;
  const { text, gzipped, shares } = await bundleForBrowsers(
    client,
    fileURLToPath(new URL('..', import.meta.url)),
  );
  for (const [file, bytes] of [...shares].sort(([, a], [, b]) => b - a))
    console.log(
      `${((gzipped * bytes) / text.length / 1000).toFixed(2).padStart(6)} kB  ${file || 'esbuild'}`,
    );
  console.log(`${(gzipped / 1000).toFixed(2).padStart(6)} kB  in all, ${text.length} bytes before gzip`);
}
