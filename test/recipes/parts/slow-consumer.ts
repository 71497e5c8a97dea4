import { type Observable, type ObservableInput, of, throwError, timer } from 'rxjs';
import { map } from 'rxjs/operators';
import { type AnySerf, type DropReport, json, type SerfClient, type UserEvent } from 'rxserf';
import { serfMarbles, userEvent } from 'rxserf/testing';
import { expect, test } from 'vitest';
import { diagramOf, load } from '../pages.ts';
import { Scene } from '../scene.ts';

type Loss =
  | DropReport
  | { readonly cause: 'too-slow'; readonly event: UserEvent<unknown> }
  | { readonly cause: 'failed'; readonly event: UserEvent<unknown>; readonly error: unknown };
type HandleAll = <R>(
  client: Pick<AnySerf, 'stream'> & Pick<SerfClient, 'dropped$'>,
  handle: (event: UserEvent<unknown>) => ObservableInput<R>,
  onLoss: (loss: Loss) => void,
  capacity?: number,
) => Observable<R>;
const { handleAll } = await load<{ handleAll: HandleAll }>('slow-consumer');

/** `too-slow b`, `reconnect user`. */
const shown = (loss: Loss) =>
  `${loss.cause} ${'event' in loss ? loss.event.name : 'subject' in loss ? loss.subject : ''}`;

test('as in its diagram', () => {
  const diagram = diagramOf('slow-consumer');
  const losses: string[] = [];
  serfMarbles(
    ({ serf, events, expectObservable }) => {
      const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) =>
        userEvent(name, undefined),
      ) as UserEvent<undefined>[];
      events(diagram('user events'), { a, b, c, d } as Record<string, UserEvent<undefined>>);
      const handle = ({ name }: UserEvent<unknown>) => timer(5).pipe(map(() => name.toUpperCase()));
      const handled$ = handleAll(serf, handle, (loss) => losses.push(shown(loss)), 1);
      expectObservable(handled$).toBe(diagram('handleAll, with capacity 1'));
    },
    { codec: json() },
  );
  expect(losses).toEqual(['too-slow b', 'too-slow c']);
});

test('works one after the other, and drops the oldest', async () => {
  const scene = new Scene({ nodes: 2 });
  const losses: Loss[] = [];
  const handle = ({ payload }: UserEvent<unknown>) => timer(1_000).pipe(map(() => payload));
  const handled = await scene.tell(handleAll(scene.client('n1'), handle, (loss) => losses.push(loss), 2));

  for (let i = 0; i < 5; i++) await scene.tell(scene.client('n2').event('tick', i, { codec: json() }));
  await scene.pass(5_000);

  expect(handled.values).toEqual([0, 3, 4]);
  expect(losses).toMatchObject([
    { cause: 'too-slow', event: { payload: 1 } },
    { cause: 'too-slow', event: { payload: 2 } },
  ]);
});

test('goes on when one fails', async () => {
  const scene = new Scene({ nodes: 2 });
  const losses: Loss[] = [];
  const handle = ({ name }: UserEvent<unknown>): Observable<string> => {
    if (name === 'thrown') throw new Error(name);
    return name === 'failed' ? throwError(() => new Error(name)) : of(name);
  };
  const handled = await scene.tell(handleAll(scene.client('n1'), handle, (loss) => losses.push(loss)));

  for (const name of ['thrown', 'failed', 'fine']) await scene.tell(scene.client('n2').event(name));

  expect(handled.values).toEqual(['fine']);
  expect(losses).toMatchObject([
    { cause: 'failed', event: { name: 'thrown' }, error: new Error('thrown') },
    { cause: 'failed', event: { name: 'failed' }, error: new Error('failed') },
  ]);
});

test('tells of what never came', async () => {
  const scene = new Scene({ nodes: 2 });
  const losses: Loss[] = [];
  const handled = await scene.tell(
    handleAll(
      scene.client('n1'),
      ({ name }) => [name],
      (loss) => losses.push(loss),
    ),
  );

  scene.fail('n1');
  await scene.tell(scene.client('n2').event('missed'));
  scene.restart('n1');
  await scene.pass(1_000);
  await scene.tell(scene.client('n2').event('seen'));

  expect(handled.values).toEqual(['seen']);
  expect(losses).toMatchObject([{ cause: 'reconnect', subject: 'user' }]);
});

test('completes with its client', async () => {
  const scene = new Scene({ nodes: 1 });
  const client = scene.client('n1');
  const handled = await scene.tell(
    handleAll(
      client,
      ({ name }) => [name],
      () => {},
    ),
  );

  const closed = client.close();
  await scene.pass(1_000);
  await closed;

  expect(handled.end).toBe('complete');
});
