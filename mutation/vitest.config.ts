import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { base } from '../vitest.config.ts';

/** The first test that fails ends the run, so the shortest come first; those that failed the last time count as shorter. */
class CheapestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const costOf = (file: TestSpecification) => {
      const result = this.ctx.cache.getTestSpecificationResult(file);
      return (result?.duration ?? 0) * (result?.failed ? 0.1 : 1);
    };
    return [...files].sort((a, b) => costOf(a) - costOf(b));
  }
}

export default defineConfig({
  ...base,
  resolve: {
    ...base.resolve,
    alias: [
      ...base.resolve.alias,
      { find: /^fast-check$/, replacement: fileURLToPath(new URL('fast-check.ts', import.meta.url)) },
    ],
  },
  test: {
    ...base.test,
    include: JSON.parse(process.env['MUTATION_TESTS'] ?? '[]'),
    setupFiles: ['mutation/setup.ts'],
    typecheck: { enabled: false },
    // One worker for all files of a run, that loads what they share once: most of a mutant's time was this.
    isolate: false,
    sequence: { sequencer: CheapestFirst },
    reporters: [],
    // Nobody reads what differs.
    diff: { maxDepth: 1, truncateThreshold: 1 },
    testTimeout: 60_000,
  },
});
