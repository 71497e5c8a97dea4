import { firstValueFrom } from 'rxjs';
import { connect } from 'rxserf';
import { serve } from 'rxserf/server';
import { pipe } from 'rxserf/socket';
import { expect, onTestFinished, test } from 'vitest';
import { FakeSerf } from './support/fake-serf.ts';
import { ok, WirePeer } from './support/wire-peer.ts';

test('a second subscription fails, and leaves the first peer alone', async () => {
  const [ours, theirs] = pipe();
  const served$ = serve(new FakeSerf(), ours);
  const ends: string[] = [];
  served$.subscribe({ error: () => ends.push('first'), complete: () => ends.push('first') });
  const client = connect('anywhere', { socket: () => theirs, reconnect: false });
  onTestFinished(() => client.close());
  await firstValueFrom(client.members());

  served$.subscribe({ error: ({ code }) => ends.push(code) });

  expect(await firstValueFrom(client.members())).toHaveLength(3);
  expect(ends).toEqual(['connection-lost']);
});

test('outboundBytes: 0 leaves a peer room to shake hands and to give its key in one chunk', () => {
  const peer: WirePeer = new WirePeer(
    new FakeSerf(),
    { authKey: 's3cret', limits: { outboundBytes: 0 } },
    ({ length }) => {
      peer.buffered += length;
    },
  );
  const hello = [{ Command: 'handshake', Seq: 0 }, { Version: 1 }];
  peer.send(...hello, { Command: 'auth', Seq: 1 }, { AuthKey: 's3cret' });
  expect(peer.take()).toEqual([ok(0), ok(1)]);
  expect(peer.seen).toEqual([{ type: 'accepted' }]);
});

test('depth: a limit beyond 1,000 is one of 1,000', () => {
  const peer = new WirePeer(new FakeSerf(), { limits: { depth: Number.POSITIVE_INFINITY } }).greet();
  peer.sendBytes(new Uint8Array(100_000).fill(0x91));
  expect(peer.hungUp()).toBe(true);
  peer.close();
  expect(peer.end?.error).toMatchObject({ name: 'ProtocolError', code: 'too-deep' });
});
