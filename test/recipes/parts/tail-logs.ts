import { map, type Observable } from 'rxjs';
import type { AnySerf, LogLevel, LogLine } from 'rxserf';
import { fakeSerf } from 'rxserf/testing';
import { expect, test } from 'vitest';
import { load } from '../pages.ts';
import { Scene } from '../scene.ts';

type TailLogs = (serf: AnySerf, level: LogLevel, component?: string) => Observable<LogLine>;
const { tailLogs } = await load<{ tailLogs: TailLogs }>('tail-logs');

const shown = map(({ level, component, message }: LogLine) => `${level} ${component}: ${message}`);

test('has the lines of a level and above, in parts', async () => {
  const scene = new Scene({ nodes: ['ops', 'n1'] });
  const lines = await scene.tell(tailLogs(scene.client('ops'), 'info').pipe(shown));

  await scene.tell(scene.client('n1').event('deploy'));
  scene.fail('n1');
  await scene.pass(10);

  expect(lines.values).toContainEqual(expect.stringMatching(/^info serf: EventMemberFailed: n1/));
  expect(lines.values.filter((line) => line.startsWith('debug'))).toEqual([]);
});

test('of a component, with its parts', async () => {
  const scene = new Scene({ nodes: ['ops', 'n1'] });
  const serf = scene.cluster.node('ops');
  const all = await scene.tell(tailLogs(serf, 'debug').pipe(shown));
  const ofSerf = await scene.tell(tailLogs(serf, 'debug', 'serf').pipe(shown));

  scene.fail('n1');
  await scene.tell(serf.query('load'));

  expect(ofSerf.values.length).toBeGreaterThan(0);
  expect(ofSerf.values).toEqual(all.values.filter((line) => line.includes(' serf: ')));
  expect(all.values.some((line) => line.includes(' agent: '))).toBe(true);
});

test('knows a component from one whose name begins so', () => {
  const fake = fakeSerf();
  const seen: string[] = [];
  tailLogs(fake, 'info', 'agent')
    .pipe(map(({ message }) => message))
    .subscribe((message) => seen.push(message));

  fake.log('2026/11/21 10:14:08 [INFO] agent: a');
  fake.log('2026/11/21 10:14:08 [WARN] agent.ipc: b');
  fake.log('2026/11/21 10:14:08 [INFO] agents: c');
  fake.log('agent: d');

  expect(seen).toEqual(['a', 'b']);
});

test('goes on when its agent was away, without repeating a line', async () => {
  const scene = new Scene({ nodes: ['ops', 'n1'] });
  const lines = await scene.tell(tailLogs(scene.client('ops'), 'info', 'serf').pipe(shown));

  scene.fail('n1');
  await scene.pass(10);
  scene.fail('ops');
  await scene.pass(10);
  scene.restart('ops');
  await scene.pass(1_000);
  scene.restart('n1');
  await scene.pass(1_000);

  const count = (text: string) => lines.values.filter((line) => line.includes(text)).length;
  expect(count('EventMemberFailed: n1')).toBe(1);
  expect(count('EventMemberJoin: n1')).toBeGreaterThan(0);
  expect(lines.end).toBeUndefined();
});
