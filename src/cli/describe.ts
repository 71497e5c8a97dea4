import type { ConnectionStatus, Member, SerfEvent } from '../model.ts';
import { columns, printable } from './text.ts';

/** The members as a table, by name. */
export function describeMembers(members: readonly Member[]): string {
  const rows = [...members]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, address, port, status, tags }) => [
      printable(name),
      `${address.includes(':') ? `[${address}]` : address}:${port}`,
      status,
      Object.entries(tags)
        .map(([key, value]) => printable(`${key}=${value}`))
        .join(' '),
    ]);
  return columns([['NAME', 'ADDRESS', 'STATUS', 'TAGS'], ...rows]);
}

/** An event as a line. */
export function describeEvent(event: SerfEvent<string | undefined>): string {
  switch (event.event) {
    case 'user':
    case 'query': {
      const payload = event.payloadError
        ? `${event.rawPayload?.length} bytes`
        : printable(event.payload ?? '');
      return `${event.event.padEnd(13)}  ${printable(event.name)}  ${payload}`.trimEnd();
    }
    default:
      return `${event.event}  ${event.members.map(({ name, status }) => `${printable(name)} (${status})`).join(', ')}`;
  }
}

/** A change of the connection as a line, where it is worth one. */
export function describeStatus(status: ConnectionStatus): string | undefined {
  if (status.state === 'connected') return `connected to the agent at ${status.address}`;
  if (status.state === 'waiting')
    return `${status.error.message}; trying again (attempt ${status.attempt + 1})`;
  return undefined;
}

/** A time of day. */
export function clock(time: number): string {
  return new Date(time).toTimeString().slice(0, 8);
}
