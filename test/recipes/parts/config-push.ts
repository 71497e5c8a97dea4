import { type Observable, type ObservableInput, of, Subject, timer } from 'rxjs';
import { map, tap } from 'rxjs/operators';
import { type AnySerf, json } from 'rxserf';
import { serfMarbles, userEvent } from 'rxserf/testing';
import { expect, test } from 'vitest';
import { diagramOf, load } from '../pages.ts';
import { Scene } from '../scene.ts';

interface Config {
  readonly version: number;
  readonly url: string;
}
type ApplyConfigs = (
  serf: AnySerf,
  apply: (config: Config) => ObservableInput<unknown>,
  onError: (error: unknown, config: Config) => void,
  options?: { running?: number; quiescent?: number; quantum?: number },
) => Observable<Config>;
const { applyConfigs } = await load<{ applyConfigs: ApplyConfigs }>('config-push');

const config = (version: number): Config => ({ version, url: `https://config.example/${version}` });
const versions = map(({ version }: Config) => version);
const push = (serf: AnySerf, payload: unknown, coalesce = true) =>
  serf.event('config', payload, { codec: json(), coalesce });
const fail = (): never => expect.fail('nothing should fail');

test('as in its diagram', () => {
  const diagram = diagramOf('config-push');
  serfMarbles(
    ({ serf, events, cold, expectObservable, expectSubscriptions }) => {
      const pushed = [1, 2, 3, 4, 5].map((version) => [
        version,
        userEvent('config', config(version), { ltime: version, coalesce: true }),
      ]);
      events(diagram('config'), Object.fromEntries(pushed));
      const work = [3, 4, 5].map((version) => [version, cold('----|')] as const);
      const apply = ({ version }: Config) => new Map(work).get(version) ?? fail();
      expectObservable(applyConfigs(serf, apply, fail, { quiescent: 2, quantum: 9 }).pipe(versions)).toBe(
        diagram('applyConfigs'),
        { 3: 3, 5: 5 },
      );
      for (const [version, { subscriptions }] of work)
        expectSubscriptions(subscriptions).toBe(diagram(`apply ${version}`));
    },
    { codec: json<Config>() },
  );
});

test('applies the last of several in a row', async () => {
  const scene = new Scene({ nodes: 2 });
  const applied: number[] = [];
  const apply = async ({ version }: Config) => applied.push(version);
  const told = await scene.tell(applyConfigs(scene.client('n1'), apply, fail).pipe(versions));

  for (const version of [1, 2, 3]) await scene.tell(push(scene.client('n2'), config(version)));
  expect(applied).toEqual([]);
  await scene.pass(2_000);

  expect([applied, told.values]).toEqual([[3], [3]]);
});

test('does not wait for quiet for ever', async () => {
  const scene = new Scene({ nodes: 2 });
  const told = await scene.tell(applyConfigs(scene.cluster.node('n1'), () => of(0), fail).pipe(versions));

  for (let version = 1; version <= 12; version++) {
    await scene.tell(push(scene.cluster.node('n2'), config(version)));
    await scene.pass(990);
  }

  expect(told.values.length).toBe(1);
});

test('gives up what is overtaken, and never goes back', async () => {
  const scene = new Scene({ nodes: 2 });
  const done: number[] = [];
  const apply = ({ version }: Config) => timer(60_000).pipe(tap(() => done.push(version)));
  const told = await scene.tell(applyConfigs(scene.client('n1'), apply, fail).pipe(versions));

  for (const version of [1, 2, 1]) {
    await scene.tell(push(scene.client('n2'), config(version)));
    await scene.pass(5_000);
  }
  await scene.pass(60_000);

  expect([done, told.values]).toEqual([[2], [2]]);
});

test('knows the version that it begins with', async () => {
  const scene = new Scene({ nodes: 2 });
  const told = await scene.tell(
    applyConfigs(scene.client('n1'), () => of(0), fail, { running: 2 }).pipe(versions),
  );

  for (const version of [1, 2, 3]) await scene.tell(push(scene.client('n2'), config(version), false));

  expect(told.values).toEqual([3]);
});

test('goes on when one cannot be applied, or is none', async () => {
  const scene = new Scene({ nodes: 2 });
  const errors: unknown[] = [];
  const apply = ({ version }: Config) => {
    if (version === 1) throw new Error('no such file');
    return of(version);
  };
  const told = await scene.tell(
    applyConfigs(scene.client('n1'), apply, (error, { version }) => errors.push(version, error)).pipe(
      versions,
    ),
  );

  await scene.tell(push(scene.client('n2'), config(1), false));
  await scene.tell(scene.client('n2').event('config', Uint8Array.of(123)));
  for (const payload of [undefined, null, 42, { version: '3', url: 'a' }, { version: 3 }])
    await scene.tell(push(scene.client('n2'), payload, false));
  await scene.tell(push(scene.client('n2'), config(2), false));

  expect(errors).toEqual([1, new Error('no such file')]);
  expect(told.values).toEqual([2]);
});

test('a junk event does not take the place of one that is held', async () => {
  const scene = new Scene({ nodes: 2 });
  const told = await scene.tell(applyConfigs(scene.client('n1'), () => of(0), fail).pipe(versions));

  await scene.tell(push(scene.client('n2'), config(1)));
  await scene.tell(push(scene.client('n2'), 'junk'));
  await scene.tell(scene.client('n2').event('config', Uint8Array.of(123), { coalesce: true }));
  await scene.pass(2_000);

  expect(told.values).toEqual([1]);
});

test('ends what is under way when nobody listens any more', async () => {
  const scene = new Scene({ nodes: 2 });
  const work = new Subject<void>();
  const told = await scene.tell(applyConfigs(scene.client('n1'), () => work, fail));
  await scene.tell(push(scene.client('n2'), config(1), false));
  expect(work.observed).toBe(true);

  told.subscription.unsubscribe();

  expect(work.observed).toBe(false);
});
