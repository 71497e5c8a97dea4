// How long an `import` takes. Importing rxserf imports rxjs.
import { begin } from '../peers/runner.mjs';

const run = begin();
run.start();
await import(run.peer);
const { seconds, cpu_s } = run.stop(1);
run.emit({ ms: 1_000 * seconds, cpu_s });
