import { build } from 'esbuild';
import { firstValueFrom } from 'rxjs';
import { expect, test, vi } from 'vitest';
import { re2$ } from '../../src/embedded/queries/re2.browser.ts';
import { re2$ as re2OfNode } from '../../src/embedded/queries/re2.ts';

test('a page loads RE2 with the first pattern, and has it at once from then on', async () => {
  const loaded: string[] = [];
  re2$.subscribe(() => loaded.push('first'));
  expect(loaded).toEqual([]);
  const RE2 = await firstValueFrom(re2$);
  re2$.subscribe(() => loaded.push('later'));

  expect(loaded).toEqual(['first', 'later']);
  expect(RE2.compile('^w.b$').test('web')).toBe(true);
});

test('a page that could not load it fails with an error of its own, and tries anew', async () => {
  vi.resetModules();
  vi.doMock('re2js', () => {
    throw new Error('offline');
  });
  const fresh = await import('../../src/embedded/queries/re2.browser.ts');

  await expect(firstValueFrom(fresh.re2$)).rejects.toMatchObject({
    name: 'AgentError',
    code: 'agent-error',
    message: expect.stringContaining('re2js'),
  });
  vi.doUnmock('re2js');
  expect(await firstValueFrom(fresh.re2$)).toBeTypeOf('function');
});

test('on Node it is there at once, so that virtual time need not wait', () => {
  let engine: unknown;
  re2OfNode.subscribe((value) => {
    engine = value;
  });

  expect(engine).toBeTypeOf('function');
});

test('the bundle of rxserf/embedded for a page has RE2 in a file of its own', async () => {
  const { metafile } = await build({
    entryPoints: ['src/embedded/index.ts'],
    alias: { '#re2': './src/embedded/queries/re2.browser.ts' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    external: ['rxjs'],
    outdir: 'unwritten',
    write: false,
    metafile: true,
  });
  const filesWith = (part: string) =>
    Object.values(metafile.outputs).filter(({ inputs }) =>
      Object.keys(inputs).some((path) => path.includes(part)),
    );
  const entry = Object.values(metafile.outputs).find(
    ({ entryPoint }) => entryPoint === 'src/embedded/index.ts',
  );

  expect(filesWith('node_modules/re2js/')).toHaveLength(1);
  expect(filesWith('node_modules/re2js/')).not.toContain(entry);
  expect(entry?.imports.filter(({ kind }) => kind === 'dynamic-import')).toHaveLength(1);
});
