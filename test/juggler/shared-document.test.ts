import { VirtualTimeScheduler } from 'rxjs';
import { EmbeddedCluster } from 'rxserf/embedded';
import {
  type JugglerConnection,
  jugglerConnect,
  type SerfDocument,
  type SharedDocument,
  sharedDocument,
  shareSerf,
} from 'rxserf/juggler';
import { policy, VIEWER } from 'rxserf/server';
import { pipe, socketFrom } from 'rxserf/socket';
import { fakeSerf, member, memberEvent, userEvent } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import { data, type Frame, told, whole } from './kit.ts';

/** Connections that share a document, and what their peers see of it. */
class Readers {
  readonly scheduler = new VirtualTimeScheduler();
  readonly frames: [ms: number, frame: Frame][][] = [];
  readonly peers: JugglerConnection<unknown, unknown>[] = [];
  readonly connections: JugglerConnection<unknown, unknown>[] = [];

  join(document: SharedDocument<never> | SharedDocument<unknown>): JugglerConnection<unknown, unknown> {
    const [a, b] = pipe<string>(this.scheduler);
    const frames: [number, Frame][] = [];
    this.frames.push(frames);
    const tapped = socketFrom<string>((incoming) => {
      const subscription = b.subscribe({
        next: (frame) => {
          frames.push([this.scheduler.now(), JSON.parse(frame)]);
          incoming.next(frame);
        },
        error: (error) => incoming.error(error),
        complete: () => incoming.complete(),
      });
      return {
        write: (frame) => b.next(frame),
        end: () => b.complete(),
        destroy: () => subscription.unsubscribe(),
      };
    });
    const connection = jugglerConnect<unknown, unknown>(a, { scheduler: this.scheduler });
    this.connections.push(connection);
    this.peers.push(jugglerConnect<unknown, unknown>(tapped, { scheduler: this.scheduler }));
    connection.shareLocalData(document as SharedDocument<unknown>);
    return connection;
  }

  at(ms: number, act: () => void): this {
    this.scheduler.schedule(act, ms);
    return this;
  }

  play(until = Number.POSITIVE_INFINITY): void {
    this.scheduler.maxFrames = until;
    this.scheduler.flush();
  }

  get seen(): unknown[] {
    return this.peers.map(({ remoteData }) => remoteData);
  }
}

const text = 'x'.repeat(200);

describe('sharedDocument', () => {
  test('one window for all; who joins gets all of it, as it was sent last', () => {
    const readers = new Readers();
    const document = sharedDocument({ a: 0, text }, { scheduler: readers.scheduler });
    readers.join(document);
    readers.at(10, () => document.set({ a: 1, text }));
    readers.at(50, () => readers.join(document));
    readers.at(150, () => document.set({ a: 2, text }));
    readers.at(300, () => readers.join(document));
    readers.play();

    const change = data({ op: 'replace', path: '/a', value: 2 });
    expect(readers.frames).toEqual([
      [
        [0, whole({ a: 0, text })],
        [210, change],
      ],
      [
        [50, whole({ a: 0, text })],
        [210, change],
      ],
      [[300, whole({ a: 2, text })]],
    ]);
    expect(readers.seen).toEqual(Array(3).fill({ a: 2, text }));
    expect(readers.connections[0]?.localData).toEqual({ a: 2, text });
  });

  test('set while nobody reads: the next one gets it', () => {
    const readers = new Readers();
    const document = sharedDocument<unknown>(1, { scheduler: readers.scheduler });
    document.set(2);
    document.set({ three: 3 });
    readers.join(document);
    readers.play();

    expect(readers.frames).toEqual([[[0, whole({ three: 3 })]]]);
  });

  test('flush of a connection sends what is pending, to all', () => {
    const readers = new Readers();
    const document = sharedDocument({ a: 0, text }, { scheduler: readers.scheduler });
    const connection = readers.join(document);
    readers.join(document);
    readers.play(10);
    document.set({ a: 1, text });
    expect(told(connection.flush())).toEqual([undefined, '|']);
    readers.play(20);

    expect(readers.seen).toEqual(Array(2).fill({ a: 1, text }));
  });

  test('it is set in the document, and not by one of its readers', () => {
    const readers = new Readers();
    const connection = readers.join(sharedDocument(1));

    expect(() => connection.setLocalData(2)).toThrow('the local data is shared');
    expect(() => sharedDocument(undefined)).toThrow(expect.objectContaining({ code: 'invalid-payload' }));
    expect(() => sharedDocument<unknown>(1).set(Number.NaN)).toThrow(
      expect.objectContaining({ code: 'invalid-payload' }),
    );
  });

  test('a reader that is too slow gets what it has missed, or all; it holds up nobody', () => {
    const readers = new Readers();
    const { scheduler } = readers;
    const sent: string[] = [];
    let buffered = 0;
    const slow = socketFrom<string>(() => ({
      write: (frame) => sent.push(frame),
      end: () => undefined,
      destroy: () => undefined,
      bufferedAmount: () => buffered,
    }));
    const document = sharedDocument({ a: 0, b: 0, text }, { scheduler, autoflush: 0 });
    readers.join(document);
    const connection = jugglerConnect(slow, { scheduler, limits: { sendBytes: 4_000 } });
    connection.shareLocalData(document);
    readers.play(10);

    buffered = 2_000;
    document.set({ a: 1, b: 0, text });
    document.set({ a: 1, b: 1, text });
    readers.play(100);
    expect(readers.seen).toEqual([{ a: 1, b: 1, text }]);
    expect(sent).toHaveLength(1);
    buffered = 0;
    readers.play(200);
    expect(sent.slice(1).map((frame) => JSON.parse(frame))).toEqual([
      data({ op: 'replace', path: '/a', value: 1 }, { op: 'replace', path: '/b', value: 1 }),
    ]);

    buffered = 2_000;
    for (let i = 2; i < 3_000; i++) document.set({ a: i, b: 1, text });
    readers.play(300);
    expect(sent).toHaveLength(2);
    buffered = 0;
    readers.play(400);
    expect(JSON.parse(sent.at(-1) as string)).toEqual(whole({ a: 2_999, b: 1, text }));

    // Few operations with large values: what is long out of date is not kept either.
    buffered = 2_000;
    for (let i = 0; i < 5; i++) document.set({ a: i, b: 1, text: `${i}`.repeat(300_000) });
    readers.play(500);
    buffered = 0;
    readers.play(600);
    expect(JSON.parse(sent.at(-1) as string)).toEqual(whole({ a: 4, b: 1, text: '4'.repeat(300_000) }));
    void connection.close();
  });

  test('a reader that is gone is forgotten, and no timer stays', () => {
    const readers = new Readers();
    const document = sharedDocument<unknown>(1, { scheduler: readers.scheduler });
    const connection = readers.join(document);
    readers.play(10);
    document.set(2);
    void connection.close({ flush: false });
    readers.play(10_000);

    expect(readers.scheduler.actions.filter(({ closed }) => !closed)).toEqual([]);
  });
});

describe('shareSerf', () => {
  const web = member('web-1', { tags: { role: 'web' } });
  const db = member('db-1');

  test('members, status and events, as patches made from the changes', () => {
    const readers = new Readers();
    const { scheduler } = readers;
    const serf = fakeSerf({ scheduler });
    const members = [web, db];
    serf.reply('members', members);
    const document = shareSerf(serf, { events: 'last 2', scheduler, autoflush: 100 });
    readers.join(document as SharedDocument<unknown>);
    readers.play(1_000);
    expect(readers.seen).toEqual([
      {
        members: { 'web-1': { ...web }, 'db-1': { ...db } },
        status: { state: 'connected', error: null },
        events: [],
      },
    ]);
    readers.frames[0]?.splice(0);

    serf.emit(memberEvent('member-failed', { ...web, status: 'failed' }));
    serf.emit(userEvent('deploy', new Uint8Array([0x76, 0x31])));
    serf.emit(userEvent('deploy', new Uint8Array([0x76, 0x32])));
    readers.play(2_000);
    expect(readers.frames[0]?.map(([, { payload }]) => payload)).toMatchInlineSnapshot(`
      [
        [
          {
            "op": "replace",
            "path": "/members/web-1/status",
            "value": "failed",
          },
          {
            "op": "add",
            "path": "/events/-",
            "value": {
              "event": "user",
              "ltime": 1,
              "name": "deploy",
              "payload": "v1",
            },
          },
          {
            "op": "add",
            "path": "/events/-",
            "value": {
              "event": "user",
              "ltime": 1,
              "name": "deploy",
              "payload": "v2",
            },
          },
        ],
      ]
    `);
    serf.emit(userEvent('deploy', new Uint8Array([0xff])));
    readers.play(3_000);

    const seen = readers.seen[0] as SerfDocument;
    expect(seen.events?.map((event) => 'payload' in event && event.payload)).toEqual(['v2', '\udcff']);
    expect(seen.members?.['web-1']?.status).toBe('failed');
    expect(JSON.stringify(seen)).toBe(JSON.stringify(document.value));
  });

  test('what fails is the status; what was there stays', () => {
    const readers = new Readers();
    const { scheduler } = readers;
    const serf = fakeSerf({ scheduler });
    serf.reply('members', [web]);
    readers.join(shareSerf(serf, { scheduler }) as SharedDocument<unknown>);
    readers.play(1_000);
    serf.giveUp();
    readers.play(2_000);

    expect(readers.seen).toEqual([
      { members: { 'web-1': { ...web } }, status: { state: 'closed', error: 'connect-failed' } },
    ]);
  });

  test('it follows the cluster while somebody reads it, and shows nobody what was', () => {
    const readers = new Readers();
    const { scheduler } = readers;
    const serf = fakeSerf({ scheduler });
    serf.reply('members', [web, db], [db]);
    const document = shareSerf(serf, { scheduler });
    expect(serf.requests).toEqual([]);
    const connection = readers.join(document as SharedDocument<unknown>);
    readers.play(1_000);
    void connection.close();
    readers.play(2_000);
    serf.verify();
    readers.join(document as SharedDocument<unknown>);
    readers.play(3_000);

    expect(readers.frames[1]?.[0]?.[1]).toEqual(
      whole({ members: {}, status: { state: 'connecting', error: null } }),
    );
    expect((readers.seen[1] as SerfDocument).members).toEqual({ 'db-1': { ...db } });
  });

  test('names that are traps, and a policy: what it hides is in no document', () => {
    const readers = new Readers();
    const { scheduler } = readers;
    const cluster = new EmbeddedCluster({
      scheduler,
      nodes: [{ name: '__proto__', tags: { role: 'web', secret: 's3cret' } }, { name: 'a/b~c' }],
    });
    const serf = policy(cluster.node('a/b~c'), { ...VIEWER, hideTags: ['secret'] });
    readers.join(shareSerf(serf, { scheduler, events: 'last 10' }) as SharedDocument<unknown>);
    readers.play(5_000);
    cluster
      .node('__proto__')
      .tags({ set: { role: 'db' } })
      .subscribe();
    readers.play(20_000);

    const seen = JSON.stringify(readers.seen[0]);
    expect(JSON.parse(seen).members['a/b~c']).toBeDefined();
    expect(Object.keys(JSON.parse(seen).members)).toContain('__proto__');
    expect(JSON.stringify(JSON.parse(seen).members)).toContain('"role":"db"');
    expect(seen).not.toContain('s3cret');
    cluster.close();
  });

  test.each(['last 0', 'last 10001', 'all', 'last 1e2'])('events: %j is refused', (events) => {
    expect(() => shareSerf(fakeSerf(), { events: events as 'last 1' })).toThrow('events should be');
  });
});
