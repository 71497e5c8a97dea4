/**
 * An IP address as text, from its 4 or 16 bytes in network order: IPv4 dotted, IPv4-mapped unwrapped, IPv6 in the
 * form of RFC 5952. Empty when there are no bytes.
 */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return formatIpv4(bytes, 0);
  if (bytes.length !== 16) return '';
  if (isIpv4Mapped(bytes)) return formatIpv4(bytes, 12);
  const groups: number[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[i] as number) << 8) | (bytes[i + 1] as number));
  const [start, length] = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  // RFC 5952, 4.2.2: a single zero group is not shortened.
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** The first three numbers of the last address, and how they are written: members are mostly neighbours of each other. */
let network = -1;
let prefix = '';

function formatIpv4(bytes: Uint8Array, at: number): string {
  const its = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
  if (its !== network) {
    network = its;
    prefix = `${its >> 16}.${(its >> 8) & 255}.${its & 255}.`;
  }
  return prefix + bytes[at + 3];
}

function isIpv4Mapped(bytes: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

/** RFC 5952, 4.2.3: of equally long runs, the first. */
function longestZeroRun(groups: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let i = 0; i < groups.length; i++) {
    let end = i;
    while (groups[end] === 0) end++;
    if (end - i > best[1]) best = [i, end - i];
    if (end > i) i = end;
  }
  return best;
}

const NO_ADDRESS = new Uint8Array(0);

/** The 4 or 16 bytes of an address that is written as {@link formatIp} writes it, or in any other form; none if it is none. */
export function parseIp(text: string): Uint8Array {
  if (!text.includes(':')) return parseIpv4(text) ?? NO_ADDRESS;
  const halves = text.split('::');
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1));
  if (!head || halves.length > 2) return NO_ADDRESS;
  if (!tail) return head.length === 16 ? Uint8Array.from(head) : NO_ADDRESS;
  const zeros = 16 - head.length - tail.length;
  if (zeros < 2) return NO_ADDRESS;
  return Uint8Array.from([...head, ...new Array<number>(zeros).fill(0), ...tail]);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  return parts?.every((part) => part < 256) ? Uint8Array.from(parts) : undefined;
}

/** The bytes of groups between colons; the very last one may be IPv4. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  const bytes: number[] = [];
  if (text === '') return bytes;
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    const ipv4 = last && index === groups.length - 1 ? parseIpv4(group) : undefined;
    if (ipv4) bytes.push(...ipv4);
    else if (/^[\da-f]{1,4}$/i.test(group))
      bytes.push(Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}

/** An address as {@link formatIp} writes it, however it was written; text that is no address stays as it is. */
export function plainIp(text: string): string {
  return formatIp(parseIp(text.replace(/%.*$/, ''))) || text;
}

/** What is counted as one place in the network: an IPv4 address, or the /64 that an IPv6 user has to himself. */
export function networkOf(address: string): string {
  const plain = plainIp(address);
  const bytes = parseIp(plain);
  return bytes.length === 16 ? `${formatIp(bytes.fill(0, 8))}/64` : plain;
}
