import { RE2JS } from 're2js';
import { EmbeddedCluster } from 'rxserf/embedded';
import { expect, onTestFinished, test, vi } from 'vitest';
import { failureOf } from '../agent/harness/observing.ts';

test.each(['deadline', 'all'] as const)(
  'a query that is too large is refused before a pattern of it is compiled (completeWhen: %s)',
  async (completeWhen) => {
    const cluster = new EmbeddedCluster({ nodes: 1 });
    const compile = vi.spyOn(RE2JS, 'compile');
    onTestFinished(() => {
      cluster.close();
      compile.mockRestore();
    });
    const filterTags = { role: 'a?'.repeat(1_000) };
    const error = await failureOf(cluster.node('n1').query('q', undefined, { filterTags, completeWhen }));
    expect(error).toMatchObject({ code: 'payload-too-large' });
    expect(compile).not.toHaveBeenCalled();
  },
);
