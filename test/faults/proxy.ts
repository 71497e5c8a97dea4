/**
 * A TCP proxy on loopback between a client and an agent, that goes wrong on demand:
 *
 *     const proxy = await faultProxy(agent.rpc);
 *     const client = connect(proxy.address);
 *     …
 *     const link = await proxy.connection(0);
 *     link.toClient.cut(5);                            // 5 more bytes, then FIN
 *     proxy.script((link) => link.toAgent.split(1));   // for all connections to come
 *     await proxy.refuse();
 *
 * Nothing in it waits for a time to pass, except what was told to (`delay`).
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as macrotask, setTimeout as pause } from 'node:timers/promises';
import { decodeMulti } from '@msgpack/msgpack';
import { onTestFinished } from 'vitest';
import { Changes } from './changes.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
}

/** What is done to the bytes from a point on. */
type Mode = 'pass' | 'stall' | 'swallow' | 'cut' | 'reset';

/** Something that happens at a byte, counted from the connection's beginning. */
type Fault =
  | { readonly at: number; readonly mode: Mode }
  | { readonly at: number; readonly corrupt: (byte: number) => number }
  | { readonly at: number; readonly omit: number };

/**
 * One direction of one connection. All byte counts are from now on; what is told to happen after so many bytes happens
 * when the next byte comes (with 0: at once).
 */
export class Direction {
  readonly #changes: Changes;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #end: (how: 'cut' | 'reset') => void;
  readonly #chunks: Buffer[] = [];
  #faults: Fault[] = [];
  #mode: Mode = 'pass';
  #pieces = Number.POSITIVE_INFINITY;
  #delay = 0;
  #work = Promise.resolve();
  #handled = 0;
  #resume: (() => void) | undefined;
  /** Bytes that came in. */
  received = 0;
  /** Bytes that went on. */
  forwarded = 0;

  constructor(from: Socket, to: Socket, changes: Changes, end: (how: 'cut' | 'reset') => void) {
    this.#changes = changes;
    this.#from = from;
    this.#to = to;
    this.#end = end;
  }

  /** As nothing had ever been wrong; what was stalled goes on. */
  pass(): void {
    this.#faults = [];
    this.#pieces = Number.POSITIVE_INFINITY;
    this.#delay = 0;
    this.#become('pass');
  }

  /** FIN to both sides after so many bytes. */
  cut(after = 0): void {
    this.#when(after, 'cut');
  }

  /** RST to both sides after so many bytes. */
  reset(after = 0): void {
    this.#when(after, 'reset');
  }

  /** Neither reads nor forwards after so many bytes, until `pass`. */
  stall(after = 0): void {
    this.#when(after, 'stall');
  }

  /** Reads and discards after so many bytes, until `pass`. */
  swallow(after = 0): void {
    this.#when(after, 'swallow');
  }

  /** Forwards another byte instead of the one after so many bytes. */
  corrupt(after: number, corrupt: (byte: number) => number): void {
    this.#faults.push({ at: this.received + after, corrupt });
  }

  /** Leaves out `count` bytes after so many bytes. */
  truncate(after: number, count: number): void {
    this.#faults.push({ at: this.received + after, omit: count });
  }

  /** Forwards in pieces of so many bytes, each in a write of its own. */
  split(size: number): void {
    this.#pieces = size;
  }

  /** Forwards each chunk so many ms late. */
  delay(ms: number): void {
    this.#delay = ms;
  }

  /** Resolves when so many bytes have come in since the beginning, whatever became of them. */
  read(count: number): Promise<void> {
    return this.#changes.until(`${count} bytes came in`, () => this.received >= count || undefined).then();
  }

  /** Resolves when so many bytes have gone on since the beginning. */
  passed(count: number): Promise<void> {
    return this.#changes.until(`${count} bytes went on`, () => this.forwarded >= count || undefined).then();
  }

  /** The whole msgpack values that came in so far. */
  values(): unknown[] {
    const values: unknown[] = [];
    try {
      for (const value of decodeMulti(Buffer.concat(this.#chunks), { useBigInt64: true })) values.push(value);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // a RangeError: the last value is not complete yet
    }
    return values;
  }

  /** @internal */
  take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.received += chunk.length;
    this.#from.pause();
    this.#work = this.#work.then(async () => {
      await this.#handle(Buffer.from(chunk));
      if (!this.#from.destroyed) this.#from.resume();
    });
    this.#changes.notify();
  }

  /** @internal The sender has closed its end: so does the receiver's, behind what is left. */
  finish(): void {
    this.#work = this.#work.then(() => {
      if (this.#mode === 'pass') this.#to.end();
    });
  }

  /** @internal */
  release(): void {
    this.#resume?.();
  }

  #when(after: number, mode: Mode): void {
    if (after === 0 && this.#handled === this.received) this.#become(mode);
    else this.#faults.push({ at: this.received + after, mode });
  }

  #become(mode: Mode): void {
    this.#mode = mode;
    if (mode === 'cut' || mode === 'reset') this.#end(mode);
    this.#resume?.();
    this.#changes.notify();
  }

  /** Cuts the chunk where faults are, and does to each part what is its due. */
  async #handle(chunk: Buffer): Promise<void> {
    let rest = chunk;
    while (rest.length > 0) {
      const start = this.#handled;
      const due = this.#faults.filter(({ at }) => at <= start);
      this.#faults = this.#faults.filter(({ at }) => at > start);
      for (const fault of due) {
        if ('mode' in fault) this.#become(fault.mode);
        else if ('corrupt' in fault) rest[0] = fault.corrupt(rest[0] as number) & 0xff;
        else {
          this.#handled += Math.min(fault.omit, rest.length);
          rest = rest.subarray(fault.omit);
        }
      }
      if (this.#handled !== start) continue;
      const next = Math.min(...this.#faults.map(({ at }) => at), start + rest.length);
      const part = rest.subarray(0, next - start);
      if (await this.#forward(part)) {
        rest = rest.subarray(part.length);
        this.#handled = next;
      }
    }
  }

  /** Whether the part is dealt with. */
  async #forward(part: Buffer): Promise<boolean> {
    if (this.#delay > 0) await pause(this.#delay);
    if (this.#mode === 'stall') {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
      this.#resume = undefined;
      return this.#to.destroyed;
    }
    if (this.#mode !== 'pass') return true;
    for (let at = 0; at < part.length; at += this.#pieces) {
      const piece = part.subarray(at, Math.min(part.length, at + this.#pieces));
      if (this.#to.writable && !this.#to.write(piece)) await drained(this.#to);
      this.forwarded += piece.length;
      this.#changes.notify();
      if (Number.isFinite(this.#pieces)) await macrotask();
    }
    return true;
  }
}

/** One connection through the proxy. */
export class Proxied {
  readonly toAgent: Direction;
  readonly toClient: Direction;
  /** Resolves when both sides are closed. */
  readonly closed: Promise<void>;
  readonly #client: Socket;
  readonly #agent: Socket;
  /** Whether one side is still open. */
  live = true;

  constructor(client: Socket, agent: Socket, changes: Changes) {
    const end = (how: 'cut' | 'reset'): void => (how === 'cut' ? this.cut() : this.reset());
    this.#client = client;
    this.#agent = agent;
    this.toAgent = new Direction(client, agent, changes, end);
    this.toClient = new Direction(agent, client, changes, end);
    const gone = (socket: Socket): Promise<void> =>
      new Promise((resolve) => socket.once('close', () => resolve()));
    this.closed = Promise.all([gone(client), gone(agent)]).then(() => {
      this.live = false;
      this.toAgent.release();
      this.toClient.release();
      changes.notify();
    });
  }

  /** @internal */
  start(): void {
    this.#wire(this.#client, this.#agent, this.toAgent);
    this.#wire(this.#agent, this.#client, this.toClient);
  }

  /** FIN to both sides, now. */
  cut(): void {
    for (const socket of [this.#client, this.#agent]) socket.destroySoon();
  }

  /** RST to both sides, now. */
  reset(): void {
    for (const socket of [this.#client, this.#agent]) socket.resetAndDestroy();
  }

  /** Both sides closed, whatever is on its way. */
  destroy(): void {
    for (const socket of [this.#client, this.#agent]) socket.destroy();
  }

  /** The half-open connection: from now on both directions read and discard. */
  swallow(): void {
    this.toAgent.swallow();
    this.toClient.swallow();
  }

  /** The commands that the client has sent, in order. */
  commands(): string[] {
    return this.toAgent.values().flatMap((value) => (value as { Command?: string }).Command ?? []);
  }

  #wire(from: Socket, to: Socket, direction: Direction): void {
    from.on('data', (chunk: Buffer) => direction.take(chunk));
    from.on('end', () => direction.finish());
    // A side that is reset, or cannot be reached, is a connection that breaks.
    from.on('error', () => to.destroy());
    from.on('close', () => {
      direction.release();
      direction.finish();
    });
  }
}

/** See the top of this file. */
export class FaultProxy {
  /** Where clients connect to, `host:port`. */
  readonly address: string;
  readonly #port: number;
  readonly #target: Target;
  readonly #changes = new Changes();
  #server: Server;
  #script: (link: Proxied, index: number) => void = () => {};
  /** All connections so far, in order. */
  readonly all: Proxied[] = [];

  constructor(server: Server, target: Target) {
    this.#target = target;
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    this.address = `127.0.0.1:${this.#port}`;
    this.#serve(server);
  }

  /** Connections of which one side is still open. */
  get live(): Proxied[] {
    return this.all.filter(({ live }) => live);
  }

  /** What is done with each new connection before its first byte. */
  script(script: (link: Proxied, index: number) => void): void {
    this.#script = script;
  }

  /** The connection with this number, from 0 on, once it is there. */
  connection(index: number): Promise<Proxied> {
    return this.#changes.until(`connection ${index}`, () => this.all[index]);
  }

  /** How often `command` was sent on all connections together. */
  count(command: string): number {
    return this.all.flatMap((link) => link.commands()).filter((sent) => sent === command).length;
  }

  /** Resolves when exactly so many connections are live. */
  connections(count: number): Promise<void> {
    return this.#changes
      .until(`${count} live connections`, () => this.live.length === count || undefined)
      .then();
  }

  /** New connections are refused from now on; those there are stay. */
  async refuse(): Promise<void> {
    if (!this.#server.listening) return;
    // The listener is closed at once; 'close' itself waits for the connections.
    this.#server.close();
  }

  /** New connections are taken again. */
  async accept(): Promise<void> {
    if (this.#server.listening) return;
    this.#server = createServer({ allowHalfOpen: true });
    this.#serve(this.#server);
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  async close(): Promise<void> {
    await this.refuse();
    // Not by RST: that fails on a socket that is shutting down, and Node then never says 'close'.
    for (const link of this.live) link.destroy();
    await Promise.all(this.all.map(({ closed }) => closed));
  }

  #serve(server: Server): void {
    server.on('connection', (client: Socket) => {
      const agent = connect({ ...this.#target, allowHalfOpen: true });
      for (const socket of [client, agent]) socket.setNoDelay(true);
      const link = new Proxied(client, agent, this.#changes);
      this.#script(link, this.all.length);
      link.start();
      this.all.push(link);
      this.#changes.notify();
    });
  }
}

/** A proxy that is closed when the test ends. */
export async function faultProxy(target: Target): Promise<FaultProxy> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy = new FaultProxy(server, target);
  onTestFinished(() => proxy.close());
  return proxy;
}

async function drained(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}
