import { BlockList, isIP } from 'node:net';
import { InvalidArgumentError } from '../errors.ts';
import { plainIp } from '../ip.ts';

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The proxies in front of a server whose `X-Forwarded-*` headers are believed; everybody else's are ignored. */
export class TrustedProxies {
  readonly #known = new BlockList();

  /**
   * @param addresses IP addresses, or subnets such as `10.0.0.0/8`
   * @throws `InvalidArgumentError` for what is neither
   */
  constructor(addresses: readonly string[]) {
    for (const text of addresses) {
      const [address = '', bits] = text.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      const size = bits === undefined ? 0 : /^\d+$/.test(bits) ? Number(bits) : Number.NaN;
      if (isIP(address) === 0 || !(size <= (family === 'ipv6' ? 128 : 32)))
        throw new InvalidArgumentError(
          'invalid-argument',
          `trustProxy takes addresses and subnets such as 10.0.0.0/8, not ${JSON.stringify(text)}`,
        );
      if (bits === undefined) this.#known.addAddress(address, family);
      else this.#known.addSubnet(address, size, family);
    }
  }

  has(address: string): boolean {
    return isIP(address) !== 0 && this.#known.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }

  /** Who is at the other end: the last address on the way here that is none of the proxies'. */
  clientAddress(remoteAddress: string, headers: Headers): string {
    let client = plainIp(remoteAddress);
    const way = valuesOf(headers['x-forwarded-for']);
    while (this.has(client)) {
      const before = way.pop();
      // What is no address came from the client itself: a proxy writes addresses.
      if (before === undefined || isIP(before) === 0) break;
      client = plainIp(before);
    }
    return client;
  }

  /** The `Host` that the client asked for, where a proxy tells. */
  clientHost(remoteAddress: string, headers: Headers): string | undefined {
    if (!this.has(plainIp(remoteAddress))) return undefined;
    return valuesOf(headers['x-forwarded-host']).at(-1);
  }
}

function valuesOf(header: string | readonly string[] | undefined): string[] {
  return [header ?? []]
    .flat()
    .join(',')
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
}
