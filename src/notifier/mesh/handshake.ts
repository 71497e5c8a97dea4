import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ProtocolError } from '../../errors.ts';
import { Writer } from '../../protocol/writer.ts';
import { encodeHello, encodeProof, type Frame, type Hello, VERSION } from './frames.ts';

/** Of a nonce, in bytes. */
const NONCE = 16;
/** So that a proof is good for nothing else. */
const LABEL = 'rxserf notifier 1';

/** Which side of a connection somebody is. */
export type Role = 'dialer' | 'listener';

/** Who we are, and what we know. */
export interface HandshakeOptions {
  readonly id: string;
  readonly node: string;
  /** The key that all share; no bytes: there is none. */
  readonly key: Uint8Array;
  /** Throws when the peer is not to be let in for being who he says: not who was dialled, or a double. */
  readonly accept: (id: string) => void;
  /** Makes nonces. @defaultValue Node's */
  readonly nonce?: () => Uint8Array;
}

/** What to do with a frame of the peer's: send something; go on with what follows when the peer is known. */
export interface HandshakeStep {
  readonly send?: Uint8Array;
  readonly peer?: Hello;
}

/**
 * One side's half of getting to know each other. Whoever dialled proves first that he has the key, and neither proof is of use
 * to anybody: it covers the role, both ids and both nonces.
 *
 * ```
 * dialer     hello ------------------ proof ------------------ registrations …
 * listener   ------------- hello ------------ proof, registrations …
 * ```
 */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #role: Role;
  readonly #ours: Hello;
  #peer: Hello | undefined;

  constructor(role: Role, options: HandshakeOptions) {
    const { id, node, nonce = () => randomBytes(NONCE) } = options;
    this.#options = options;
    this.#role = role;
    this.#ours = { version: VERSION, id, node, nonce: nonce() };
  }

  /** What is sent unasked. */
  start(): Uint8Array | undefined {
    return this.#role === 'dialer' ? encodeHello(this.#ours) : undefined;
  }

  /** @throws ProtocolError (`unexpected-frame`, `unexpected-shape`, `handshake-refused`) and what `accept` throws */
  receive(frame: Frame): HandshakeStep {
    if (!this.#peer && frame.type === 'hello') return this.#meet(frame.hello);
    if (this.#peer && frame.type === 'proof') return this.#check(this.#peer, frame.mac);
    throw new ProtocolError('unexpected-frame', `the peer sent ${frame.type} before it was known`);
  }

  #meet(peer: Hello): HandshakeStep {
    if (peer.version !== VERSION)
      throw refused(`the peer speaks version ${peer.version}, and we version ${VERSION}`);
    if (peer.nonce.length !== NONCE) throw refused(`the peer's nonce has not ${NONCE} bytes`);
    this.#options.accept(peer.id);
    this.#peer = peer;
    if (this.#role === 'listener') return { send: encodeHello(this.#ours) };
    return { send: encodeProof(this.#mac('dialer', this.#ours, peer)) };
  }

  #check(peer: Hello, mac: Uint8Array): HandshakeStep {
    const { key } = this.#options;
    const ours = this.#role;
    const theirs = ours === 'dialer' ? 'listener' : 'dialer';
    const [dialer, listener] = ours === 'dialer' ? [this.#ours, peer] : [peer, this.#ours];
    const expected = this.#mac(theirs, dialer, listener);
    if (mac.length !== expected.length || !timingSafeEqual(mac, expected))
      throw refused(
        `the peer does not have our key (option \`key\`)${key.length === 0 ? ': we have none' : ''}`,
      );
    if (ours === 'dialer') return { peer };
    return { send: encodeProof(this.#mac('listener', dialer, listener)), peer };
  }

  /** Of values that are written one way only, so that what one side says can be read in no other. */
  #mac(role: Role, dialer: Hello, listener: Hello): Uint8Array {
    const hellos = [dialer, listener].map(({ version, id, node, nonce }) => [version, id, node, nonce]);
    const bytes = new Writer().write([LABEL, role, ...hellos]).take();
    return createHmac('sha256', this.#options.key).update(bytes).digest();
  }
}

function refused(message: string): ProtocolError {
  return new ProtocolError('handshake-refused', message);
}
