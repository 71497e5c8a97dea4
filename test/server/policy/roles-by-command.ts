import type { Command } from '../../../src/protocol/commands.ts';

/**
 * What the roles may ask for, as they come: `●` allowed, `○` refused. The operator here is one whose policy names the event, the
 * query and the tag that are asked for; without names it is a viewer's `○`.
 */
export const ROLES_BY_COMMAND: Readonly<
  Record<Command, readonly [viewer: string, operator: string, admin: string]>
> = {
  handshake: ['●', '●', '●'],
  auth: ['●', '●', '●'],
  stop: ['●', '●', '●'],
  members: ['●', '●', '●'],
  'members-filtered': ['●', '●', '●'],
  stats: ['●', '●', '●'],
  'get-coordinate': ['●', '●', '●'],
  stream: ['●', '●', '●'],
  monitor: ['●', '●', '●'],
  query: ['○', '●', '●'],
  respond: ['○', '●', '●'],
  event: ['○', '●', '●'],
  tags: ['○', '●', '●'],
  'force-leave': ['○', '●', '●'],
  join: ['○', '○', '●'],
  'list-keys': ['○', '○', '●'],
  'install-key': ['○', '○', '○'],
  'use-key': ['○', '○', '○'],
  'remove-key': ['○', '○', '○'],
  leave: ['○', '○', '○'],
};
