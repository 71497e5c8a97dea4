#!/usr/bin/env node
import { report } from './output/failure.ts';
import { makeProgram } from './program.ts';
import { likeSerf } from './serf-flags.ts';

const program = makeProgram();
try {
  await program.parseAsync(likeSerf(process.argv.slice(2), program), { from: 'user' });
} catch (error) {
  // Not process.exit(): what is printed, and what is being closed, may take a moment.
  process.exitCode = report(error);
}
