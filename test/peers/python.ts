import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../agent/harness/ports.ts';
import { PYTHON, startProgram } from './programs.ts';

const PEER = fileURLToPath(new URL('../jsonrpc/peers/aiorpcx_peer.py', import.meta.url));

/** What the Python peer says, a line of JSON each. */
export interface Said {
  readonly event: string;
  readonly [name: string]: unknown;
}

/** Debian's aiorpcX, as a server or as a client. */
export class PythonPeer {
  readonly #child;
  readonly #said: Said[] = [];
  #waiting: (() => void)[] = [];

  constructor(args: readonly string[]) {
    this.#child = startProgram(PYTHON as string, [PEER, ...args]);
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.#said.push(JSON.parse(line));
      for (const told of this.#waiting.splice(0)) told();
    });
  }

  /** Has it do something. */
  does(command: object): void {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  /** Resolves with the first thing it says that is like this. */
  async says(wanted: Said): Promise<Said> {
    for (;;) {
      const found = this.#said.find((said) =>
        Object.entries(wanted).every(([name, value]) => said[name] === value),
      );
      if (found) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** A server in Python; resolves with its port once it listens. */
export async function pythonServer(...args: string[]): Promise<{ port: number; peer: PythonPeer }> {
  const { rpc: port } = await freePorts();
  const peer = new PythonPeer(['serve', `${port}`, '--no-cost', ...args]);
  await peer.says({ event: 'ready' });
  return { port, peer };
}

/** A client in Python; resolves once it is connected. */
export async function pythonClient(port: number, ...args: string[]): Promise<PythonPeer> {
  const peer = new PythonPeer(['connect', `${port}`, ...args]);
  await peer.says({ event: 'ready' });
  return peer;
}
