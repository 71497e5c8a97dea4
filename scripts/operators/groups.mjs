// The operators by theme, in the order of the page. One that is not here is on no page: that is an error.

/** @typedef {{ readonly title: string, readonly about: string, readonly operators: readonly string[] }} Group */

/** @type {readonly Group[]} */
export const GROUPS = [
  {
    title: 'Selecting',
    about: 'Pass on what is wanted, with its type.',
    operators: ['ofEvent', 'named', 'fromNode', 'ofStatus', 'withTag'],
  },
  {
    title: 'Payloads',
    about: 'What events, queries and responses carry.',
    operators: ['payloads', 'decodePayload', 'validatePayload', 'hasPayloadError'],
  },
  {
    title: 'Queries',
    about: 'What comes back from a query, and answers to those of others.',
    operators: ['acks', 'responses', 'firstResponse', 'collectReplies', 'respondWith'],
  },
  {
    title: 'Calls',
    about: 'What a call of a notifier emits: an answer for each recipient.',
    operators: ['oneAnswer', 'settledAnswers'],
  },
  {
    title: 'Members',
    about: 'Who is in the cluster, and what becomes of them.',
    operators: ['memberChanges', 'becomes', 'scanMembers', 'settled', 'countByStatus', 'membersBy'],
  },
  {
    title: 'Time and order',
    about: 'Events that come again, late, or in bursts.',
    operators: ['dedupeEvents', 'sinceLTime', 'coalesceByName'],
  },
  { title: 'Several agents', about: 'One stream of many.', operators: ['mergeAgents'] },
  { title: 'Logs', about: 'What `monitor` emits.', operators: ['parseLog'] },
  { title: 'Back-pressure', about: 'Work that is slower than its source.', operators: ['bufferBounded'] },
];
