// Tools that have a folder and a package.json of their own, so that `npm ci` at the root does not install them.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether a folder has what its lockfile asks for: npm writes a stamp when it is done.
 *
 * @param {string} folder
 */
export function hasToolchain(folder) {
  const stamp = join(folder, 'node_modules/.package-lock.json');
  return existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(join(folder, 'package-lock.json')).mtimeMs;
}
