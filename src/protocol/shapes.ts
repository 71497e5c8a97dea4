import { startsWith } from './reader.ts';
import type { WireMap, WireValue } from './wire.ts';

/**
 * A map that agents send all day: its keys, in the order an agent writes them (sorted), and how to make it of its
 * values. Made by a literal, it is an object that V8 knows the form of; made key by key, it would be several times
 * slower to fill and to read.
 */
export interface Shape {
  readonly names: readonly string[];
  /** The same as they are on the wire. */
  readonly keys: readonly Uint8Array[];
  /** Of its values, which are in `stack` from `base` on. */
  readonly make: (stack: readonly WireValue[], base: number) => WireMap;
}

function shape(names: string, make: (stack: readonly WireValue[], base: number) => object): Shape {
  const keys = names.split(' ');
  return { names: keys, keys: keys.map(keyBytes), make: make as Shape['make'] };
}

/** A key as `fixstr`: a head byte with the length, and ASCII. */
function keyBytes(name: string): Uint8Array {
  return Uint8Array.of(0xa0 | name.length, ...Array.from(name, (character) => character.charCodeAt(0)));
}

const SHAPES: readonly Shape[] = [
  shape('Members', (v, i) => ({ Members: v[i] })),
  shape('Log', (v, i) => ({ Log: v[i] })),
  shape('Event Members', (v, i) => ({ Event: v[i], Members: v[i + 1] })),
  shape('From Payload Type', (v, i) => ({ From: v[i], Payload: v[i + 1], Type: v[i + 2] })),
  shape('Coalesce Event LTime Name Payload', (v, i) => ({
    Coalesce: v[i],
    Event: v[i + 1],
    LTime: v[i + 2],
    Name: v[i + 3],
    Payload: v[i + 4],
  })),
  shape('Event ID LTime Name Payload', (v, i) => ({
    Event: v[i],
    ID: v[i + 1],
    LTime: v[i + 2],
    Name: v[i + 3],
    Payload: v[i + 4],
  })),
  shape(
    'Addr DelegateCur DelegateMax DelegateMin Name Port ProtocolCur ProtocolMax ProtocolMin Status Tags',
    (v, i) => ({
      Addr: v[i],
      DelegateCur: v[i + 1],
      DelegateMax: v[i + 2],
      DelegateMin: v[i + 3],
      Name: v[i + 4],
      Port: v[i + 5],
      ProtocolCur: v[i + 6],
      ProtocolMax: v[i + 7],
      ProtocolMin: v[i + 8],
      Status: v[i + 9],
      Tags: v[i + 10],
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
