import fc from 'fast-check';
import fastJsonPatch from 'fast-json-patch';
import { applyPatch, diff, type JsonPatch, type JsonPatchOperation, type JsonValue } from 'rxserf/json-patch';
import { expect, test } from 'vitest';
import { documents, edited, frozen, received } from './documents.ts';

const RUNS = { numRuns: 1_000 };
const pairs = fc.oneof(edited, fc.tuple(documents, documents));

/** As text: `toEqual` would take a member `__proto__` for the prototype. */
const text = (value: unknown) => JSON.stringify(sorted(value));

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, member]) => [key, sorted(member)]);
}

test('the patch between two documents makes the one of the other', () => {
  fc.assert(
    fc.property(pairs, ([from, to]) => {
      frozen([from, to]);
      const patch = frozen(diff(from, to));
      const made = applyPatch(from, patch);

      expect(text(made)).toBe(text(to));
      expect(diff(made, to)).toEqual([]);
    }),
    RUNS,
  );
});

test('what shares nothing, as it came over a wire, makes no difference', () => {
  fc.assert(
    fc.property(pairs, ([from, to]) => {
      const patch = received(diff(received(from), received(to)));

      expect(text(applyPatch(received(from), patch))).toBe(text(to));
      expect(diff(from, received(from))).toEqual([]);
    }),
    RUNS,
  );
});

test('is never longer than to replace everything, but by the paths', () => {
  fc.assert(
    fc.property(pairs, ([from, to]) => {
      const whole = JSON.stringify([{ op: 'replace', path: '', value: to }]).length;

      // Sizes are estimates: texts may have escapes.
      expect(JSON.stringify(diff(from, to)).length).toBeLessThan(whole * 2 + 100);
    }),
    RUNS,
  );
});

test('branches that were not touched are the same afterwards', () => {
  fc.assert(
    fc.property(
      fc.array(documents, { minLength: 2, maxLength: 6 }),
      fc.nat(),
      documents,
      (list, at, value) => {
        const document = frozen({ list, also: { deep: list } });
        const index = at % list.length;
        const made = applyPatch<typeof document>(document, [
          { op: 'replace', path: `/list/${index}`, value },
        ]);

        expect(made.also).toBe(document.also);
        for (const [i, each] of made.list.entries()) expect(each).toBe(i === index ? value : list[i]);
      },
    ),
  );
});

/** fast-json-patch is wrong where a root is a scalar or changes its kind, and refuses `__proto__`; a member `r` around both helps. */
const wrapped = (document: JsonValue) => ({ r: received(document) });
const hasProto = (...values: unknown[]) => JSON.stringify(values).includes('__proto__');

test('fast-json-patch makes the same of our patches', () => {
  fc.assert(
    fc.property(pairs, ([from, to]) => {
      fc.pre(!hasProto(from, to));
      const patch = diff(wrapped(from), wrapped(to)) as fastJsonPatch.Operation[];
      const { newDocument } = fastJsonPatch.applyPatch(wrapped(from), received(patch), true);

      expect(text(newDocument)).toBe(text(wrapped(to)));
    }),
    RUNS,
  );
});

test('and we of its patches', () => {
  fc.assert(
    fc.property(pairs, ([from, to]) => {
      fc.pre(!hasProto(from, to));
      const patch = fastJsonPatch.compare(wrapped(from), wrapped(to)) as unknown as JsonPatch;

      expect(text(applyPatch(wrapped(from), patch))).toBe(text(wrapped(to)));
    }),
    RUNS,
  );
});

// None that ends in an empty name: fast-json-patch takes it for the first index of an array.
const pointers = fc.constantFrom('', '/a', '/b', '/c', '/a/0', '/a/-', '/a/1', '/b/a', '/a/b', '/~1', '/0');
const operations = fc.record({
  op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
  path: pointers,
  from: pointers,
  value: documents,
}) as fc.Arbitrary<JsonPatchOperation>;

test('any patch has the outcome that fast-json-patch gives it', () => {
  let applied = 0;
  let refused = 0;
  fc.assert(
    fc.property(documents, fc.array(operations, { maxLength: 5 }), (document, patch) => {
      // What it takes that the RFC does not: the end of an array and indices past it as something that is there, and
      // the removal of everything; and it does not take what shares a value with itself.
      fc.pre(!hasProto(document, patch) && !patch.some((each) => loose(each)));
      frozen([document, patch]);
      let theirs: unknown;
      try {
        theirs = fastJsonPatch.applyPatch(
          { r: received(document) },
          inside(received(patch)),
          true,
        ).newDocument;
      } catch {
        expect(() => applyPatch({ r: document }, inside(patch) as JsonPatch)).toThrow();
        refused++;
        return;
      }
      expect(text(applyPatch({ r: document }, inside(patch) as JsonPatch))).toBe(text(theirs));
      applied++;
    }),
    { numRuns: 2_000 },
  );
  expect(Math.min(applied, refused)).toBeGreaterThan(100);
});

/** What fast-json-patch takes though it should not. */
function loose(operation: JsonPatchOperation): boolean {
  const paths = 'from' in operation ? [operation.path, operation.from] : [operation.path];
  if (operation.op === 'move' && operation.path.startsWith(operation.from)) return true;
  if (operation.op !== 'add' && paths.some((path) => path.endsWith('-'))) return true;
  return operation.op === 'remove' && operation.path === '';
}

/** The operations as they are for a document below `/r`. */
function inside(patch: readonly JsonPatchOperation[]): fastJsonPatch.Operation[] {
  const below = (path: string) => `/r${path}`;
  return patch.map((each) => ({
    ...each,
    path: below(each.path),
    ...('from' in each && { from: below(each.from) }),
  })) as fastJsonPatch.Operation[];
}
