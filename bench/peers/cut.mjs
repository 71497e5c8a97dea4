/**
 * Each piece of a chunk.
 * @param {Uint8Array} chunk
 * @param {number} size
 * @param {(piece: Uint8Array) => void} take
 */
export function cut(chunk, size, take) {
  for (let at = 0; at < chunk.length; at += size) take(chunk.subarray(at, at + size));
}
