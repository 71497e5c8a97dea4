// What of the package gets into a bundle for a browser, as applications make them: rxjs is theirs.
//
//   core      the client and the codecs, with @msgpack/msgpack
//   own       the client and the codecs without it: our own code
//   operator  one operator: the client must not be in it
import { bundleForBrowsers } from '../../scripts/shares.mjs';
import { begin } from '../peers/runner.mjs';

const CORE = `export { binary, connect, json, msgpack, utf8 } from 'rxserf';`;
const OPERATOR = `export { memberChanges } from 'rxserf';`;
const OWN = `export { binary, connect, json, utf8 } from 'rxserf';`;

const run = begin();
switch (run.peer) {
  case 'core':
    run.emit((await bundle(CORE)).sizes);
    break;
  case 'own':
    run.emit((await bundle(OWN)).sizes);
    break;
  default: {
    const { sizes, files } = await bundle(OPERATOR);
    const client = files.filter((file) => /^(client|protocol|socket)\/|^connect\.ts$/.test(file));
    run.emit({ ...sizes, modules_of_client: client.length });
  }
}

/** @param {string} contents */
async function bundle(contents) {
  const { text, gzipped, shares } = await bundleForBrowsers(contents, import.meta.dirname);
  return { sizes: { bytes: gzipped, minified: text.length }, files: [...shares.keys()] };
}
