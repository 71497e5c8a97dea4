import type { WireMap, WireValue } from './reader.ts';

/**
 * A map that agents send all day: its keys, in the order an agent writes them (sorted), and how to make it of its
 * values. Made by a literal, it is an object that V8 knows the form of; made key by key, it would be several times
 * slower to fill and to read.
 */
export interface Shape {
  readonly names: readonly string[];
  /** The same as they are on the wire. */
  readonly keys: readonly Uint8Array[];
  readonly make: (values: readonly WireValue[]) => WireMap;
}

function shape(names: string, make: (values: readonly WireValue[]) => object): Shape {
  const keys = names.split(' ');
  return { names: keys, keys: keys.map(keyBytes), make: make as Shape['make'] };
}

/** A key as `fixstr`: a head byte with the length, and ASCII. */
function keyBytes(name: string): Uint8Array {
  return Uint8Array.of(0xa0 | name.length, ...Array.from(name, (character) => character.charCodeAt(0)));
}

const SHAPES: readonly Shape[] = [
  shape('Members', (v) => ({ Members: v[0] })),
  shape('Log', (v) => ({ Log: v[0] })),
  shape('Event Members', (v) => ({ Event: v[0], Members: v[1] })),
  shape('From Payload Type', (v) => ({ From: v[0], Payload: v[1], Type: v[2] })),
  shape('Coalesce Event LTime Name Payload', (v) => ({
    Coalesce: v[0],
    Event: v[1],
    LTime: v[2],
    Name: v[3],
    Payload: v[4],
  })),
  shape('Event ID LTime Name Payload', (v) => ({
    Event: v[0],
    ID: v[1],
    LTime: v[2],
    Name: v[3],
    Payload: v[4],
  })),
  shape(
    'Addr DelegateCur DelegateMax DelegateMin Name Port ProtocolCur ProtocolMax ProtocolMin Status Tags',
    (v) => ({
      Addr: v[0],
      DelegateCur: v[1],
      DelegateMax: v[2],
      DelegateMin: v[3],
      Name: v[4],
      Port: v[5],
      ProtocolCur: v[6],
      ProtocolMax: v[7],
      ProtocolMin: v[8],
      Status: v[9],
      Tags: v[10],
    }),
  ),
];

const BY_SIZE: readonly (readonly Shape[])[] = Array.from({ length: 16 }, (_, size) =>
  SHAPES.filter(({ keys }) => keys.length === size),
);

/** The shape of a map of `size` entries whose first key is at `bytes[at]`, if it begins like one. */
export function shapeAt(bytes: Uint8Array, at: number, size: number): Shape | undefined {
  const candidates = BY_SIZE[size];
  if (candidates === undefined) return undefined;
  for (const candidate of candidates)
    if (startsWith(bytes, at, candidate.keys[0] as Uint8Array)) return candidate;
  return undefined;
}

/** Whether `key` is at `bytes[at]`. */
export function startsWith(bytes: Uint8Array, at: number, key: Uint8Array): boolean {
  for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key[i]) return false;
  return true;
}
