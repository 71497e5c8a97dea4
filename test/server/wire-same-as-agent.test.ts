import { EmbeddedCluster } from 'rxserf/embedded';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Agent,
  describeAgent,
  type RawTarget,
  rawConnection,
  startAgent,
  stopAll,
} from '../agent/harness/agent.ts';
import { serving } from './support/serf-command.ts';
import { ok } from './support/wire-peer.ts';

const LONG = 5_000_000_000n;
const query = (field: object) => ({ command: 'query', body: { Name: 'q', Timeout: LONG, ...field } });
const handshake = (Version: unknown) => ({ command: 'handshake', body: { Version } });
const tags = (Tags: object) => ({ command: 'tags', body: { Tags } });
const join = (...Existing: string[]) => ({ command: 'join', body: { Existing } });

/** What comes back until the request behind it is answered, or until the end. */
async function answerOf(target: RawTarget, command: string, body: object): Promise<unknown[]> {
  const connection = await rawConnection(target);
  if (command !== 'handshake') connection.send({ Command: 'handshake', Seq: 0 }, { Version: 1 });
  connection.send({ Command: command, Seq: 1 }, body, { Command: 'stop', Seq: 2 }, { Stop: 9 });
  const isLast = (value: unknown) => (value as { Seq?: number }).Seq === 2;
  const answered = connection.waitFor(() => connection.values().some(isLast));
  const end = await answered.then(
    () => 'goes on',
    () => 'hangs up',
  );
  connection.close();
  return [...connection.values(), end];
}

/** What only a peer that speaks the protocol by hand can ask for. */
describeAgent('serve, on the wire, is as an agent is:', () => {
  let agent: Agent;
  let other: Agent;
  let served: RawTarget;
  let stop: () => void;
  const cluster = new EmbeddedCluster({ nodes: ['n1', { name: 'n2', join: false }] });

  beforeAll(async () => {
    [agent, other] = await Promise.all([startAgent({ name: 'n1' }), startAgent({ name: 'n2' })]);
    const server = serving(cluster.node('n1'));
    stop = server.stop;
    const [host = '', port] = (await server.address).split(':');
    served = { rpc: { host, port: Number(port) } };
  });
  afterAll(async () => {
    stop();
    cluster.close();
    await stopAll();
  });

  test.each([
    handshake(1),
    handshake(-1),
    handshake(1.5),
    handshake(2 ** 31),
    query({ RelayFactor: 255 }),
    query({ RelayFactor: 256 }),
    query({ RelayFactor: -1 }),
    query({ RelayFactor: 1.5 }),
    query({ Timeout: 0.5 }),
    query({ FilterTags: { role: null } }),
    tags({ a: null }),
    tags({ a: 1 }),
    join(),
    join(''),
    join('', ''),
  ])('%o', async ({ command, body }) => {
    const expected = await answerOf(agent, command, body);
    expect(await answerOf(served, command, body)).toEqual(expected);
  });

  test('join at one address and at none', async () => {
    const joined = [ok(0), ok(1), { Num: 1 }, ok(2), 'goes on'];
    expect(await answerOf(agent, 'join', join(other.gossip, '').body)).toEqual(joined);
    expect(await answerOf(served, 'join', join(cluster.gossipAddress('n2'), '').body)).toEqual(joined);
  });
});
