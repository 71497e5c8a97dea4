import { readFileSync } from 'node:fs';
import { Subject, timer } from 'rxjs';
import { applyPatch, type JsonPatch } from 'rxserf/json-patch';
import { RpcError } from 'rxserf/juggler';
import { describe, expect, test } from 'vitest';
import { type Frame, Scene, told } from './kit.ts';

/** One line of a session that was recorded between two peers in Python (hat-juggler 0.5.0). */
interface Line {
  readonly ms: number;
  readonly dir: 'c>s' | 's>c';
  readonly frame?: 'text' | 'close';
  readonly data?: string;
}

const lines: Line[] = readFileSync(new URL('fixtures/hat-juggler-0.5.0.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const texts = lines.filter(({ frame }) => frame === 'text');

/** What the application on either side of the session offered. */
const actions = {
  add: (...args: number[]) => {
    const [x, y] = args;
    if (x === undefined || y === undefined)
      throw new RpcError(1, "<lambda>() missing 1 required positional argument: 'y'");
    return x + y;
  },
  echo: (value: unknown) => value,
  fail: (text: string) => {
    throw new RpcError(1, text);
  },
  none: () => undefined,
};

type Payload = { type?: string; direction?: string; action?: string; args?: unknown[] };

/** Plays one side's frames to ours, which does what the other side did; gives what ours sent. */
function play(role: 'c>s' | 's>c') {
  // Python answers one after the other.
  const scene = new Scene({
    autoflush: 0,
    parallel: false,
    actions: { ...actions, slow: (s: number) => sleep(scene, s) },
  });
  const states: unknown[] = [];
  scene.connection.changes$.subscribe(({ value }) => states.push(value));
  let ours: unknown = null;
  for (const { ms, dir, data = '' } of texts) {
    if (dir !== role) {
      scene.at(ms, () => scene.send(data));
      continue;
    }
    const { type, payload } = JSON.parse(data) as Frame;
    const { direction, action = '', args = [] } = (payload ?? {}) as Payload;
    if (type === 'DATA') {
      ours = applyPatch(ours, payload as JsonPatch);
      const value = ours;
      scene.at(ms, () => scene.connection.setLocalData(value));
    } else if (direction === 'request') {
      scene.at(ms, () => scene.connection.call(action, ...args).subscribe({ error: () => undefined }));
    } else if (direction !== 'response') scene.at(ms, () => scene.connection.send(payload));
  }
  scene.at(9_000, () => scene.peers[0]?.complete());
  const messages = told(scene.connection.messages$);
  scene.play();
  return { scene, states, messages };
}

function sleep(scene: Scene, seconds: number) {
  const slept = new Subject<string>();
  timer(seconds * 1_000, scene.scheduler).subscribe(() => {
    slept.next('slept');
    slept.complete();
  });
  return slept;
}

/** The documents that a side's DATA frames make, one after the other. */
function documents(frames: readonly Frame[]): unknown[] {
  let document: unknown = null;
  return frames
    .filter(({ type }) => type === 'DATA')
    .map(({ payload }) => {
      document = applyPatch(document, payload as JsonPatch);
      return document;
    });
}

const framesOf = (dir: Line['dir']) =>
  texts.filter((line) => line.dir === dir).map(({ data = '' }) => JSON.parse(data) as Frame);
const messagesOf = (frames: readonly Frame[]) => frames.filter(({ type }) => type === 'MESSAGE');
const plain = (frames: readonly Frame[]) =>
  messagesOf(frames)
    .map(({ payload }) => payload)
    .filter((payload) => (payload as Payload | null)?.type !== 'rpc');

test('the recording has both kinds of frames both ways', () => {
  for (const dir of ['c>s', 's>c'] as const) {
    expect(documents(framesOf(dir)).length).toBeGreaterThan(0);
    expect(messagesOf(framesOf(dir)).length).toBeGreaterThan(3);
  }
});

describe.each([
  ['the server', 's>c', 'c>s'],
  ['the client', 'c>s', 's>c'],
] as const)('ours as %s of a recorded session', (_, role, other) => {
  const { scene, states, messages } = play(role);

  test('sees the documents that the other side saw', () => {
    expect(states).toEqual(documents(framesOf(other)));
  });

  test('gets the messages, and leaves calls to the call layer', () => {
    expect(messages).toEqual([...plain(framesOf(other)), '|']);
  });

  test('sends documents and messages that mean the same, in the same order', () => {
    expect(documents(scene.frames)).toEqual(documents(framesOf(role)));
    // `sideways` is a message of nobody's: the recorded client wrote it by hand.
    expect(messagesOf(scene.frames)).toEqual(messagesOf(framesOf(role)));
  });
});
