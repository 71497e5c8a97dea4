import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Log } from '../../src/embedded/node/log.ts';
import { Story } from './kit.ts';

function linesOf(log: Log, level: Parameters<Log['monitor']>[0] = 'trace'): string[] {
  const lines: string[] = [];
  log.monitor(level, (line) => lines.push(line))();
  return lines;
}

describe('a log', () => {
  test('has the date that the platform’s calendar has, in UTC', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(-6e13), max: new Date(2.5e14), noInvalidDate: true }), (date) => {
        const log = new Log(() => date.getTime());
        log.write('info', 'x');
        const iso = date.toISOString();
        if (iso.startsWith('+') || iso.startsWith('-')) return;
        expect(linesOf(log)).toEqual([
          `${iso.slice(0, 10).replaceAll('-', '/')} ${iso.slice(11, 19)} [INFO] x`,
        ]);
      }),
    );
  });

  test('keeps the last 512 lines, of all levels together', () => {
    const log = new Log(() => 0);
    for (let i = 0; i < 1_000; i++) log.write(i % 2 ? 'debug' : 'warn', `line ${i}`);

    expect(linesOf(log)).toHaveLength(512);
    expect(linesOf(log)[0]).toMatch(/line 488$/);
    expect(linesOf(log, 'warn')).toHaveLength(256);
    expect(linesOf(log).at(-1)).toMatch(/\[DEBUG\] line 999$/);
  });

  test('a monitor that ends within a line hears no other', () => {
    const log = new Log(() => 0);
    for (let i = 0; i < 3; i++) log.write('info', `${i}`);
    const lines: string[] = [];
    const stop = log.monitor('info', (line) => {
      lines.push(line);
      if (lines.length === 4) stop();
    });
    for (let i = 3; i < 6; i++) log.write('info', `${i}`);

    expect(lines.map((line) => line.at(-1))).toEqual(['0', '1', '2', '3']);
  });
});

describe('monitor', () => {
  test('tells what the agent did, in its words', () => {
    const story = new Story({ nodes: 2, gossipDelay: 10 });
    const lines = story.tell(story.node('n1').monitor('debug'));
    story.pass(1_000);
    story.ask(story.node('n1').event('deploy', new TextEncoder().encode('v1')), 10);
    story.ask(story.node('n2').event('pong'), 10);
    story.ask(story.node('n2').tags({ set: { a: '1' } }), 100);
    story.finished(story.node('n2').query('load', undefined, { timeout: 50, requestAck: true }), 50);
    story.refusal(story.node('n1').join('127.0.0.1:1'), 50);
    story.cluster.fail('n2');
    story.pass(1_000);

    expect(lines.values).toEqual([
      '1970/01/01 00:00:00 [INFO] agent: Serf agent starting',
      '1970/01/01 00:00:00 [INFO] serf: EventMemberJoin: n1 10.0.0.1',
      '1970/01/01 00:00:01 [DEBUG] agent: Requesting user event send: deploy. Coalesced: false. Payload: "v1"',
      '1970/01/01 00:00:01 [INFO] agent: Received event: user-event: deploy',
      '1970/01/01 00:00:01 [DEBUG] serf: messageUserEventType: pong',
      '1970/01/01 00:00:01 [INFO] agent: Received event: user-event: pong',
      '1970/01/01 00:00:01 [INFO] serf: EventMemberUpdate: n2',
      '1970/01/01 00:00:01 [INFO] agent: Received event: member-update',
      '1970/01/01 00:00:01 [DEBUG] serf: messageQueryType: load',
      '1970/01/01 00:00:01 [INFO] agent: Received event: query: load',
      '1970/01/01 00:00:01 [INFO] agent: joining: [127.0.0.1:1] replay: false',
      '1970/01/01 00:00:01 [WARN] agent: error joining: 1 error occurred:\n' +
        '\t* Failed to join 127.0.0.1: dial tcp 127.0.0.1:1: connect: connection refused\n',
      '1970/01/01 00:00:01 [INFO] memberlist: Suspect n2 has failed, no acks received',
      '1970/01/01 00:00:01 [INFO] serf: EventMemberFailed: n2 10.0.0.2',
      '1970/01/01 00:00:01 [INFO] agent: Received event: member-failed',
    ]);
  });

  test('each at its own level', () => {
    const story = new Story();
    const levels = ['trace', 'debug', 'info', 'warn', 'err'] as const;
    const told = levels.map((level) => story.tell(story.node('n1').monitor(level)));
    story.pass(0);
    const before = told.map(({ values }) => values.length);
    story.refusal(story.node('n1').event('e', new Uint8Array(600)));
    story.finished(story.node('n1').listKeys(), 100);
    story.ask(story.node('n1').stats());

    const news = told.map(
      ({ values }, i) => new Set(values.slice(before[i]).map((line) => line.split(/[[\]]/)[1])),
    );
    expect(news.map((each) => [...each].sort().join(' '))).toEqual([
      'DEBUG ERR INFO WARN',
      'DEBUG ERR INFO WARN',
      'ERR INFO WARN',
      'ERR WARN',
      'ERR',
    ]);
  });

  test('of a new life begins anew', () => {
    const story = new Story();
    story.ask(story.node('n1').event('e'), 100);
    story.cluster.restart('n1');
    const lines = story.tell(story.node('n1').monitor('info'));
    story.pass(0);
    expect(lines.values).toHaveLength(2);
  });
});
