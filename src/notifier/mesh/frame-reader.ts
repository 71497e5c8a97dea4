import { Reader } from '../../protocol/reader.ts';
import { type AnswerFrame, type CallFrame, CODE } from './frames.ts';

/** The first byte of a list of so many fields. */
const CALL_HEAD = 0x95;
const ANSWER_HEAD = 0x94;
/** The outcome of a call that has a value. */
const VALUE = 0;

/** A reader that knows the two frames of which there are most, and reads them in one straight line: no list of fields, no look before. */
export class FrameReader extends Reader {
  /** Where what may be read ends; -1 when something else was found: then there is room for nothing. */
  #end = 0;

  /**
   * A call, or an answer that is a value, if all of it is before `end`, with numbers of up to 32 bits; else `undefined`, with nothing
   * read. `readFrame` has the rest, and the errors.
   */
  readonly readCall = (end: number): CallFrame | AnswerFrame | undefined => {
    const { at, bytes } = this;
    if (at + 2 > end) return undefined;
    const head = bytes[at];
    const code = bytes[at + 1];
    this.at = at + 2;
    this.#end = end;
    let frame: CallFrame | AnswerFrame | undefined;
    if (head === CALL_HEAD && code === CODE.call) {
      const seq = this.#count();
      const registration = this.#count();
      const id = this.#count();
      frame = { type: 'call', seq, registration, id, payload: this.#bytes() };
    } else if (head === ANSWER_HEAD && code === CODE.answer) {
      const seq = this.#count();
      if (this.#count() !== VALUE) this.#other();
      frame = { type: 'answer', seq, outcome: { type: 'value', payload: this.#bytes() } };
    }
    if (frame !== undefined && this.#end >= 0) return frame;
    this.at = at;
    return undefined;
  };

  #count(): number {
    const head = this.#byte();
    if (head < 0x80) return head;
    if (head === 0xcc) return this.#byte();
    if (head === 0xcd) return this.#uint16();
    if (head === 0xce) {
      const at = this.#advance(4);
      return at < 0 ? 0 : this.view.getUint32(at);
    }
    return this.#other();
  }

  #bytes(): Uint8Array {
    const head = this.#byte();
    const length = head === 0xc4 ? this.#byte() : head === 0xc5 ? this.#uint16() : this.#other();
    const at = this.#advance(length);
    return at < 0 ? NOTHING : this.bin(at, this.at);
  }

  #byte(): number {
    const at = this.#advance(1);
    return at < 0 ? 0 : (this.bytes[at] as number);
  }

  #uint16(): number {
    const at = this.#advance(2);
    return at < 0 ? 0 : this.view.getUint16(at);
  }

  /** Where the next `length` bytes are, if they are there. */
  #advance(length: number): number {
    const { at } = this;
    if (at + length > this.#end) return this.#other();
    this.at = at + length;
    return at;
  }

  /** Gives up. */
  #other(): -1 {
    this.#end = -1;
    return -1;
  }
}

const NOTHING = new Uint8Array(0);
