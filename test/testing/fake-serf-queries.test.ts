import { firstValueFrom, of, Subject, toArray } from 'rxjs';
import { AgentError, json, type QueryReply, utf8 } from 'rxserf';
import { ack, fakeSerf, member, queryEvent, response } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import { observed } from './observed.ts';

describe('queries that are asked', () => {
  const replies: QueryReply<string | undefined>[] = [ack('n1'), response('n1', 'yes'), response('n2', 'no')];

  test('a list of replies, and the end', () => {
    const fake = fakeSerf({ codec: utf8(), replies: { query: replies } });

    expect(observed(fake.query('load'))).toEqual([...replies, '|']);
  });

  test('by name', () => {
    const fake = fakeSerf({ codec: utf8() });
    fake.reply('query', []);
    fake.reply('query:load', replies);

    expect(observed(fake.query('load'))).toHaveLength(4);
    expect(observed(fake.query('other'))).toEqual(['|']);
  });

  test('with a codec of its own', () => {
    const fake = fakeSerf({
      codec: utf8(),
      replies: { 'query:load': [ack('n1'), response('n1', '{"cpu":1}')] },
    });

    expect(observed(fake.query('load', undefined, { codec: json() }))).toEqual([
      ack('n1'),
      response('n1', { cpu: 1 }),
      '|',
    ]);
  });

  test('completeWhen', async () => {
    const fake = fakeSerf({ codec: utf8() });
    const later = new Subject<QueryReply<string | undefined>>();
    fake.reply('query', of(...replies), later, of(...replies));
    fake.reply('members', [member('n1')]);

    expect(observed(fake.query('load', '', { completeWhen: 1 }))).toEqual([...replies.slice(0, 2), '|']);
    const all = observed(fake.query('load', '', { completeWhen: 'all' }));
    for (const reply of replies) later.next(reply);
    expect(all).toEqual([...replies.slice(0, 2), '|']);
    expect(await firstValueFrom(fake.query('load').pipe(toArray()))).toEqual(replies);
    fake.verify();
  });
});

describe('queries that are to be answered', () => {
  test('the agent takes one answer to each', () => {
    const fake = fakeSerf({ codec: utf8() });
    const query = queryEvent('load', '');
    fake.stream('query').subscribe();
    fake.emit(query);

    expect(observed(query.respond('0.42'))).toEqual([undefined, '|']);
    expect(observed(query.respond('0.43'))).toEqual([
      expect.objectContaining({ name: 'AgentError', code: 'already-answered' }),
    ]);
    expect(fake.requests.slice(1)).toEqual([
      { command: 'respond', id: 1, payload: '0.42' },
      { command: 'respond', id: 1, payload: '0.43' },
    ]);
  });

  test('by id', () => {
    const fake = fakeSerf({ codec: utf8() });
    fake.emit(queryEvent('load', '', { id: 7 }));

    expect(observed(fake.respond(7, 'x'))).toEqual([undefined, '|']);
    expect(observed(fake.respond(8, 'x'))).toEqual([
      expect.objectContaining({ code: 'unknown-query', message: 'No pending queries matching ID' }),
    ]);
  });

  test('as the test says', () => {
    const fake = fakeSerf({ replies: { respond: new AgentError('deadline-passed', 'too late') } });
    const query = queryEvent('load');
    fake.emit(query);

    expect(observed(query.respond())).toEqual([expect.objectContaining({ code: 'deadline-passed' })]);
  });

  test('misuse throws', () => {
    const fake = fakeSerf({ codec: utf8() });
    const query = queryEvent('load', '');

    expect(() => query.respond('x')).toThrow(
      'the query "load" has no agent to answer to: emit it through a fake',
    );
    fake.emit(query);
    expect(() => query.respond(7 as never)).toThrow(expect.objectContaining({ code: 'invalid-payload' }));
  });

  test('with a codec of its own, in an answer too', () => {
    const fake = fakeSerf({ codec: utf8() });
    fake
      .stream('query', { codec: json<number>() })
      .subscribe((query) => query.respond((query.payload ?? 0) + 1).subscribe());
    fake.emit(queryEvent('next', '41'));

    expect(fake.requests.at(-1)).toEqual({ command: 'respond', id: 1, payload: 42 });
  });
});
