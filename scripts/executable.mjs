// Lets the built command be run by its name: npm does so where the package is installed, but not here.
import { chmodSync } from 'node:fs';

chmodSync(new URL('../dist/cli/main.js', import.meta.url), 0o755);
