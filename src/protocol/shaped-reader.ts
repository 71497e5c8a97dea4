import { SafeTable } from '../safe-table.ts';
import type { Reader } from './reader.ts';
import { Repeated } from './repeated.ts';
import { StraightReader } from './straight-reader.ts';
import { TextCache } from './text-cache.ts';
import type { WireMap } from './wire.ts';
import {
  ADDR,
  COALESCE,
  DELEGATE_CUR,
  DELEGATE_MAX,
  DELEGATE_MIN,
  ERROR,
  EVENT,
  FROM,
  ID,
  type Key,
  LOG,
  LTIME,
  MEMBERS,
  NAME,
  PAYLOAD,
  PORT,
  PROTOCOL_CUR,
  PROTOCOL_MAX,
  PROTOCOL_MIN,
  SEQ,
  STATUS,
  TAGS,
  TYPE,
} from './wire-keys.ts';

/** Of a user event, what is before its LTime. */
interface UserStart {
  readonly Coalesce: boolean;
  readonly Event: string;
}

/** Of a member, what is between its address and its name. */
interface Delegate {
  readonly DelegateCur: number;
  readonly DelegateMax: number;
  readonly DelegateMin: number;
}

/** Of a member, what is between its name and its tags. */
interface MemberState {
  readonly Port: number;
  readonly ProtocolCur: number;
  readonly ProtocolMax: number;
  readonly ProtocolMin: number;
  readonly Status: string;
}

/** The head of a member's map. */
const MAP_OF_11 = 0x8b;
/** The head of a list of one. */
const LIST_OF_1 = 0x91;
/** By how much a value may be longer than the one before it, in bytes, to be read without a look whether it is whole. */
const LONGER = 16;

/**
 * A reader that knows the maps which agents send all day, and reads each of them in one straight line, without a look at it before:
 * their keys in the order in which an agent writes them (sorted), the kinds of values that it has there, and nothing else.
 * Whatever differs, or has not come yet, is not read here: {@link Scanner} and {@link Reader} have the rest, and the errors.
 *
 * Only on Node: a page need not keep up with an agent.
 */
export class ShapedReader extends StraightReader {
  /** How long the last one was, in bytes. */
  #last = 0;
  /** Up to the member's address. */
  readonly #lastEventOfOne = new Repeated<string>();
  readonly #lastUserStart = new Repeated<UserStart>();
  readonly #lastDelegate = new Repeated<Delegate>();
  readonly #lastState = new Repeated<MemberState>();

  constructor() {
    super(new TextCache());
  }

  override readShaped(end: number): WireMap | undefined {
    // One that turned out to be cut in the midst of the line would have V8 throw away what it has compiled, wherever it was for the
    // first time. So one that need not be whole is looked at first, as are those that come alone: that takes less than a chunk for each.
    if (end - this.at < this.#last + LONGER) return undefined;
    const head = this.data[this.at] as number;
    // A map of up to 15 entries.
    if (head >> 4 !== 0x8) return undefined;
    this.at++;
    const map = this.#shaped(head & 0x0f, end);
    if (map === undefined) this.at--;
    return map;
  }

  /** As what a message in pieces has become; and within maps that have no shape. */
  protected override map(length: number): WireMap {
    return this.#shaped(length, this.data.length) ?? super.map(length);
  }

  #shaped(length: number, end: number): WireMap | undefined {
    const start = this.at;
    this.end = end;
    const map = this.#body(length);
    if (map !== undefined && this.end >= 0) {
      this.#last = this.at - start;
      return map;
    }
    this.at = start;
    return undefined;
  }

  /** Literals: objects that V8 knows the form of. Made key by key, they are several times slower to fill and to read. */
  #body(length: number): WireMap | undefined {
    switch (length) {
      case 1:
        if (this.#is(MEMBERS)) return { Members: this.#members() };
        return this.#is(LOG) ? { Log: this.#text() } : undefined;
      case 2:
        if (this.#is(EVENT)) return this.#memberEvent();
        return this.#is(ERROR) ? this.#header() : undefined;
      case 3:
        return this.#is(FROM) ? this.#reply() : undefined;
      case 5:
        if (this.#is(COALESCE)) return this.#userEvent();
        return this.#is(EVENT) ? this.#queryEvent() : undefined;
      case 11:
        return this.#is(ADDR) ? this.#member() : undefined;
      default:
        return undefined;
    }
  }

  /** Behind `Error`: one that was cut, or has an error. The others are told by all of their bytes. */
  #header(): WireMap {
    const error = this.#text();
    this.#expect(SEQ);
    return { Error: error, Seq: this.uint() };
  }

  /** Behind `Event`; mostly of one member. */
  #memberEvent(): WireMap {
    const last = this.#lastEventOfOne;
    const same = this.#repeated(last);
    if (same !== undefined) return { Event: same, Members: [this.#member()] };
    const { at } = this;
    const Event = this.#text();
    this.#expect(MEMBERS);
    if (this.at >= this.end || this.data[this.at] !== LIST_OF_1) return { Event, Members: this.#members() };
    this.at++;
    this.#memberStart();
    this.#remembered(last, at, Event);
    return { Event, Members: [this.#member()] };
  }

  /** Behind `From`: to a query. */
  #reply(): WireMap {
    const From = this.#text();
    this.#expect(PAYLOAD);
    const Payload = this.#payload();
    this.#expect(TYPE);
    return { From, Payload, Type: this.#text() };
  }

  /** Behind `Coalesce`. */
  #userEvent(): WireMap {
    const { Coalesce, Event } = this.#userStart();
    const LTime = this.uint();
    this.#expect(NAME);
    const Name = this.#text();
    this.#expect(PAYLOAD);
    return { Coalesce, Event, LTime, Name, Payload: this.#payload() };
  }

  /** Behind `Event`. */
  #queryEvent(): WireMap {
    const Event = this.#text();
    this.#expect(ID);
    const ID_ = this.uint();
    this.#expect(LTIME);
    const LTime = this.uint();
    this.#expect(NAME);
    const Name = this.#text();
    this.#expect(PAYLOAD);
    return { Event, ID: ID_, LTime, Name, Payload: this.#payload() };
  }

  /** Behind `Addr`. */
  #member(): WireMap {
    const Addr = this.#payload();
    const { DelegateCur, DelegateMax, DelegateMin } = this.#delegate();
    const Name = this.#text();
    const { Port, ProtocolCur, ProtocolMax, ProtocolMin, Status } = this.#state();
    const Tags = this.#tags();
    return {
      Addr,
      DelegateCur,
      DelegateMax,
      DelegateMin,
      Name,
      Port,
      ProtocolCur,
      ProtocolMax,
      ProtocolMin,
      Status,
      Tags,
    };
  }

  #userStart(): UserStart {
    const last = this.#lastUserStart;
    const same = this.#repeated(last);
    if (same !== undefined) return same;
    const { at } = this;
    const Coalesce = this.#boolean();
    this.#expect(EVENT);
    const Event = this.#text();
    this.#expect(LTIME);
    return this.#remembered(last, at, { Coalesce, Event });
  }

  #delegate(): Delegate {
    const last = this.#lastDelegate;
    const same = this.#repeated(last);
    if (same !== undefined) return same;
    const { at } = this;
    this.#expect(DELEGATE_CUR);
    const DelegateCur = this.uint();
    this.#expect(DELEGATE_MAX);
    const DelegateMax = this.uint();
    this.#expect(DELEGATE_MIN);
    const DelegateMin = this.uint();
    this.#expect(NAME);
    return this.#remembered(last, at, { DelegateCur, DelegateMax, DelegateMin });
  }

  #state(): MemberState {
    const last = this.#lastState;
    const same = this.#repeated(last);
    if (same !== undefined) return same;
    const { at } = this;
    this.#expect(PORT);
    const Port = this.uint();
    this.#expect(PROTOCOL_CUR);
    const ProtocolCur = this.uint();
    this.#expect(PROTOCOL_MAX);
    const ProtocolMax = this.uint();
    this.#expect(PROTOCOL_MIN);
    const ProtocolMin = this.uint();
    this.#expect(STATUS);
    const Status = this.#text();
    this.#expect(TAGS);
    return this.#remembered(last, at, { Port, ProtocolCur, ProtocolMax, ProtocolMin, Status });
  }

  /** What the fields had the last time, if their bytes are the same; then these have been read. */
  #repeated<T>(last: Repeated<T>): T | undefined {
    const length = last.lengthAt(this.view, this.at, this.end);
    if (length === 0) return undefined;
    this.at += length;
    return last.values;
  }

  /** Remembers what the bytes from `at` on mean, if they are all that they should be. */
  #remembered<T>(last: Repeated<T>, at: number, values: T): T {
    if (this.end >= 0) last.remember(values, this.view, at, this.at);
    return values;
  }

  #members(): WireMap[] {
    const members: WireMap[] = [];
    const head = this.byte();
    const length = head >> 4 === 0x9 ? head & 0x0f : head === 0xdc ? this.uint16() : this.other();
    // Checked for each: a claim of many members that are not there is no reason to make them.
    for (let i = 0; i < length && this.end >= 0; i++) {
      this.#memberStart();
      members.push(this.#member());
    }
    return members;
  }

  /** Of one in a list. */
  #memberStart(): void {
    if (this.byte() !== MAP_OF_11) this.other();
    this.#expect(ADDR);
  }

  #tags(): WireMap {
    const tags: WireMap = new SafeTable();
    const head = this.byte();
    const length = head >> 4 === 0x8 ? head & 0x0f : head === 0xde ? this.uint16() : this.other();
    for (let i = 0; i < length && this.end >= 0; i++) {
      const name = this.#text();
      tags[name] = this.#text();
    }
    return tags;
  }

  #boolean(): boolean {
    const head = this.byte();
    if (head !== 0xc2 && head !== 0xc3) this.other();
    return head === 0xc3;
  }

  #text(): string {
    const { at } = this;
    const end = this.end;
    if (at < end) {
      const head = this.data[at] as number;
      const textEnd = at + 1 + (head & 0x1f);
      if (head >> 5 === 0x5 && textEnd <= end) {
        this.at = textEnd;
        return this.text(at + 1, textEnd);
      }
    }
    return this.#longText();
  }

  #longText(): string {
    const head = this.byte();
    const length = head === 0xd9 ? this.byte() : head === 0xda ? this.uint16() : this.other();
    const at = this.advance(length);
    return at < 0 ? '' : this.text(at, this.at);
  }

  /** Bytes, or nil for none: as Go has an empty slice. */
  #payload(): Uint8Array | null {
    const head = this.byte();
    return head === 0xc0 ? null : this.binary(head);
  }

  #expect(key: Key): void {
    if (!this.#is(key)) this.other();
  }

  /** Whether this key is next, with a value behind it; then it has been read. */
  #is({ length, first, mask, middle, middleAt, last, lastAt }: Key): boolean {
    const { at, view } = this;
    if (at + length >= this.end) return false;
    const found =
      ((view.getInt32(at) ^ first) & mask) === 0 &&
      ((view.getInt32(at + middleAt) ^ middle) & mask) === 0 &&
      ((view.getInt32(at + lastAt) ^ last) & mask) === 0;
    if (found) this.at = at + length;
    return found;
  }
}
