import { delay, map, NEVER, type Observable, of, switchMap, throwError, timer } from 'rxjs';
import { type AnySerf, json, type QueryEvent, type QueryReply } from 'rxserf';
import { queryEvent, serfMarbles } from 'rxserf/testing';
import { expect, test } from 'vitest';
import { diagramOf, load } from '../pages.ts';
import { Scene } from '../scene.ts';

type AnswerLoad = (
  serf: AnySerf,
  load: () => number | Promise<number> | Observable<number>,
  onError: (error: unknown) => void,
) => Observable<QueryEvent<number | undefined>>;
const { answerLoad } = await load<{ answerLoad: AnswerLoad }>('answer-with-load');

const ask = (serf: AnySerf): Observable<QueryReply<unknown>> =>
  serf.query('load', undefined, { codec: json(), timeout: 3_000 });
const response = (from: string, payload: number) => ({ type: 'response', from, payload });
const fail = (): never => expect.fail('nothing should fail');

test('as in its diagram', () => {
  const diagram = diagramOf('answer-with-load');
  const errors: unknown[] = [];
  serfMarbles(
    ({ serf, events, expectObservable }) => {
      const queries = { a: queryEvent('load', 'a'), b: queryEvent('load', 'b'), c: queryEvent('load', 'c') };
      events(diagram('query:load'), queries);
      const answers = [of(0.5), throwError(() => 'no idea'), of(0.7)];
      const load = () => timer(3).pipe(switchMap(() => answers.shift() ?? NEVER));
      const answered$ = answerLoad(serf, load, (error) => void errors.push(error));
      expectObservable(answered$.pipe(map(({ payload }) => payload))).toBe(diagram('answerLoad'));
    },
    { codec: json() },
  );
  expect(errors).toEqual(['no idea']);
});

test('answers whoever asks, each time anew', async () => {
  const scene = new Scene({ nodes: ['ops', 'web-1', 'web-2'] });
  let busy = 0;
  await scene.tell(answerLoad(scene.client('web-1'), async () => ++busy, fail));
  await scene.tell(answerLoad(scene.cluster.node('web-2'), () => 0.5, fail));

  const [first, second] = [
    await scene.tell(ask(scene.client('ops'))),
    await scene.tell(ask(scene.client('ops'))),
  ];

  expect(first.values).toEqual(expect.arrayContaining([response('web-1', 1), response('web-2', 0.5)]));
  expect(second.values).toEqual(expect.arrayContaining([response('web-1', 2), response('web-2', 0.5)]));
});

test('goes on when the load cannot be told, or not in time', async () => {
  const scene = new Scene({ nodes: ['ops', 'web-1'] });
  const errors: unknown[] = [];
  const loads = [
    () => expect.fail('thrown'),
    () => Promise.reject(new Error('rejected')),
    () => of(1).pipe(delay(2_500)),
    () => 0.5,
  ];
  await scene.tell(
    answerLoad(
      scene.client('web-1'),
      () => loads.shift()?.() ?? 0,
      (error) => void errors.push(error),
    ),
  );

  const asked = [];
  for (let i = 0; i < 4; i++) {
    asked.push(await scene.tell(ask(scene.client('ops'))));
    await scene.pass(3_000);
  }

  expect(asked.map(({ values }) => values)).toEqual([[], [], [], [response('web-1', 0.5)]]);
  expect(errors).toMatchObject([{ message: 'thrown' }, { message: 'rejected' }, { code: 'deadline-passed' }]);
});

test('is told where another program on the same agent was quicker', async () => {
  const scene = new Scene({ nodes: ['ops', 'web-1'] });
  const errors: unknown[] = [];
  await scene.tell(answerLoad(scene.client('web-1'), () => 1, fail));
  await scene.tell(
    answerLoad(
      scene.client('web-1'),
      () => of(2).pipe(delay(5)),
      (error) => void errors.push(error),
    ),
  );

  const { values } = await scene.tell(ask(scene.client('ops')));

  expect(values).toEqual([response('web-1', 1)]);
  expect(errors).toMatchObject([{ code: 'already-answered' }]);
});

test('answers again when its agent was away', async () => {
  const scene = new Scene({ nodes: ['ops', 'web-1'] });
  const errors: unknown[] = [];
  const loads = [NEVER, of(0.5)];
  await scene.tell(
    answerLoad(
      scene.client('web-1'),
      () => loads.shift() ?? NEVER,
      (error) => void errors.push(error),
    ),
  );
  await scene.tell(ask(scene.client('ops')));

  scene.fail('web-1');
  scene.restart('web-1');
  await scene.pass(3_000);
  const { values } = await scene.tell(ask(scene.client('ops')));

  expect(values).toEqual([response('web-1', 0.5)]);
});
