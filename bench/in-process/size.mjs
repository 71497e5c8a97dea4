// What of the package gets into a bundle for a browser, as applications make them: rxjs is theirs.
//
//   core      the client and the codecs, with @msgpack/msgpack
//   own       the same without it: our own code
//   operator  one operator: the client must not be in it
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { begin } from '../peers/runner.mjs';

const CORE = `export { binary, connect, json, msgpack, utf8 } from 'rxserf';`;
const OPERATOR = `export { memberChanges } from 'rxserf';`;
const MSGPACK = ['@msgpack/msgpack'];

const run = begin();
switch (run.peer) {
  case 'core':
    run.emit((await bundle(CORE)).sizes);
    break;
  case 'own':
    run.emit((await bundle(CORE, MSGPACK)).sizes);
    break;
  default: {
    const { sizes, files } = await bundle(OPERATOR);
    const client = files.filter((file) => /dist\/(client|protocol|socket)\/|\/connect\.js$/.test(file));
    run.emit({ ...sizes, modules_of_client: client.length });
  }
}

/**
 * @param {string} contents
 * @param {string[]} external
 */
async function bundle(contents, external = []) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    external: ['rxjs', 'rxjs/*', ...external],
    tsconfigRaw: {}, // or else it finds the repository's, with its paths to src
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  if (!file || !output) throw new Error('esbuild wrote nothing');
  const { contents: bytes } = file;
  // The inputs that something is left of.
  const files = Object.entries(output.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([name]) => name);
  return { sizes: { bytes: gzipSync(bytes).length, minified: bytes.length }, files };
}
