/** The port of a node's gossip, as Serf has it by default. */
export const GOSSIP_PORT = 7946;
/** The port of an agent's RPC, as in the errors of a node's calls. */
export const RPC_PORT = 7373;

/** The most nodes that a cluster can number: 10.0.0.1 to 10.255.255.250. */
export const MOST_NODES = 256 * 256 * 250;

/** The address of the node with this number. */
export function addressOf(index: number): string {
  const host = Math.floor(index / 250);
  return `10.${host >> 8}.${host & 0xff}.${(index % 250) + 1}`;
}

/** What an address to join means; undefined: nothing that could be looked up without a network. */
export function parseGossipAddress(text: string): { host: string; port: number } | undefined {
  // `name/host:port` names the node as well.
  const address = text.slice(text.indexOf('/') + 1);
  const match = /^(\d{1,3}(?:\.\d{1,3}){3})(?::(\d{1,5}))?$/.exec(address);
  const [, host, port] = match ?? [];
  return host === undefined ? undefined : { host, port: port === undefined ? GOSSIP_PORT : Number(port) };
}
