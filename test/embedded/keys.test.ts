import { type AgentError, type KeyReport, type Serf, SerfError } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { Story } from './kit.ts';

const [FIRST, SECOND, THIRD] = [1, 2, 3].map((byte) => Buffer.alloc(16, byte).toString('base64')) as [
  string,
  string,
  string,
];
const plain = ({ messages, keys, ...counts }: KeyReport) => ({
  ...counts,
  messages: { ...messages },
  keys: { ...keys },
});
const report = (story: Story, keys: ReturnType<Serf['listKeys']>) => plain(story.ask(keys, 100));

function failure(story: Story, keys: ReturnType<Serf['listKeys']>, within = 100) {
  const error = story.refusal(keys, within) as AgentError;
  expect(error).toMatchObject({ name: 'AgentError', code: 'nodes-failed' });
  return { message: error.message, ...plain(error.report as KeyReport) };
}

describe('keys', () => {
  const onAll = { nodes: 3, responses: 3, errors: 0, messages: {}, keys: {} };

  test('are installed, used, listed and removed on every node', () => {
    const story = new Story({ encryptKey: FIRST });
    const serf = story.node('n2');
    expect(report(story, serf.listKeys())).toEqual({ ...onAll, keys: { [FIRST]: 3 } });
    expect(report(story, serf.installKey(SECOND))).toEqual(onAll);
    expect(report(story, serf.installKey(SECOND))).toEqual(onAll);
    expect(report(story, serf.useKey(SECOND))).toEqual(onAll);
    expect(report(story, serf.listKeys())).toEqual({ ...onAll, keys: { [SECOND]: 3, [FIRST]: 3 } });
    expect(report(story, serf.removeKey(FIRST))).toEqual(onAll);
    expect(report(story, serf.removeKey(THIRD))).toEqual(onAll);
    expect(report(story, story.node('n3').listKeys())).toEqual({ ...onAll, keys: { [SECOND]: 3 } });
    expect(story.ask(serf.stats())['serf']?.['encrypted']).toBe('true');
  });

  test('that nodes refuse are errors with what each has said', () => {
    const story = new Story({ encryptKey: FIRST });
    const all = (text: string) => ({ n1: text, n2: text, n3: text });
    expect(failure(story, story.node('n1').removeKey(FIRST))).toEqual({
      ...onAll,
      message: '3/3 nodes reported failure',
      errors: 3,
      messages: all('Removing the primary key is not allowed'),
    });
    expect(failure(story, story.node('n1').useKey(SECOND)).messages).toEqual(
      all('Requested key is not in the keyring'),
    );
  });

  test('are none in a cluster without encryption', () => {
    const story = new Story();
    const serf = story.node('n1');
    const none = 'No keyring to modify (encryption not enabled)';
    expect(failure(story, serf.listKeys()).messages['n2']).toBe('Keyring is empty (encryption not enabled)');
    for (const call of [serf.installKey(FIRST), serf.useKey(FIRST), serf.removeKey(FIRST)]) {
      expect(failure(story, call)).toMatchObject({ errors: 3, messages: { n1: none, n2: none, n3: none } });
    }
  });

  test('who is silent is waited for until the query ends', () => {
    const story = new Story({ encryptKey: FIRST, failureDelay: 60_000 });
    story.cluster.fail('n3');
    const told = story.tell(story.node('n1').listKeys());
    story.pass(3_199);
    expect(told.end).toBeUndefined();
    story.pass(1);

    expect(told).toMatchObject({ end: 'nodes-failed', endedAt: 3_200 });
    expect(told.error?.message).toBe('2/3 nodes reported success');
    const { keys } = (told.error as AgentError).report as KeyReport;
    expect({ ...keys }).toEqual({ [FIRST]: 2 });
  });

  test('or until the call’s own timeout', () => {
    const story = new Story({ encryptKey: FIRST, failureDelay: 60_000 });
    story.cluster.fail('n3');
    const error = story.refusal(story.node('n1').listKeys({ timeout: 200 }), 200);
    expect(error).toMatchObject({ code: 'request-timeout', command: 'list-keys' });
    expect(error).toBeInstanceOf(SerfError);
  });

  test('stay when a node starts again; a node that is added has the first one', () => {
    const story = new Story({ encryptKey: FIRST });
    report(story, story.node('n1').installKey(SECOND));
    story.cluster.restart('n1');
    story.cluster.add('n4');
    story.pass(1_000);
    expect(report(story, story.node('n1').listKeys())).toMatchObject({
      nodes: 4,
      keys: { [FIRST]: 4, [SECOND]: 3 },
    });
  });

  test('are in no log', () => {
    const story = new Story({ encryptKey: FIRST });
    const log = story.tell(story.node('n1').monitor('trace'));
    for (const call of ['installKey', 'useKey', 'removeKey'] as const) {
      story.finished(story.node('n1')[call](SECOND), 100);
    }
    expect(log.values.join('\n')).toContain('agent: Initiating key installation');
    expect(log.values.join('\n')).not.toContain(SECOND);
  });
});
