import { ProtocolError } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { type Frame, readFrame } from '../../src/notifier/mesh/frames.ts';
import { Handshake, type HandshakeOptions, type Role } from '../../src/notifier/mesh/handshake.ts';
import { Assembler } from '../../src/protocol/assembler.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import type { WireValue } from '../../src/protocol/wire.ts';

const KEY = new TextEncoder().encode('a key of sixteen bytes and more');

function side(role: Role, id: string, options: Partial<HandshakeOptions> = {}) {
  return new Handshake(role, { id, node: `node of ${id}`, key: KEY, accept: () => {}, ...options });
}

function frameOf(bytes: Uint8Array | undefined): Frame {
  const assembler = new Assembler(DEFAULT_LIMITS);
  assembler.push(bytes as Uint8Array);
  return readFrame(assembler.next() as WireValue);
}

/** Plays both sides to the end; what one of them says may be replaced on its way. */
function play(dialer: Handshake, listener: Handshake, onTheWay = (frame: Frame, _from: Role) => frame) {
  const said: string[] = [];
  let from: Role = 'dialer';
  let bytes = dialer.start();
  const met: Partial<Record<Role, string>> = {};
  while (bytes) {
    const frame = onTheWay(frameOf(bytes), from);
    said.push(`${from} ${frame.type}`);
    const to: Role = from === 'dialer' ? 'listener' : 'dialer';
    const { send, peer } = (to === 'dialer' ? dialer : listener).receive(frame);
    if (peer) met[to] = peer.id;
    bytes = send;
    from = to;
  }
  return { said, met };
}

describe('the handshake', () => {
  test('each learns who the other is, and the dialer proves the key first', () => {
    expect(play(side('dialer', 'a'), side('listener', 'b'))).toEqual({
      said: ['dialer hello', 'listener hello', 'dialer proof', 'listener proof'],
      met: { listener: 'a', dialer: 'b' },
    });
  });

  test('without a key on both sides it goes on: that is for loopback', () => {
    const key = new Uint8Array(0);
    expect(play(side('dialer', 'a', { key }), side('listener', 'b', { key })).met).toEqual({
      listener: 'a',
      dialer: 'b',
    });
  });

  const other = new TextEncoder().encode('another key of sixteen bytes');
  test.each([
    ['the dialer', other, KEY],
    ['the listener', KEY, other],
    ['nobody, one of whom has none', new Uint8Array(0), KEY],
    ['nobody, the other of whom has none', KEY, new Uint8Array(0)],
  ])('a key that %s alone has is refused, and nothing was proved to it', (_, ours, theirs) => {
    const said: string[] = [];
    const dialer = side('dialer', 'a', { key: ours });
    const listener = side('listener', 'b', { key: theirs });
    expect(() =>
      play(dialer, listener, (frame, from) => {
        said.push(`${from} ${frame.type}`);
        return frame;
      }),
    ).toThrow(ProtocolError);
    expect(said).toEqual(['dialer hello', 'listener hello', 'dialer proof']);
  });

  test('no proof can be sent back to whom it is from', () => {
    // An attacker without the key listens, and answers with what the dialer itself says.
    const dialer = side('dialer', 'a');
    const hello = frameOf(dialer.start());
    const { send } = dialer.receive(hello);
    const proof = frameOf(send);
    expect(() => dialer.receive(proof)).toThrow(ProtocolError);
  });

  test('no proof can be used again: each side has a nonce of its own', () => {
    const heard: Frame[] = [];
    play(side('dialer', 'a'), side('listener', 'b'), (frame) => {
      heard.push(frame);
      return frame;
    });
    const listener = side('listener', 'b');
    listener.receive(heard[0] as Frame);
    expect(() => listener.receive(heard[2] as Frame)).toThrow('does not have our key');
  });

  test.each(['dialer', 'listener'] as const)('what the %s says cannot be changed on its way', (who) => {
    const change = (frame: Frame, from: Role): Frame =>
      from === who && frame.type === 'hello' ? { ...frame, hello: { ...frame.hello, id: 'c' } } : frame;
    expect(() => play(side('dialer', 'a'), side('listener', 'b'), change)).toThrow('does not have our key');
  });

  test('ids that run together are not the same proof', () => {
    const nonce = () => new Uint8Array(16);
    const proofOf = (id: string, node: string) => {
      const dialer = new Handshake('dialer', { id, node, key: KEY, accept: () => {}, nonce });
      dialer.start();
      return dialer.receive(frameOf(side('dialer', 'x', { nonce }).start())).send;
    };
    expect(proofOf('ab', 'c')).not.toEqual(proofOf('a', 'bc'));
  });

  test.each([
    ['a frame of another kind', { type: 'bye' }],
    ['a proof before a hello', { type: 'proof', mac: new Uint8Array(32) }],
    [
      'another version',
      { type: 'hello', hello: { version: 2, id: 'a', node: '', nonce: new Uint8Array(16) } },
    ],
    ['a short nonce', { type: 'hello', hello: { version: 1, id: 'a', node: '', nonce: new Uint8Array(8) } }],
  ] as [string, Frame][])('%s is refused', (_, frame) => {
    expect(() => side('listener', 'b').receive(frame)).toThrow(ProtocolError);
  });

  test('who is not to be let in is told nothing', () => {
    const accept = () => {
      throw new ProtocolError('handshake-refused', 'not you');
    };
    const listener = side('listener', 'b', { accept });
    expect(() => listener.receive(frameOf(side('dialer', 'a').start()))).toThrow('not you');
  });
});
