import { defineConfig, mergeConfig } from 'vitest/config';
import { base } from '../../../vitest.config.ts';

// What scripts/check-angular.mjs has built, in Chromium.
export default mergeConfig(base, defineConfig({ test: { include: ['test/angular/app/*.chromium.ts'] } }));
