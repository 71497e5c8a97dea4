/** What a name that is no UTF-16 text begins with in an address; base64url has no such character. */
const UNITS = '~';
const LONE_SURROGATE = /\p{Cs}/u;

/** A text as a parameter of an address: as it is, unless it is no UTF-16 text. */
export function textParam(text: string): string {
  return LONE_SURROGATE.test(text) ? nameParam(text) : text;
}

/** A name as a parameter of an address: base64url, as `encodeURIComponent` throws at what members may be called. */
export function nameParam(name: string): string {
  if (!LONE_SURROGATE.test(name)) return base64url(String.fromCharCode(...new TextEncoder().encode(name)));
  const units = Array.from({ length: name.length }, (_, i) => name.charCodeAt(i));
  return UNITS + base64url(String.fromCharCode(...units.flatMap((unit) => [unit >> 8, unit & 0xff])));
}

/** The name of a parameter; `undefined` of one that is none. */
export function nameOfParam(param: string): string | undefined {
  try {
    if (!param.startsWith(UNITS))
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesOf(param));
    const bytes = bytesOf(param.slice(1));
    const units = Array.from(
      { length: bytes.length >> 1 },
      (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0),
    );
    return String.fromCharCode(...units);
  } catch {
    return undefined;
  }
}

function base64url(binary: string): string {
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function bytesOf(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
