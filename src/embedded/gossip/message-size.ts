import { writeText } from '../../protocol/text.ts';

// How many bytes a message has on Serf's own wire, where the limits count: MessagePack of the old specification (no
// `str 8`, no `bin`), one byte for the message's type in front. Measured on an agent.

/** A text in UTF-8. */
export function textSize(text: string): number {
  return rawSize(writeText(text).length);
}

/** Bytes, or a text of so many bytes. */
export function rawSize(length: number): number {
  return length < 32 ? 1 + length : length < 65_536 ? 3 + length : 5 + length;
}

function intSize(value: number): number {
  return value < 128 ? 1 : value < 256 ? 2 : value < 65_536 ? 3 : value < 2 ** 32 ? 5 : 9;
}

const MAP = 1;
const TYPE = 1;
const keysSize = (...keys: string[]) => MAP + keys.reduce((sum, key) => sum + 1 + key.length, 0);

const EVENT = TYPE + keysSize('LTime', 'Name', 'Payload', 'CC') + 1;

export function eventSize(ltime: number, name: string, payload: Uint8Array): number {
  return EVENT + intSize(ltime) + textSize(name) + rawSize(payload.length);
}

const ID = 5;
const ADDRESS = rawSize(4);
const PORT = 3;
const FLAGS = 1;
const RELAY = 1;
const QUERY =
  TYPE +
  keysSize('LTime', 'ID', 'Addr', 'Port', 'SourceNode', 'Filters', 'Flags', 'RelayFactor') +
  keysSize('Timeout', 'Name', 'Payload') -
  MAP +
  (ID + ADDRESS + PORT + FLAGS + RELAY);

/** What a query's size depends on. */
export interface SizedQuery {
  readonly ltime: number;
  readonly source: string;
  readonly filterNodes: readonly string[];
  readonly filterTags: Readonly<Record<string, string>>;
  /** In ms. */
  readonly timeout: number;
  readonly name: string;
  readonly payload: Uint8Array;
}

export function querySize({ ltime, source, timeout, name, payload, ...filters }: SizedQuery): number {
  const { filterNodes, filterTags } = filters;
  let size = QUERY + intSize(ltime) + textSize(source) + intSize(timeout * 1e6);
  size += textSize(name) + rawSize(payload.length) + MAP;
  if (filterNodes.length > 0) size += rawSize(TYPE + MAP + sum(filterNodes.map(textSize)));
  for (const [tag, pattern] of Object.entries(filterTags)) {
    size += rawSize(TYPE + keysSize('Tag', 'Expr') + textSize(tag) + textSize(pattern));
  }
  return size;
}

const RESPONSE = TYPE + keysSize('LTime', 'ID', 'From', 'Flags', 'Payload') + ID + FLAGS;

export function responseSize(ltime: number, from: string, payload: Uint8Array): number {
  return RESPONSE + intSize(ltime) + textSize(from) + rawSize(payload.length);
}

export function tagsSize(tags: Readonly<Record<string, string>>): number {
  const entries = Object.entries(tags);
  const header = entries.length < 16 ? 1 : 3;
  return TYPE + header + sum(entries.map(([key, value]) => textSize(key) + textSize(value)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
