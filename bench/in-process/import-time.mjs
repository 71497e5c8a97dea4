// How long an `import` takes. Importing rxserf imports rxjs.
import { begin } from '../peers/runner.mjs';

const run = begin();
const began = performance.now();
await import(run.peer);
run.emit({ ms: performance.now() - began });
