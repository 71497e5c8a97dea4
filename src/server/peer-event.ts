import type { Command } from '../protocol/commands.ts';

/**
 * What happens with a peer, told apart by `type`:
 *
 * - `accepted`: it has shaken hands and, where one is asked for, given the key; once
 * - `refused`: a command of its was answered with an error; `message` is what it was told
 * - `dropped`: a record was left out because the peer reads too slowly, or (`malformed`) because the Serf gave something
 *   that cannot be written; `total` counts those of this peer, this one included
 */
export type PeerEvent =
  | { readonly type: 'accepted' }
  | {
      readonly type: 'refused';
      /** As the peer wrote it: any text. */
      readonly command: string;
      /** What the Serf or the server had to say. */
      readonly error: Error;
    }
  | {
      readonly type: 'dropped';
      readonly cause: 'slow' | 'malformed';
      readonly command: Command;
      /** The filter, log level or query name; its first 200 characters. */
      readonly subject: string;
      readonly total: number;
      /** With `malformed`: what was wrong. */
      readonly error?: unknown;
    };
