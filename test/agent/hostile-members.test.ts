import { concatMap, filter, firstValueFrom, map, mergeMap, take, toArray } from 'rxjs';
import { type AnySerf, connect, type Member, type SerfClient, utf8 } from 'rxserf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Agent,
  closing,
  describeAgent,
  eventually,
  rawConnection,
  replayed,
  settled,
  startAgent,
  stopAll,
} from './harness/agent.ts';

/** Not UTF-8: the byte 0xff, as rxserf writes it. */
const FF = '\udcff';
/** Every trick with a tag's key or value that fits into the 512 bytes that all tags of a member may have. */
const HOSTILE_TAGS = Object.fromEntries([
  ['__proto__', 'polluted'],
  ['constructor', '{"prototype":{"polluted":1}}'],
  ['toString', 'x'],
  ['', 'the empty key'],
  ['empty', ''],
  ['control\u0000\n\r\u001b[31m', '\u0000\u0007\u001b[2J\u2028\u202e'],
  ['bytes', `${FF}\udc80\udcc3(\udced\udca0\udc80`],
  [`key${FF}`, 'a key that is not UTF-8'],
  ['wide', '\u{1f480}\u0000é\ufeff\ufffd'],
  ['huge', 'h'.repeat(200)],
]);

describeAgent('hostile members', () => {
  let agent: Agent;
  let hostile: Agent;
  /** Whose every subscription has to live on. */
  let client: SerfClient<string | undefined>;

  beforeAll(async () => {
    agent = await startAgent({ name: 'n1' });
    hostile = await startAgent({ name: '__proto__', join: [agent.gossip] });
    client = connect(agent.address, { codec: utf8() });
  });

  afterAll(async () => {
    await client.close();
    await stopAll();
  });

  test('any tag at all arrives faithfully, in members and in events, and can be deleted again', async () => {
    const alive = replayed(client.stream('user:alive'));
    const updates = replayed(client.stream('member-update'));
    const attacker = closing(connect(hostile.address));
    await settled(client);

    await firstValueFrom(attacker.tags({ set: HOSTILE_TAGS }));
    const updated = await firstValueFrom(updates.pipe(concatMap(({ members }) => members)));
    const found = await tagsOf(client, '__proto__');
    const filtered = await firstValueFrom(client.members({ tags: { ['__proto__']: 'pollut..' } }));

    const expected = Object.entries(HOSTILE_TAGS).sort();
    expect(updated.name).toBe('__proto__');
    expect(Object.entries(updated.tags).sort()).toEqual(expected);
    expect(found).toEqual(expected);
    expect(filtered.map(({ name }) => name)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(await bytesOfMembers(agent)).toSatisfy((bytes: Buffer) =>
      bytes.includes(Buffer.from([0xa7, 0xff, 0x80, 0xc3, 0x28, 0xed, 0xa0, 0x80])),
    );

    await firstValueFrom(attacker.tags({ delete: Object.keys(HOSTILE_TAGS) }));
    expect(await firstValueFrom(updates.pipe(take(2), toArray()))).toMatchObject([
      {},
      { members: [{ tags: {} }] },
    ]);
    expect(await tagsOf(client, '__proto__')).toEqual([]);
    await firstValueFrom(client.event('alive', 'still'));
    expect(await firstValueFrom(alive)).toMatchObject({ payload: 'still' });
  });

  test('a member named __proto__ is asked, answers and is reported like any other', async () => {
    const other = closing(connect(hostile.address, { codec: utf8() }));
    replayed(other.stream('query:who').pipe(mergeMap((query) => query.respond(query.payload))));
    await settled(other);

    const asked = client.query('who', 'me', {
      filterNodes: ['__proto__'],
      requestAck: true,
      timeout: 2_000,
    });
    expect(await firstValueFrom(asked.pipe(take(2), toArray()))).toEqual(
      expect.arrayContaining([
        { type: 'ack', from: '__proto__' },
        { type: 'response', from: '__proto__', payload: 'me' },
      ]),
    );
    const { report } = await firstValueFrom(client.listKeys()).catch((error) => error);
    expect(Object.keys(report.messages).sort()).toEqual(['__proto__', 'n1']);
    await eventually('its coordinate is known', async () =>
      expect(await firstValueFrom(client.coordinate('__proto__'))).not.toBeNull(),
    );
  });

  test('names and payloads of events are any text and any bytes; each is its own event', async () => {
    const attacker = closing(connect(hostile.address, { codec: utf8() }));
    const names = [
      '__proto__',
      'constructor',
      `${FF}\udcfe`,
      '\u0000\u001b[2J',
      'user:nested',
      ' ',
      '\u{1f480}',
    ];
    const events = replayed(client.stream('user'));
    const named = replayed(client.stream(`user:${FF}\udcfe`));
    const lines = replayed(client.monitor('info'));
    await settled(client);

    for (const name of names) await firstValueFrom(attacker.event(name, name === ' ' ? undefined : 'p'));
    await firstValueFrom(attacker.event('bytes', Uint8Array.of(0xff, 0x00), { codec: bytesAsTheyAre }));

    const seen = await firstValueFrom(events.pipe(take(names.length + 1), toArray()));
    expect(new Set(seen.map(({ name }) => name))).toEqual(new Set([...names, 'bytes']));
    expect(seen.find(({ name }) => name === 'bytes')).toMatchObject({
      payload: undefined,
      payloadError: { code: 'payload-undecodable' },
      rawPayload: Uint8Array.of(0xff, 0x00),
    });
    expect(await firstValueFrom(named)).toMatchObject({ name: `${FF}\udcfe` });
    await firstValueFrom(lines.pipe(filter((line) => line.endsWith(`user-event: ${FF}\udcfe`))));
    await firstValueFrom(lines.pipe(filter((line) => line.endsWith('user-event: bytes'))));
  });

  test('a name that is not UTF-8 can be read, asked by, filtered by and sent back', async () => {
    const name = `victim-${FF}`;
    const victim = await startAgent({ name, join: [agent.gossip] });
    const isVictim = (member: Member) => member.name === name;
    const status = async () => (await firstValueFrom(client.members())).find(isVictim)?.status;
    const other = closing(connect(victim.address, { codec: utf8() }));
    replayed(other.stream('query:who').pipe(mergeMap((query) => query.respond('I'))));
    await settled(other);

    expect(await status()).toBe('alive');
    await eventually('its coordinate is known', async () =>
      expect(await firstValueFrom(client.coordinate(name))).not.toBeNull(),
    );
    expect(await firstValueFrom(client.coordinate('victim-\udcfe'))).toBeNull();
    expect(
      await firstValueFrom(client.query('who', undefined, { filterNodes: [name], timeout: 2_000 })),
    ).toEqual({ type: 'response', from: name, payload: 'I' });

    const failed = replayed(client.stream('member-failed').pipe(concatMap(({ members }) => members)));
    victim.kill();
    await firstValueFrom(failed.pipe(filter(isVictim)));
    await firstValueFrom(client.forceLeave(name));
    expect(await status()).toBe('left');
    await firstValueFrom(client.forceLeave(name, { prune: true }));
    expect(await status()).toBeUndefined();
  }, 40_000);
});

const bytesAsTheyAre = { encode: (bytes: Uint8Array) => bytes, decode: (bytes: Uint8Array) => bytes };

async function tagsOf(client: AnySerf, name: string): Promise<[string, string][]> {
  return firstValueFrom(
    client.members().pipe(
      concatMap((members) => members),
      filter((member) => member.name === name),
      map(({ tags }) => Object.entries(tags).sort()),
    ),
  );
}

/** A whole answer to `members`, as it comes from the agent. */
async function bytesOfMembers(agent: Agent): Promise<Buffer> {
  const raw = await rawConnection(agent);
  raw.send(
    { Command: 'handshake', Seq: 1 },
    { Version: 1 },
    { Command: 'members', Seq: 2 },
    { Command: 'stats', Seq: 3 },
  );
  const end = Buffer.from('event_handlers');
  await raw.waitFor((received) => Buffer.from(received.bytes()).includes(end));
  raw.close();
  return Buffer.from(raw.bytes());
}
