import { fileURLToPath } from 'node:url';
import { defaultExclude, defineConfig, mergeConfig } from 'vitest/config';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
/** Where CI wants the counts; see .ci/run. */
const report = process.env['RXSERF_TEST_REPORT'];

/** Where a failure is to be of the change that is looked at. */
const ci = process.env['CI'] !== undefined;

/** Another Angular than the root's, for its tests: a folder with node_modules; see scripts/test-angular.mjs. */
const angular = process.env['RXSERF_ANGULAR'];

/** Tests that leave nothing in their process. They share workers: to start one, and to load what is tested, takes longer than most of them. */
const SHARING = [
  'marbles/**/*.test.ts',
  'test/{embedded,http,json-patch,operators,protocol,rpc,testing}/**/*.test.ts',
];

/** What all tests have in common; those of the dashboard, of Angular and of mutants say for themselves which they are. */
export const base = defineConfig({
  plugins: angular
    ? [
        {
          name: 'another-angular',
          enforce: 'pre',
          resolveId(source) {
            return source.startsWith('@angular/')
              ? this.resolve(source, `${angular}/package.json`, { skipSelf: true })
              : null;
          },
        },
      ]
    : [],
  resolve: {
    // One copy of the library in a test, the sources, however it is imported. tsconfig.json has the same paths.
    alias: [
      ...(ci ? [{ find: /^fast-check$/, replacement: path('./test/fast-check.ts') }] : []),
      { find: '#platform', replacement: path('./src/platform/node.ts') },
      { find: '#re2', replacement: path('./src/embedded/queries/re2.ts') },
      { find: /^rxserf$/, replacement: path('./src/index.ts') },
      { find: /^rxserf\/([a-z/-]+)$/, replacement: `${path('./src/')}$1/index.ts` },
    ],
  },
  test: {
    pool: 'forks',
    // One more than small machines have cores, as tests of real agents wait most of their time. With many more, agents miss each
    // other's probes.
    maxWorkers: 3,
    // Who hangs is to be found, and who has a busy machine to be left alone.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
  },
});

export default mergeConfig(
  base,
  defineConfig({
    test: {
      projects: [
        { test: { name: 'sharing', include: SHARING, isolate: false } },
        {
          test: {
            // A process a file: agents, sockets and process-wide listeners of one file never reach another.
            name: 'alone',
            include: ['test/**/*.test.ts'],
            exclude: [...defaultExclude, ...SHARING],
            // Types are promised too: *.test-d.ts run as tests. Errors in other files are `npm run typecheck`'s to report, and those
            // with another Angular scripts/test-angular.mjs's.
            typecheck: { enabled: !angular, include: ['test/**/*.test-d.ts'], ignoreSourceErrors: true },
          },
        },
      ],
    },
  }),
);
