import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

export const LOOPBACK = '127.0.0.1';

export interface AgentPorts {
  rpc: number;
  gossip: number;
}

/** Ports that the OS says are free now; the one for gossip is free on TCP and on UDP. */
export async function freePorts(): Promise<AgentPorts> {
  for (;;) {
    const [rpc, gossip] = await Promise.all([listenTcp(), listenTcp()]);
    const ports = { rpc: portOf(rpc), gossip: portOf(gossip) };
    const usable = await freeOnUdp(ports.gossip);
    await Promise.all([close(rpc), close(gossip)]);
    if (usable) return ports;
  }
}

async function listenTcp(): Promise<Server> {
  const server = createServer().listen(0, LOOPBACK);
  await once(server, 'listening');
  return server;
}

async function freeOnUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    socket.bind(port, LOOPBACK);
    await once(socket, 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  } finally {
    socket.close();
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}
