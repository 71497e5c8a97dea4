import type { GatewayEvent, GatewayPeer } from '../../gateway/events.ts';
import { clock } from '../output/describe.ts';
import { type Line, span } from '../output/line.ts';
import { printable } from '../output/text.ts';

/** How much of a text is shown, in characters: a stranger can send one of any length. */
const SHOWN = 500;

/** What happens at a gateway as lines; none where it is not worth one. */
export function linesOf(event: GatewayEvent): Line[] {
  const line = (...spans: Line): Line[] => [[span(`${clock(Date.now())}  `, 'dim'), ...spans]];
  switch (event.type) {
    case 'listening':
      return [
        [span(`a gateway listens on ${event.url}; WebSockets at ${event.url.replace(/^http/, 'ws')}/serf`)],
      ];
    case 'refused-upgrade':
    case 'refused-request':
      return line(span(`${event.status}`, 'red'), span(`  ${event.address}  ${shown(event.hint)}`));
    case 'refused-key':
      return line(span('key', 'red'), span(`  ${event.address}  ${shown(event.error.message)}`));
    case 'authenticated':
      return line(span(`${nameOf(event.peer)} has connected`));
    case 'refused':
      return line(span(`${nameOf(event.peer)}  ${shown(event.error.message)}`));
    case 'dropped':
      return line(span(`${nameOf(event.peer)}  ${event.total} records left out so far`, 'yellow'));
    case 'disconnected':
      return line(
        span(`${nameOf(event.peer)} has gone (${[event.code, shown(event.reason)].join(' ').trim()})`),
      );
    case 'upstream':
      return line(upstream(event));
    case 'certificate':
      return line(
        event.error
          ? span(`the certificate could not be read again: ${shown(event.error.message)}`, 'red')
          : span('the certificate was read again'),
      );
    case 'draining':
      return line(span('nobody new is taken; peers are asked to come back'));
    default:
      return [];
  }
}

function upstream({ state, error }: Extract<GatewayEvent, { type: 'upstream' }>) {
  if (state === 'up') return span('the agent is connected', 'green');
  const why = error ? `: ${shown(error.message)}` : '';
  if (state === 'connecting') return span(`no agent yet; nobody is served until there is one${why}`, 'red');
  return span(
    state === 'lost' ? `the agent was lost; nobody is served until it is back${why}` : 'the agent has ended',
    'red',
  );
}

function nameOf({ address, identity }: GatewayPeer): string {
  return identity ? `${shown(identity.name ?? address)} (${shown(identity.role)})` : address;
}

function shown(text: string): string {
  return printable(text.slice(0, SHOWN));
}
