// What is measured. A run of one is a process of its own: peers/NAME for those that talk to a load agent, and a script of
// in-process/ for the others, with the peer's name as its last argument.

/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {string} what for the reader of the results
 * @property {number} n how many times, or of how many; `--quick` takes a part of it
 * @property {readonly string[]} peers who is measured, side by side
 * @property {string} [base] the workload's name for its runners, where it is not `name`
 * @property {string} [whole] of what it is a variant, cut to pieces
 * @property {number} [size] how many bytes a payload has
 * @property {number} [piece] the most bytes the load agent writes at a time; without one there is no load agent
 * @property {number} [read] to how many bytes what a client reads is cut
 * @property {import('./agent.mjs').AgentSettings} [agent] how the load agent is different from the others'
 * @property {string} [script] in in-process/
 * @property {string[]} [node] options for Node
 * @property {number} [repeat] how often in a round
 * @property {boolean} [together] whether client and load agent share one processor
 * @property {boolean} [once] whether one round is enough: it counts, and measures no time
 * @property {boolean} [inOnePiece] whether it is not measured cut to pieces, too
 * @property {boolean} [fixed] whether n is what it is, also with `--quick`
 */

/** The most that one write carries; and about what a packet does. */
export const WHOLE = 65_536;
export const CUT = 1_400;

/** What a client is held against, also in the process. */
export const BARE_LOOP = 'limit-socket';
/** The same with the library's `encode()`, which is what most programs call: for what is mostly encoding. */
export const BARE_ENCODE = 'limit-encode';
/** Who talks to the load agent. */
export const PEERS = ['drain', 'go', BARE_LOOP, 'rxserf'];

/** @type {Workload[]} */
const throughput = [
  { name: 'stream-300k', what: 'user events of a `stream`, 64-byte payloads', n: 300_000, peers: PEERS },
  {
    name: 'stream-256-bytes',
    base: 'stream-300k',
    what: 'the same with 256-byte payloads, which V8 does not keep in its own heap',
    n: 300_000,
    size: 256,
    peers: PEERS,
    inOnePiece: true,
  },
  { name: 'churn-300k', what: '`member-update`s of a `stream`, one member each', n: 300_000, peers: PEERS },
  { name: 'members-10k', what: 'members, in 40 × `members` of 10,000', n: 40, peers: PEERS },
  {
    name: 'query-1000',
    what: 'acks and responses, in 400 × `query` with 1,000 of each',
    n: 400,
    peers: PEERS,
  },
  {
    name: 'query-900-bytes',
    base: 'query-1000',
    what: 'acks and responses, in 200 × `query` of 900 bytes with 1,000 of each, the responses of 900 bytes',
    n: 200,
    size: 900,
    agent: { payload: 900 },
    peers: PEERS,
    inOnePiece: true,
  },
  // On two processors, most of the time goes by until an idle one wakes up: 15 or 30 thousand a second for anybody, as it falls.
  {
    name: 'rpc-serial',
    what: '`event` requests, one after the other, with the load agent on the same processor',
    n: 60_000,
    peers: PEERS,
    together: true,
    inOnePiece: true,
  },
  {
    name: 'rpc-serial-apart',
    base: 'rpc-serial',
    what: 'the same with a processor for each: how fast a process that waits is woken up, and a `write` is done',
    n: 20_000,
    peers: PEERS,
    inOnePiece: true,
  },
  {
    name: 'rpc-pipelined',
    what: '`event` requests, 1,000 in flight',
    n: 400_000,
    peers: [...PEERS, BARE_ENCODE],
    inOnePiece: true,
  },
  {
    name: 'rpc-100-bytes',
    base: 'rpc-pipelined',
    what: 'the same with 100-byte payloads',
    n: 400_000,
    size: 100,
    peers: [...PEERS, BARE_ENCODE],
    inOnePiece: true,
  },
];

/** @type {Workload[]} */
const inProcess = [
  {
    name: 'membership-10k',
    what: '100,000 updates of 10,000 members, by the bare loop, as a stream and as a table',
    n: 100_000,
    peers: ['limit-socket', 'stream', 'membership'],
    script: 'membership.mjs',
    piece: WHOLE,
    agent: { members: 10_000, hold: true },
  },
  {
    name: 'membership-10k/1400',
    base: 'membership-10k',
    what: 'the same, with the load agent’s writes cut to pieces',
    n: 100_000,
    peers: ['limit-socket', 'stream', 'membership'],
    script: 'membership.mjs',
    piece: CUT,
    agent: { members: 10_000, hold: true },
  },
  {
    name: 'membership-1k',
    what: '100,000 updates of 1,000 members, by the bare loop, as a stream and as a table',
    n: 100_000,
    peers: ['limit-socket', 'stream', 'membership'],
    script: 'membership.mjs',
    piece: WHOLE,
    agent: { members: 1_000, hold: true },
  },
  {
    name: 'membership-burst',
    what: 'emissions that 100 updates make which come together',
    n: 100,
    peers: ['membership'],
    script: 'membership.mjs',
    piece: WHOLE,
    agent: { members: 10_000, hold: true },
    fixed: true,
  },
  {
    name: 'angular-10k',
    what: '6,000 changes of 10,000 members, 200 a second in virtual time, read at each frame: by `membership()`, and by the signal of `injectMembers()`',
    n: 6_000,
    peers: ['membership', 'signal'],
    script: 'angular.mjs',
  },
  {
    name: 'serve-1000',
    what: '1,000 user events to each of 1,000 TCP peers: with `listen`, and the same bytes without it',
    n: 1_000,
    peers: ['plain', 'joined', 'listen'],
    script: 'serve.mjs',
  },
  {
    name: 'websocket-300k',
    what: '300,000 user events from `serve` to a client: processor time of both, through TCP and through a WebSocket',
    n: 300_000,
    peers: ['tcp', 'websocket'],
    script: 'websocket.mjs',
  },
  {
    name: 'gateway-1000',
    what: '300 user events to each of 1,000 browsers, one a tick: through a gateway, and the same frames sent by `ws`',
    n: 300,
    peers: ['plain', 'gateway'],
    script: 'gateway.mjs',
  },
  {
    name: 'gateway-client',
    what: '100,000 user events to a client: processor time of all, straight from `listen`, and through a gateway',
    n: 100_000,
    peers: ['straight', 'through'],
    script: 'gateway.mjs',
  },
  {
    name: 'gateway-idle',
    what: 'memory of an idle browser at a gateway, of a bare WebSocket, and what is allowed: twice that, and 40 kB',
    n: 1_000,
    fixed: true,
    peers: ['gateway'],
    script: 'gateway.mjs',
    node: ['--expose-gc'],
    once: true,
  },
  {
    name: 'gateway-herd',
    what: '1,000 browsers that come at once, and how often the agent is asked for its members',
    n: 1_000,
    fixed: true,
    peers: ['herd'],
    script: 'gateway.mjs',
  },
  {
    name: 'json-patch-10000',
    what: 'a document of 10,000 members, one of which has changed: finding the patch, and applying it',
    n: 60,
    peers: ['compare', 'diff', 'compare-shared', 'diff-shared', 'apply-patch', 'apply'],
    script: 'json-patch.mjs',
  },
  {
    name: 'json-patch-100',
    what: 'the same of 100 members',
    n: 6_000,
    peers: ['compare', 'diff', 'compare-shared', 'diff-shared', 'apply-patch', 'apply'],
    script: 'json-patch.mjs',
  },
  {
    name: 'juggler-share',
    what: '20,000 changes of one member of 10,000, as patches: by `shareSerf`, and by comparing the documents',
    n: 20_000,
    peers: ['diff', 'share'],
    script: 'juggler.mjs',
  },
  {
    name: 'juggler-1000',
    what: '200 changes of a document to each of 1,000 clients: with `jugglerListen`, and the same texts sent by `ws`',
    n: 200,
    peers: ['plain', 'shared'],
    script: 'juggler.mjs',
  },
  {
    name: 'jsonrpc-1000',
    what: '200,000 JSON-RPC requests over one connection, 1,000 of them at a time',
    n: 200_000,
    peers: ['bare', 'json-rpc-2.0', 'rxserf', 'aiorpcx'],
    script: 'jsonrpc.mjs',
  },
  {
    name: 'jsonrpc-serial',
    what: '50,000 JSON-RPC requests over one connection, one after the other',
    n: 50_000,
    peers: ['bare', 'json-rpc-2.0', 'rxserf'],
    script: 'jsonrpc.mjs',
  },
  {
    name: 'jsonrpc-flat',
    what: 'growth of the heap over 1,000,000 JSON-RPC requests, in bytes',
    n: 1_000_000,
    peers: ['flat'],
    script: 'jsonrpc.mjs',
    node: ['--expose-gc'],
    once: true,
  },
  {
    name: 'notifier-serial',
    what: '30,000 calls between two notifiers, one after the other, and over a session in JSON-RPC',
    n: 30_000,
    peers: ['jsonrpc', 'notifier'],
    script: 'notifier.mjs',
  },
  {
    name: 'notifier-1000',
    what: '200,000 calls between two notifiers, 1,000 of them at a time, and over a session in JSON-RPC',
    n: 200_000,
    peers: ['jsonrpc', 'notifier'],
    script: 'notifier.mjs',
  },
  {
    name: 'notifier-publish',
    what: '50,000 publications to 8 notifiers of another process, and bare writes of their bytes',
    n: 50_000,
    peers: ['bare', 'notifier'],
    script: 'notifier.mjs',
  },
  {
    name: 'notifier-select',
    what: 'publishing to one of so many slices of four masks, 1,000,000 times',
    n: 1_000_000,
    peers: ['10', '1000'],
    script: 'notifier.mjs',
  },
  {
    name: 'notifier-register',
    what: '50,000 registrations, so many at a time, announced to a peer',
    n: 50_000,
    peers: ['1000', '10000'],
    script: 'notifier.mjs',
  },
  {
    name: 'memory-live',
    what: 'heap of a subscription that goes on, in bytes',
    n: 10_000,
    peers: ['shared', 'own'],
    script: 'memory.mjs',
    node: ['--expose-gc'],
    piece: WHOLE,
    once: true,
  },
  {
    name: 'memory-flat',
    what: 'growth of the heap over 1,000,000 requests, or subscriptions that end, in bytes',
    n: 1_000_000,
    peers: ['requests', 'subscriptions', 'streams'],
    script: 'memory.mjs',
    node: ['--expose-gc'],
    piece: WHOLE,
    once: true,
  },
  {
    name: 'import-time',
    what: '`import`, in a process of its own',
    n: 1,
    peers: ['rxjs', 'rxserf'],
    script: 'import-time.mjs',
    repeat: 5,
    fixed: true,
  },
  {
    name: 'command',
    what: 'processor time of a run of the command: `node -e 0`, `rxserf --version`, `rxserf members` of 5',
    n: 10,
    peers: ['node', 'version', 'members'],
    script: 'command.mjs',
    piece: WHOLE,
    agent: { members: 5 },
    fixed: true,
  },
  {
    name: 'size',
    what: 'minified and gzipped for a browser, without rxjs, in bytes',
    n: 1,
    peers: ['core', 'own', 'operator'],
    script: 'size.mjs',
    once: true,
    fixed: true,
  },
];

/**
 * Those of the wire once more with what the load agent writes cut to pieces. A busy reader reads many of these at a time, so what
 * is long is measured with what is read cut, too.
 * @type {Workload[]}
 */
export const workloads = [
  ...throughput.flatMap((workload) => {
    const { name } = workload;
    const whole = { ...workload, piece: WHOLE };
    if (workload.inOnePiece) return [whole];
    const cut = { ...whole, base: name, whole: name };
    return [
      whole,
      { ...cut, name: `${name}/${CUT}`, piece: CUT },
      { ...cut, name: `${name}/${CUT}-read`, peers: ['limit-socket', 'rxserf'], read: CUT },
    ];
  }),
  ...inProcess,
];

/** Of the clusters that the load agents pretend to be. */
export const MEMBERS = 10_000;
export const RESPONSES = 1_000;
