import { payloadBytes } from '../arguments.ts';
import { binary, type Codec, codecOr, decodeWith } from '../codec.ts';
import type { DecodedPayload } from '../model.ts';
import type { Command } from '../protocol/commands.ts';

export function codecOf<T>(codec: Codec<T> | undefined): Codec<T> {
  return codecOr(codec, binary());
}

/** Encodes into a copy: what the caller does with its bytes later reaches no other node. */
export function bytesOf<T>(command: Command, codec: Codec<T>, payload: T | undefined): Uint8Array {
  return payloadBytes(command, codec, payload, Number.POSITIVE_INFINITY).slice();
}

/** Decodes a copy: all nodes, and all streams of a node, share the bytes. */
export function readPayload<T>(codec: Codec<T>, payload: Uint8Array): DecodedPayload<T> {
  return decodeWith(codec, payload.slice());
}
