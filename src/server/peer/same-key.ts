import { writeText } from '../../protocol/text.ts';

/**
 * Whether a peer's key is the key, in a time that tells nothing of how much of it is right. (Not Node's
 * `timingSafeEqual`: this runs in browsers as well, and that one tells the length by throwing.)
 */
export function sameKey(given: string, key: string): boolean {
  const a = writeText(given);
  const b = writeText(key);
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i % b.length] ?? 0);
  return difference === 0;
}
