import { defineConfig, mergeConfig } from 'vitest/config';
import root from '../../../vitest.config.ts';

// What scripts/check-angular.mjs has built, in Chromium.
export default mergeConfig(
  { ...root, test: { ...root.test, projects: undefined, maxWorkers: 2 } },
  defineConfig({ test: { include: ['test/angular/app/*.chromium.ts'] } }),
);
