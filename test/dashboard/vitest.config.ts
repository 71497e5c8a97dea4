import { defineConfig, mergeConfig } from 'vitest/config';
import { base } from '../../vitest.config.ts';

// What scripts/check-dashboard.mjs has built, in Chromium, which has work for a core of its own.
export default mergeConfig(
  base,
  defineConfig({ test: { include: ['test/dashboard/*.chromium.ts'], testTimeout: 120_000, maxWorkers: 2 } }),
);
