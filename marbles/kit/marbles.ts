import { config } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { type ConnectOptions, connect, type SerfClient, type SocketFactory, utf8 } from 'rxserf';
import { expect, it } from 'vitest';
import { AgentConnection, type AgentOptions } from './agent.ts';

/** Where virtual time ends, in ms: what is scheduled later never happens. */
const HORIZON = 600_000;
/** No story here needs as many connections: a client that opens more is running in circles. */
const MOST_CONNECTIONS = 20;

/** Payloads that are easy to read, no chance, and no pings in between. */
const QUIET = { codec: utf8(), reconnect: { random: () => 0.5 }, heartbeat: 0 };

type Texts = string | undefined;

/** What a story is told with. */
export interface Kit extends RunHelpers {
  readonly scheduler: TestScheduler;
  /** The agent's half of the client's first connection. */
  readonly agent: AgentConnection;
  /** The agent's half of the client's connection with this number, counted from 0. */
  connection(index: number): AgentConnection;
  /** A client with texts as payloads, in virtual time, over fake sockets. */
  connect(options?: Partial<ConnectOptions<Texts>>, address?: string): SerfClient<Texts>;
  /** What makes its fake sockets; with `resolve` added, it resolves names. */
  readonly socket: SocketFactory;
  /** Things that happen by the way, by letter. */
  acts(marbles: string, acts: Record<string, () => unknown>): void;
  /** How many timers are pending. */
  timers(): number;
  /** What subscribers throw. Without this, nothing may be thrown. */
  expectThrown(...errors: unknown[]): void;
}

/**
 * A test in virtual time: a client, an agent over fake sockets, diagrams of both. A frame is a millisecond. What the
 * client and the test do in a frame comes before what the agent says in it. Whatever a story was about, all is well
 * at its end only if closing the client leaves no connection, no timer, and nothing thrown.
 */
export function marbles(title: string, story: (kit: Kit) => void, options: AgentOptions = {}): void {
  it(title, async () => {
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
    const connections: AgentConnection[] = [];
    const clients: SerfClient<Texts>[] = [];
    const thrown: unknown[] = [];
    let expectedThrown: unknown[] = [];
    let opened = 0;
    const connection = (index: number) => {
      while (connections.length <= index)
        connections.push(new AgentConnection(connections.length, scheduler, options));
      return connections[index] as AgentConnection;
    };
    const socket: SocketFactory = (address) => {
      if (opened === MOST_CONNECTIONS) throw new Error('too many connections');
      return connection(opened++).socket(address.toString());
    };
    const before = config.onUnhandledError;
    config.onUnhandledError = (error) => thrown.push(error);
    try {
      scheduler.run((helpers) => {
        scheduler.maxFrames = HORIZON;
        story({
          ...helpers,
          scheduler,
          agent: connection(0),
          connection,
          socket,
          connect(others = {}, address = '127.0.0.1:7373') {
            const client = connect<Texts>(address, { ...QUIET, socket, scheduler, ...others });
            clients.push(client);
            return client;
          },
          acts(diagram, acts) {
            for (const { frame, notification } of TestScheduler.parseMarbles(
              diagram,
              acts,
              undefined,
              false,
              true,
            ))
              if (notification.kind === 'N') scheduler.schedule(() => void notification.value(), frame);
          },
          timers: () => scheduler.actions.length,
          expectThrown: (...errors) => {
            expectedThrown = errors;
          },
        });
        const scripted = connections.length;
        for (const each of connections) each.start();
        helpers.flush();
        for (const each of connections) each.verify();
        expect(opened, 'connections that were opened').toBeLessThanOrEqual(scripted);

        for (const client of clients) void client.close();
        scheduler.maxFrames = 2 * HORIZON;
        helpers.flush();
        expect(connections.filter(({ open }) => open)).toHaveLength(0);
        expect(scheduler.actions, 'timers after close').toHaveLength(0);
        expect(connections.flatMap(({ mistakes }) => mistakes)).toEqual([]);
        expect(thrown, 'what subscribers threw').toEqual(expectedThrown);
      });
      await Promise.all(clients.map((client) => client.close()));
    } finally {
      config.onUnhandledError = before;
    }
  });
}

/** {@link marbles} with agents that behave otherwise. */
export function marblesWith(options: AgentOptions) {
  return (title: string, story: (kit: Kit) => void) => marbles(title, story, options);
}

/** {@link marbles} with agents that acknowledge nothing by themselves. */
export const manual = marblesWith({ greets: false });

/** An error of the library's, by its class's name and its code, with whatever else it should say. */
export function failure(name: string, code: string, more: Record<string, unknown> = {}): unknown {
  return expect.objectContaining({ name, code, ...more });
}
