import { connect } from 'rxserf';
import { expect, test } from 'vitest';
import { Agents } from './agents.ts';

test('a connection is not closed as idle under a request that was sent right behind one answered at once', () => {
  const agents = new Agents();
  const { scheduler, socket } = agents;
  const client = connect('a', { scheduler, socket, heartbeat: 0, idleTimeout: 5_000 });
  const joined: number[] = [];
  client.listKeys().subscribe(() => {
    agents.answering = false;
  });
  client.join('10.0.0.9').subscribe((count) => joined.push(count));
  // The handshake takes its time; then all goes on within the call that asks.
  agents.latency = 'at once';
  agents.run(8_000);
  for (const connection of agents.open) connection.answer();
  expect(joined).toEqual([1]);
  void client.close();
  agents.run(2_000);
});
