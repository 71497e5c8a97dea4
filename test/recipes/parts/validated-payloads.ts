import type { Observable } from 'rxjs';
import { type AnySerf, json, type SerfError, type StandardSchema, type UserEvent, utf8 } from 'rxserf';
import { expect, test } from 'vitest';
import { load } from '../pages.ts';
import { Scene } from '../scene.ts';

type ValidEvents = <P>(
  serf: AnySerf,
  name: string,
  schema: StandardSchema<unknown, P>,
  onBad: (reason: SerfError, event: UserEvent<unknown>) => void,
) => Observable<UserEvent<P>>;
const { validEvents } = await load<{ validEvents: ValidEvents }>('validated-payloads');

interface Deploy {
  readonly version: string;
}

/** A schema as a library would make it. */
function schema(
  validate: StandardSchema<unknown, Deploy>['~standard']['validate'],
): StandardSchema<unknown, Deploy> {
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

const Deploy = schema((value) => {
  const version = (value as { version?: unknown } | undefined)?.version;
  if (version === 'bomb') throw new Error('broken schema');
  if (typeof version === 'string') return { value: { version } };
  return { issues: [{ message: 'should be a text', path: ['version'] }] };
});

async function scene(deploy: StandardSchema<unknown, Deploy> = Deploy, onBad?: () => never) {
  const scene = new Scene({ nodes: ['n1', 'n2'] });
  const bad: [reason: SerfError, event: UserEvent<unknown>][] = [];
  const report = onBad ?? ((...args: (typeof bad)[number]) => bad.push(args));
  const told = await scene.tell(validEvents(scene.client('n1', { codec: utf8() }), 'deploy', deploy, report));
  const fire = (payload: unknown) =>
    scene.tell(scene.client('n2').event('deploy', payload, { codec: json() }));
  return { scene, told, bad, fire };
}

test('passes what fits, as the schema gives it', async () => {
  const { told, bad, fire } = await scene();

  await fire({ version: 'v1', admin: true });

  expect(told.values).toMatchObject([{ event: 'user', name: 'deploy', payload: { version: 'v1' } }]);
  expect(told.values[0]?.payload).toEqual({ version: 'v1' });
  expect(bad).toEqual([]);
});

test('reports what does not, and goes on', async () => {
  const { scene: story, told, bad, fire } = await scene();

  await fire({ version: 1 });
  await fire({ version: 'bomb' });
  await fire(undefined);
  await story.tell(story.client('n2').event('deploy', Uint8Array.of(123)));
  await fire({ version: 'v2' });

  expect(told.values.map(({ payload }) => payload)).toEqual([{ version: 'v2' }]);
  expect(bad.map(([{ code }]) => code)).toEqual([
    'payload-invalid',
    'payload-invalid',
    'payload-invalid',
    'payload-undecodable',
  ]);
  expect(bad[0]?.[0].message).toContain('version: should be a text');
  expect(bad[0]?.[0].cause).toEqual({ issues: [{ message: 'should be a text', path: ['version'] }] });
  expect(bad[3]?.[1].rawPayload).toEqual(Uint8Array.of(123));
});

test('keeps the order where the schema answers later', async () => {
  const asked: (() => void)[] = [];
  const later = schema(
    (value) => new Promise((resolve) => asked.push(() => resolve({ value: value as Deploy }))),
  );
  const { scene: story, told, fire } = await scene(later);
  await fire({ version: 'v1' });
  await fire({ version: 'v2' });
  expect(told.values).toEqual([]);

  while (asked.length > 0) {
    asked.pop()?.();
    await story.pass(1);
  }

  expect(told.values.map(({ payload }) => payload.version)).toEqual(['v1', 'v2']);
});

test('ends with what the handler throws', async () => {
  const { told, fire } = await scene(Deploy, () => expect.fail('handler'));

  await fire({ version: 1 });

  expect(told.end).toMatchObject({ message: 'handler' });
});
