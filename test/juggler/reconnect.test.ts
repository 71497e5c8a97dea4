import { ConnectError, ConnectionLostError } from 'rxserf';
import { jugglerConnect } from 'rxserf/juggler';
import { pipe } from 'rxserf/socket';
import { describe, expect, test } from 'vitest';
import { data, Scene, told, whole } from './kit.ts';

const reconnect = { random: () => 1 };
const states = (list: unknown[]) => list.map((status) => (status as { state?: string }).state ?? status);

describe('reconnect', () => {
  test('both documents are sent anew; readers see no null in between, and what has not changed is the same object', () => {
    const scene = new Scene({ autoflush: 0, reconnect });
    const status = told(scene.connection.status$);
    const values = told(scene.connection.remoteData$) as { a: number; branch: object }[];
    const changes = told(scene.connection.changes$);
    scene.at(0, () => {
      scene.connection.setLocalData({ ours: 1 });
      scene.send(whole({ a: 1, branch: { deep: [1, 2, 3] }, text: 'x'.repeat(200) }));
    });
    scene.at(10, () => scene.peers[0]?.complete());
    scene.at(50, () => scene.connection.setLocalData({ ours: 2 }));
    scene.at(200, () => scene.send(whole({ a: 2, branch: { deep: [1, 2, 3] }, text: 'x'.repeat(200) })));
    scene.at(300, () => scene.send(data({ op: 'replace', path: '/a', value: 3 })));
    scene.play();

    expect(scene.got).toEqual([
      [0, whole({ ours: 1 })],
      [110, whole({ ours: 2 })],
    ]);
    expect(values.slice(1).map(({ a }) => a)).toEqual([1, 2, 3]);
    expect(values[3]?.branch).toBe(values[1]?.branch);
    expect(changes.map((change) => (change as { patch: object[] }).patch.length)).toEqual([1, 1, 1]);
    expect((changes[1] as { patch: unknown }).patch).toEqual([{ op: 'replace', path: '/a', value: 2 }]);
    expect(states(status)).toEqual(['connected', 'waiting', 'connecting', 'connected']);
    expect(status[1]).toMatchObject({ attempt: 2, error: { code: 'connection-lost' } });
  });

  test("with 'manual', what was flushed is sent anew, and nothing else", () => {
    const scene = new Scene({ autoflush: 'manual', reconnect });
    scene.at(0, () => {
      scene.connection.setLocalData('flushed');
      scene.connection.flush().subscribe();
      scene.connection.setLocalData('not yet');
    });
    scene.at(10, () => scene.peers[0]?.complete());
    scene.play();

    expect(scene.got).toEqual([
      [0, whole('flushed')],
      [110, whole('flushed')],
    ]);
  });

  test('while it waits, send and call fail at once: nothing was sent', () => {
    const scene = new Scene({ reconnect });
    scene.at(10, () => scene.peers[0]?.complete());
    scene.play(50);

    expect(() => scene.connection.send(1)).toThrow(ConnectionLostError);
    expect(told(scene.connection.call('add'))).toEqual([
      expect.objectContaining({ code: 'connection-lost', outcome: 'not-sent' }),
    ]);
  });

  test('delays grow, and begin anew after a healthy connection', () => {
    const scene = new Scene({ reconnect });
    const status = told(scene.connection.status$) as { state: string; retryAt?: number }[];
    scene.at(10, () => {
      scene.refusing = true;
      scene.peers[0]?.complete();
    });
    scene.at(1_000, () => {
      scene.refusing = false;
    });
    scene.at(20_000, () => scene.peers.at(-1)?.complete());
    scene.play();

    expect(status.flatMap(({ retryAt }) => retryAt ?? [])).toEqual([110, 310, 710, 1_510, 20_100]);
  });

  test('attempts: the last failure is the error of all', () => {
    const scene = new Scene({ reconnect: { ...reconnect, attempts: 2 } });
    const values = told(scene.connection.remoteData$);
    scene.at(10, () => {
      scene.refusing = true;
      scene.peers[0]?.complete();
    });
    scene.play();

    expect(values).toEqual([null, expect.any(ConnectError)]);
    expect(told(scene.connection.status$)).toEqual([
      { state: 'closed', error: expect.any(ConnectError) },
      '|',
    ]);
  });

  test('a peer that does not speak the protocol is tried again as one that is gone', () => {
    const scene = new Scene({ reconnect });
    scene.at(10, () => scene.send('not json'));
    scene.play(1_000);

    expect(scene.peers).toHaveLength(2);
    expect(scene.ends).toHaveLength(1);
  });

  test('close while it waits: no attempt follows', () => {
    const scene = new Scene({ reconnect });
    scene.at(10, () => scene.peers[0]?.complete());
    scene.at(20, () => void scene.connection.close());
    scene.play();

    expect(scene.peers).toHaveLength(1);
    expect(told(scene.connection.closed$)).toEqual([undefined, '|']);
  });

  test('a socket connects once, so it cannot be given', () => {
    expect(() => jugglerConnect(pipe<string>()[0], { reconnect: {} })).toThrow(
      'a function that makes sockets',
    );
  });
});

describe('without reconnect', () => {
  test('a connection that cannot be had: an error for everybody', () => {
    const connection = jugglerConnect(() => {
      throw new Error('no way');
    });

    expect(told(connection.remoteData$)).toEqual([null, expect.any(ConnectError)]);
    expect(told(connection.messages$)).toEqual([expect.any(ConnectError)]);
    expect(() => connection.setLocalData(1)).toThrow(expect.objectContaining({ code: 'closed' }));
  });

  test.each(['http://x/ws', 'nonsense', '/ws', 'ws://'])('%s is no address', (address) => {
    expect(() => jugglerConnect(address)).toThrow(expect.objectContaining({ code: 'invalid-address' }));
  });

  test('a key in the URL is in no error', () => {
    for (const address of ['http://user:s3cret@h/', 's3cret'])
      expect(() => jugglerConnect(address)).not.toThrow('s3cret');
  });
});

describe('PING', () => {
  test('is answered at once', () => {
    const scene = new Scene().play();
    scene.send({ type: 'PING', payload: {} }, { type: 'PING' });

    expect(scene.play().frames).toEqual([
      { type: 'PONG', payload: {} },
      { type: 'PONG', payload: {} },
    ]);
  });

  test('is sent only where it is wanted; a peer that does not answer is gone', () => {
    const scene = new Scene({ ping: 5_000 });
    const status = told(scene.connection.status$);
    scene.at(5_100, () => scene.send({ type: 'PONG', payload: {} }));
    scene.play();

    expect(scene.got).toEqual([
      [5_000, { type: 'PING', payload: {} }],
      [10_000, { type: 'PING', payload: {} }],
    ]);
    expect(scene.scheduler.now()).toBe(15_000);
    expect(status.at(-2)).toMatchObject({ state: 'closed', error: { code: 'peer-timeout' } });
    expect(new Scene().play().got).toEqual([]);
  });
});
