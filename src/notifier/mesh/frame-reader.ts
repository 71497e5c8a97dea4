import { StraightReader } from '../../protocol/straight-reader.ts';
import { type AnswerFrame, type CallFrame, CODE } from './frames.ts';

/** The first byte of a list of so many fields. */
const CALL_HEAD = 0x95;
const ANSWER_HEAD = 0x94;
/** The outcome of a call that has a value. */
const VALUE = 0;

/** A reader that knows the two frames of which there are most, and reads them in one straight line: no list of fields, no look before. */
export class FrameReader extends StraightReader {
  /**
   * A call, or an answer that is a value, if all of it is before `end`, with numbers of up to 32 bits; else `undefined`, with nothing
   * read. `readFrame` has the rest, and the errors.
   */
  readonly readCall = (end: number): CallFrame | AnswerFrame | undefined => {
    const { at, data } = this;
    if (at + 2 > end) return undefined;
    const head = data[at];
    const code = data[at + 1];
    this.at = at + 2;
    this.end = end;
    let frame: CallFrame | AnswerFrame | undefined;
    if (head === CALL_HEAD && code === CODE.call) {
      const seq = this.uint();
      const registration = this.uint();
      const id = this.uint();
      frame = { type: 'call', seq, registration, id, payload: this.binary(this.byte()) ?? NOTHING };
    } else if (head === ANSWER_HEAD && code === CODE.answer) {
      const seq = this.uint();
      if (this.uint() !== VALUE) this.other();
      frame = {
        type: 'answer',
        seq,
        outcome: { type: 'value', payload: this.binary(this.byte()) ?? NOTHING },
      };
    }
    if (frame !== undefined && this.end >= 0) return frame;
    this.at = at;
    return undefined;
  };
}

const NOTHING = new Uint8Array(0);
