import { VirtualTimeScheduler } from 'rxjs';
import { ProtocolError } from 'rxserf';
import { type JugglerOptions, jugglerConnect } from 'rxserf/juggler';
import { socketFrom } from 'rxserf/socket';
import { describe, expect, test } from 'vitest';
import { data, type Frame, message, request, response, Scene, told, whole } from './kit.ts';

const nested = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

/** What the Python peer closes the connection for, and we. */
describe('ends the connection, with an error here and a close there', () => {
  test.each<[string, Frame | string, string]>([
    ['not JSON', '{"type":', 'unexpected-shape'],
    ['nothing', '', 'unexpected-shape'],
    ['NaN', '{"type":"MESSAGE","payload":NaN}', 'unexpected-shape'],
    ['not an object', '[1]', 'unexpected-shape'],
    ['null', 'null', 'unexpected-shape'],
    ['no type', '{"payload":1}', 'unexpected-shape'],
    ['a type of its own', '{"type":"HELLO","payload":1}', 'unexpected-shape'],
    ['a type that Object has', '{"type":"constructor","payload":1}', 'unexpected-shape'],
    ['__proto__ as the message', '{"__proto__":{"type":"MESSAGE","payload":1}}', 'unexpected-shape'],
    ['no payload', '{"type":"MESSAGE"}', 'unexpected-shape'],
    ['DATA without a payload', '{"type":"DATA"}', 'unexpected-shape'],
    ['a patch that is a text', { type: 'DATA', payload: '[]' }, 'patch-invalid'],
    ['a patch that is an object', { type: 'DATA', payload: {} }, 'patch-invalid'],
    ['a path that is missing', data({ op: 'add', path: '/x/y', value: 1 }), 'patch-conflict'],
    ['an index past the end', data({ op: 'add', path: '/list/9', value: 1 }), 'patch-conflict'],
    ['a test that fails', data({ op: 'test', path: '/list', value: [] }), 'patch-test-failed'],
    ['replace of what is missing', data({ op: 'replace', path: '/nope', value: 1 }), 'patch-conflict'],
    ['remove of everything', data({ op: 'remove', path: '' }), 'patch-conflict'],
    ['a frame that is too large', message('x'.repeat(200_000)), 'frame-too-large'],
    ['a message that is too deep', `{"type":"MESSAGE","payload":${nested(50_000)}}`, 'too-deep'],
    [
      'data that is too deep',
      `{"type":"DATA","payload":[{"op":"replace","path":"","value":${nested(50_000)}}]}`,
      'too-deep',
    ],
    [
      'data that gets too deep',
      data(
        ...Array.from({ length: 120 }, (_, i) => ({
          op: 'add',
          path: i === 0 ? '/list/-' : `/list/1${'/0'.repeat(i - 1)}/-`,
          value: [],
        })),
      ),
      'patch-too-large',
    ],
    ['too many operations', data(...Array.from({ length: 10_001 }, () => ({}))), 'patch-too-large'],
    [
      'data that grows by itself',
      data(...Array.from({ length: 60 }, (_, i) => ({ op: 'copy', from: '', path: `/${i}` }))),
      'patch-too-large',
    ],
    [
      'a number beyond all',
      `{"type":"DATA","payload":[{"op":"replace","path":"","value":1e999}]}`,
      'unexpected-shape',
    ],
    ['a message with a number beyond all', '{"type":"MESSAGE","payload":[1E+0999]}', 'unexpected-shape'],
    ['one in digits', `{"type":"MESSAGE","payload":${'9'.repeat(310)}}`, 'unexpected-shape'],
  ])('%s', (_, frame, code) => {
    const scene = new Scene({ limits: { frameBytes: 150_000 } });
    const values = told(scene.connection.remoteData$);
    const document = { list: [1] };
    scene.at(1, () => scene.send(whole(document), frame, whole('never')));
    scene.play();

    expect(values).toEqual([null, document, expect.any(ProtocolError)]);
    expect(values[2]).toMatchObject({ code });
    expect(scene.connection.remoteData).toEqual(document);
    expect(scene.ends).toHaveLength(1);
  });

  test('no error shows what was sent', () => {
    const scene = new Scene();
    const values = told(scene.connection.remoteData$);
    scene.at(1, () => scene.send('{"type":"DATA","payload":hunter2}'));
    scene.play();

    expect(`${values[1]}${(values[1] as Error).stack}`).not.toContain('hunter2');
  });
});

describe('goes on', () => {
  test.each<[string, Frame | string]>([
    ['further members', '{"type":"MESSAGE","payload":1,"more":2}'],
    ['the largest number', '{"type":"MESSAGE","payload":1.7976931348623157e+308}'],
    ['keys in another order', '{"payload":1,"type":"MESSAGE"}'],
    ['an empty patch', data()],
    ['a PONG that nobody asked for', '{"type":"PONG"}'],
    [
      '__proto__ as a name',
      '{"type":"DATA","payload":[{"op":"replace","path":"","value":{"__proto__":{"polluted":1}}}]}',
    ],
    ['a message with __proto__', '{"type":"MESSAGE","payload":{"__proto__":{"polluted":1},"type":"x"}}'],
    ['a call of __proto__', request(1, '__proto__')],
  ])('%s', (_, frame) => {
    const scene = new Scene({ actions: {} }).play();
    scene.send(frame, whole('after'));

    expect(scene.play().connection.remoteData).toBe('after');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('the document’s size is counted over all patches, also as it shrinks', () => {
    const scene = new Scene({ limits: { size: 2_000 } }).play();
    const text = 'x'.repeat(1_500);
    for (let i = 0; i < 20; i++) {
      scene.send(data({ op: 'replace', path: '', value: {} }), data({ op: 'add', path: '/a', value: text }));
      scene.send(data({ op: 'move', from: '/a', path: '/b' }), data({ op: 'replace', path: '/b', value: 1 }));
      scene.send(data({ op: 'add', path: '/list', value: [text] }), data({ op: 'remove', path: '/list/0' }));
    }
    expect(scene.play().connection.remoteData).toEqual({ b: 1, list: [] });

    scene.send(data({ op: 'add', path: '/a', value: text }), data({ op: 'add', path: '/c', value: text }));
    scene.play();
    expect(told(scene.connection.remoteData$).at(-1)).toMatchObject({ code: 'patch-too-large' });
  });
});

/** A peer whose socket takes what it is told to take. */
class SlowPeer {
  readonly scheduler = new VirtualTimeScheduler();
  readonly sent: string[] = [];
  buffered = 0;
  closed = false;
  receive: (frame: string) => void = () => undefined;
  readonly socket = socketFrom<string>((incoming) => {
    this.receive = (frame) => incoming.next(frame);
    return {
      write: (frame) => {
        this.sent.push(frame);
        this.buffered += frame.length;
      },
      end: () => {
        this.closed = true;
      },
      destroy: () => {
        this.closed = true;
      },
      bufferedAmount: () => this.buffered,
    };
  });

  connect(options: JugglerOptions) {
    return jugglerConnect(this.socket, { ...options, scheduler: this.scheduler });
  }

  play(until: number): void {
    this.scheduler.maxFrames = until;
    this.scheduler.flush();
  }
}

describe('a peer that never reads', () => {
  test('data waits, and only the last state is sent when it reads again', () => {
    const peer = new SlowPeer();
    const connection = peer.connect({ autoflush: 0, limits: { sendBytes: 4_000 } });
    for (let i = 0; i < 10_000; i++) connection.setLocalData({ i, text: 'x'.repeat(100) });
    expect(peer.sent.length).toBeLessThan(30);
    const flushed = told(connection.flush());
    peer.play(1_000);
    expect(flushed).toEqual([]);

    peer.buffered = 0;
    peer.play(1_100);
    expect(flushed).toEqual([undefined, '|']);
    expect(JSON.parse(peer.sent.at(-1) as string)).toEqual(data({ op: 'replace', path: '/i', value: 9_999 }));
    void connection.close();
  });

  test('send and call fail with overflow, and nothing else is harmed', () => {
    const peer = new SlowPeer();
    const connection = peer.connect({ limits: { sendBytes: 4_000 } });
    const send = () => {
      for (let i = 0; i < 100; i++) connection.send('x'.repeat(100));
    };

    expect(send).toThrow(expect.objectContaining({ code: 'overflow' }));
    expect(told(connection.call('add', 'x'.repeat(1_000)))).toEqual([
      expect.objectContaining({ code: 'overflow' }),
    ]);
    peer.buffered = 0;
    connection.send('again');
    expect(peer.sent.at(-1)).toContain('again');
    expect(peer.closed).toBe(false);
  });

  test.each<[string, Frame]>([
    ['asks for PONGs', { type: 'PING' }],
    ['calls what is not there', request('x'.repeat(50), 'nope')],
    ['sends malformed calls', message({ type: 'rpc', id: 'x'.repeat(50) })],
  ])('and %s: it is disconnected', (_, frame) => {
    const peer = new SlowPeer();
    const connection = peer.connect({ actions: {}, limits: { sendBytes: 4_000 } });
    const values = told(connection.remoteData$);
    for (let i = 0; i < 1_000; i++) peer.receive(JSON.stringify(frame));

    expect(values.at(-1)).toMatchObject({ name: 'ProtocolError', code: 'overflow' });
    expect(peer.closed).toBe(true);
    expect(peer.sent.join('').length).toBeLessThan(6_000);
  });

  test('calls wait to be begun, within bounds', () => {
    const peer = new SlowPeer();
    let begun = 0;
    const answer = () => {
      begun++;
      return 'x'.repeat(500);
    };
    peer.connect({ actions: { answer }, limits: { sendBytes: 40_000, waiting: 50 } });
    for (let i = 0; i < 100; i++) peer.receive(JSON.stringify(request(i, 'answer')));
    expect(begun).toBeLessThan(30);
    const before = begun;
    peer.buffered = 0;
    peer.play(100);
    expect(begun).toBeGreaterThan(before);
    expect(peer.sent.some((frame) => frame.includes('too many calls'))).toBe(true);
    expect(JSON.parse(peer.sent[0] as string)).toEqual(response(0, true, 'x'.repeat(500)));
  });
});
