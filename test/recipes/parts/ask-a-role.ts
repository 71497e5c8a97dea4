import type { Observable } from 'rxjs';
import { type AnySerf, json, respondWith, utf8 } from 'rxserf';
import { member, response, serfMarbles } from 'rxserf/testing';
import { expect, test } from 'vitest';
import { diagramOf, load } from '../pages.ts';
import { inRole, Scene } from '../scene.ts';

interface RoleLoad {
  readonly loads: ReadonlyMap<string, number>;
  readonly mean: number | undefined;
  readonly silent: readonly string[];
}
type LoadOf = (serf: AnySerf, role: string, timeout?: number) => Observable<RoleLoad>;
const { loadOf } = await load<{ loadOf: LoadOf }>('ask-a-role');

/** Nodes with what they answer; undefined: they have nobody who does. */
async function scene(answers: Readonly<Record<string, unknown>>, role = 'web') {
  const scene = new Scene({
    nodes: ['ops', ...inRole(role, ...Object.keys(answers)), ...inRole(`${role}2`, 'other')],
  });
  for (const [name, answer] of Object.entries({ ...answers, other: 99 })) {
    if (answer === undefined) continue;
    const queries$ = scene.client(name).stream('query:load', { codec: json() });
    await scene.tell(queries$.pipe(respondWith(() => answer)));
  }
  return scene;
}

test('as in its diagram', () => {
  const diagram = diagramOf('ask-a-role');
  serfMarbles(
    ({ serf, on, expectObservable }) => {
      on('members', diagram('members'), { m: [member('n1'), member('n2'), member('n3')] });
      on('query:load', diagram('query'), { r: response('n1', 0.25), s: response('n2', 0.75) });
      const x = {
        loads: new Map([
          ['n1', 0.25],
          ['n2', 0.75],
        ]),
        mean: 0.5,
        silent: ['n3'],
      };
      expectObservable(loadOf(serf, 'web')).toBe(diagram('loadOf'), { x });
    },
    { codec: json() },
  );
});

test('is done as soon as all of the role have answered', async () => {
  const story = await scene({ 'web-1': 1, 'web-2': 3 });

  const { values, end } = await story.tell(loadOf(story.client('ops'), 'web'));

  const loads = new Map(Object.entries({ 'web-1': 1, 'web-2': 3 }));
  expect(values).toEqual([{ loads, mean: 2, silent: [] }]);
  expect(end).toBe('complete');
});

test('names who is silent, or makes no sense, at the timeout', async () => {
  const story = await scene({ 'web-1': 1, 'web-2': undefined, 'web-3': 'much' });
  const asked = await story.tell(loadOf(story.client('ops'), 'web', 2_000));
  expect(asked.values).toEqual([]);

  await story.pass(2_000);

  expect(asked.values).toEqual([{ loads: new Map([['web-1', 1]]), mean: 1, silent: ['web-2', 'web-3'] }]);
});

test('has no mean of what is no finite number', async () => {
  const story = new Scene({ nodes: ['ops', ...inRole('web', 'web-1', 'web-2')] });
  for (const [name, answer] of Object.entries({ 'web-1': '0.5', 'web-2': '1e999' })) {
    const queries$ = story.client(name).stream('query:load', { codec: utf8() });
    await story.tell(queries$.pipe(respondWith(() => answer)));
  }

  const { values } = await story.tell(loadOf(story.client('ops'), 'web'));

  expect(values).toEqual([{ loads: new Map([['web-1', 0.5]]), mean: 0.5, silent: ['web-2'] }]);
});

test('does not ask who is not alive', async () => {
  const story = await scene({ 'web-1': 1, 'web-2': 3 });
  story.fail('web-2');
  await story.pass(10);

  const { values } = await story.tell(loadOf(story.client('ops'), 'web'));

  expect(values).toEqual([{ loads: new Map([['web-1', 1]]), mean: 1, silent: [] }]);
});

test('has an empty answer, at once, where there is nobody', async () => {
  const story = await scene({ 'web-1': 1 });

  const { values, end } = await story.tell(loadOf(story.client('ops'), 'db'));

  expect([values, end]).toEqual([[{ loads: new Map(), mean: undefined, silent: [] }], 'complete']);
});

test('takes the role as it is, not as a pattern', async () => {
  const story = await scene({ n1: 1 }, 'web.(*)');

  const [as, pattern] = [
    await story.tell(loadOf(story.client('ops'), 'web.(*)')),
    await story.tell(loadOf(story.client('ops'), 'w.*')),
  ];

  expect([as.values[0]?.mean, pattern.values[0]?.mean]).toEqual([1, undefined]);
});

test('errors when the connection is lost', async () => {
  const story = await scene({ 'web-1': undefined });
  const asked = await story.tell(loadOf(story.client('ops'), 'web'));

  story.fail('ops');
  await story.pass(10);

  expect([asked.values, asked.end]).toMatchObject([[], { code: 'connection-lost' }]);
});
