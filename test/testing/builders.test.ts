import { SerfError } from 'rxserf';
import { ack, failure, member, memberEvent, queryEvent, response, userEvent } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';

describe('member', () => {
  test('is alive, and whole', () => {
    expect(member('n1')).toEqual({
      name: 'n1',
      address: '127.0.0.1',
      port: 7946,
      tags: {},
      status: 'alive',
      protocol: { min: 1, max: 5, current: 2 },
      delegate: { min: 2, max: 5, current: 4 },
    });
  });

  test('with what is said of it', () => {
    const tags = { role: 'web' };
    const built = member('n1', { tags, status: 'failed', port: 1 });

    expect(built).toMatchObject({ tags, status: 'failed', port: 1 });
    expect(built.tags).not.toBe(tags);
  });

  test('has a table of tags without a prototype, as a client gives', () => {
    expect(Object.getPrototypeOf(member('n1').tags)).toBeNull();
    expect(member('n1').tags['constructor']).toBeUndefined();
  });
});

describe('memberEvent', () => {
  test.each([
    ['member-join', 'alive'],
    ['member-update', 'alive'],
    ['member-leave', 'left'],
    ['member-failed', 'failed'],
    ['member-reap', 'left'],
  ] as const)('%s leaves members %s', (type, status) => {
    expect(memberEvent(type, 'n1', member('n2', { status: 'none' }))).toEqual({
      event: type,
      members: [member('n1', { status }), member('n2', { status: 'none' })],
    });
  });
});

describe('payloads', () => {
  const none = new Uint8Array(0);

  test('are as given, undefined and null too', () => {
    expect(userEvent('e', 'v').payload).toBe('v');
    expect(userEvent('e', undefined).payload).toBeUndefined();
    expect(userEvent('e', null).payload).toBeNull();
    expect(queryEvent('q', undefined).payload).toBeUndefined();
    expect(response('n1', null)).toEqual({ type: 'response', from: 'n1', payload: null });
  });

  test('are no bytes where none is given', () => {
    expect(userEvent('e').payload).toEqual(none);
    expect(queryEvent('q').payload).toEqual(none);
    expect(response('n1').payload).toEqual(none);
  });
});

test('what else is said', () => {
  expect(userEvent('e', 'v', { ltime: 7, coalesce: true })).toEqual({
    event: 'user',
    name: 'e',
    ltime: 7,
    coalesce: true,
    payload: 'v',
  });
  expect(queryEvent('q', 'v', { id: 3, ltime: 8 })).toMatchObject({ event: 'query', id: 3, ltime: 8 });
  expect(ack('n1')).toEqual({ type: 'ack', from: 'n1' });
});

describe('failure', () => {
  const error = new SerfError('closed', 'over', { command: 'stats' });

  test('stands for errors with a code', () => {
    expect(error).toEqual(failure('closed'));
    expect(error).toEqual(failure('closed', { command: 'stats' }));
    expect(error).not.toEqual(failure('overflow'));
    expect(error).not.toEqual(failure('closed', { command: 'members' }));
    expect({ code: 'closed' }).not.toEqual(failure('closed'));
  });
});
