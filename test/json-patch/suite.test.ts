import { createRequire } from 'node:module';
import { applyPatch, JsonPatchError } from 'rxserf/json-patch';
import { describe, expect, test } from 'vitest';
import { frozen } from './documents.ts';

interface Case {
  readonly comment?: string;
  readonly doc: unknown;
  readonly patch: never;
  readonly expected?: unknown;
  readonly error?: string;
}

const load = createRequire(import.meta.url);
const suites: Record<string, readonly Case[]> = {
  'the specification': load('json-patch-test-suite/spec_tests.json'),
  'what implementations get wrong': load('json-patch-test-suite/tests.json'),
};

/** A document with two members of a name is another one before we see it: `JSON.parse` takes the last. */
const PARSED_AWAY = { comment: 'duplicate ops', becomes: { baz: 'bar' } };

/** All of it, also what the suite has disabled. */
describe.each(Object.entries(suites))('json-patch-test-suite: %s', (_, cases) => {
  test('has cases', () => expect(cases.length).toBeGreaterThan(15));

  test.each(cases.map((each, index) => [index, each.comment ?? each.error ?? '', each] as const))(
    '%i %s',
    (_, comment, { doc, patch, expected, error }) => {
      frozen([doc, patch]);
      if (comment === PARSED_AWAY.comment) expect(applyPatch(doc, patch)).toStrictEqual(PARSED_AWAY.becomes);
      else if (error !== undefined) expect(() => applyPatch(doc, patch)).toThrow(JsonPatchError);
      else expect(applyPatch(doc, patch)).toStrictEqual(expected === undefined ? doc : expected);
    },
  );
});
