import { defineConfig } from 'vitest/config';
import base from '../vitest.config.ts';

/** The tests that need no agent, no browser and no build: virtual time and fakes are what the core is told by. */
const FAST = [
  'marbles/**/*.test.ts',
  'test/contract/embedded{,-pipe,-policy}.test.ts',
  'test/contract/fakes.test.ts',
  'test/embedded/**/*.test.ts',
  'test/operators/**/*.test.ts',
  'test/protocol/**/*.test.ts',
  'test/rpc/**/*.test.ts',
  'test/server/**/*.test.ts',
  'test/testing/**/*.test.ts',
  'test/unit/**/*.test.ts',
];

const { MUTATION_TESTS } = process.env;

export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: MUTATION_TESTS ? [MUTATION_TESTS] : FAST,
    setupFiles: ['mutation/setup.ts'],
    typecheck: { enabled: false },
    reporters: [],
    testTimeout: 120_000,
  },
});
