import {
  binary,
  type ConnectOptions,
  connect,
  InvalidArgumentError,
  type SerfClient,
  type SerfErrorCode,
} from 'rxserf';
import { expect, vi } from 'vitest';
import { thrownBy } from './shown.ts';

export const KEY = Buffer.alloc(32, 1).toString('base64');
export const bytes = (...values: number[]) => Uint8Array.from(values);

/** A client whose sockets must never be made. */
export function offline(options: ConnectOptions = {}) {
  const socket = vi.fn<NonNullable<ConnectOptions['socket']>>(() => {
    throw new Error('a call was sent');
  });
  return { socket, client: connect('127.0.0.1:7373', { codec: binary(), ...options, socket }) };
}

/** Has `call` throw at the call, before anything is subscribed to or sent. */
export function expectThrown(
  call: (client: SerfClient) => unknown,
  code: SerfErrorCode,
  message: string | RegExp,
  options?: ConnectOptions,
) {
  const { client, socket } = offline(options);
  const error = thrownBy(() => call(client));

  expect(error).toBeInstanceOf(InvalidArgumentError);
  expect(error).toMatchObject({
    code,
    name: 'InvalidArgumentError',
    message: expect.stringMatching(message),
  });
  expect(socket).not.toHaveBeenCalled();
  return error as InvalidArgumentError;
}

export const any = (value: unknown) => value as never;
/** The text itself, as a pattern for all of a message. */
export const exactly = (text: string) => new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
