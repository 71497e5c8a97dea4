// The raw cases that were put to aiorpcX, in the order of `captures/`: what the peer sends, line by line.

const v2 = (message: object) => JSON.stringify({ jsonrpc: '2.0', ...message });

/** What a peer sends; a text is a line, bytes are sent as they are. */
export interface Case {
  readonly name: string;
  readonly sent: readonly (string | Uint8Array)[];
  /** Whether the peer closes its half then. */
  readonly halfClose?: boolean;
}

const CASES: Record<string, readonly (string | Uint8Array)[]> = {
  request: [v2({ id: 1, method: 'sum', params: [1, 2] })],
  'named args': [v2({ id: 2, method: 'sub', params: { b: 1, a: 5 } })],
  'no params': [v2({ id: 3, method: 'sum' })],
  'params {}': [v2({ id: 3, method: 'count', params: {} })],
  'params null': [v2({ id: 3, method: 'sum', params: null })],
  'params string': [v2({ id: 3, method: 'sum', params: 'x' })],
  'id string / 1.5 / null / absent / true / [] / {}': [
    v2({ id: 's', method: 'echo', params: ['a'] }),
    v2({ id: 1.5, method: 'echo', params: ['b'] }),
    v2({ id: null, method: 'echo', params: ['c'] }),
    v2({ method: 'echo', params: ['d'] }),
    v2({ id: true, method: 'echo', params: ['e'] }),
    v2({ id: [], method: 'echo', params: ['f'] }),
    v2({ id: {}, method: 'echo', params: ['g'] }),
  ],
  'unknown method': [v2({ id: 4, method: 'nope', params: [] })],
  'unknown method, notification': [v2({ method: 'nope', params: [] })],
  'too few': [v2({ id: 5, method: 'echo' })],
  'too many': [v2({ id: 5, method: 'echo', params: [1, 2] })],
  'missing name': [v2({ id: 5, method: 'sub', params: { b: 1 } })],
  'excess name': [v2({ id: 5, method: 'sub', params: { a: 1, z: 1 } })],
  'names to varargs': [v2({ id: 5, method: 'sum', params: { z: 1 } })],
  'method number': [v2({ id: 6, method: 5 })],
  'rpc error': [v2({ id: 7, method: 'fail', params: [42, 'no'] })],
  crash: [v2({ id: 8, method: 'crash' })],
  'crash in notification': [v2({ method: 'crash' })],
  'bad json': ['{'],
  'bad utf-8': [Uint8Array.of(0xff, 0xfe, 0x0a)],
  'empty line': [''],
  CRLF: ['{"jsonrpc":"2.0","id":1,"method":"sum","params":[1]}\r'],
  number: ['5'],
  string: ['"x"'],
  'empty batch': ['[]'],
  batch: [
    `[${[
      v2({ id: 1, method: 'sum', params: [1] }),
      v2({ method: 'note' }),
      v2({ id: 2, method: 'fail', params: [1, 'x'] }),
      v2({ id: 3, method: 'sum', params: [3] }),
    ]}]`,
  ],
  'batch of notifications': [`[${[v2({ method: 'note' }), v2({ method: 'note' })]}]`],
  'batch with garbage': [`[${[v2({ id: 1, method: 'sum', params: [1] }), '5', '{"x":1}']}]`],
  'batch only garbage': ['[1, 2]'],
  'batch: first slow': [
    `[${[v2({ id: 1, method: 'slow', params: [0.2] }), v2({ id: 2, method: 'sum', params: [2] })]}]`,
  ],
  'no jsonrpc': ['{"id":1,"method":"sum","params":[1]}'],
  'jsonrpc 1.0': ['{"jsonrpc":"1.0","id":1,"method":"sum","params":[1]}'],
  'v1 request no id': ['{"method":"sum","params":[1]}'],
  'v1 request id null': ['{"method":"sum","params":[1],"id":null}'],
  'v1 named': ['{"method":"sub","params":{"a":1},"id":1}'],
  'neither method nor result': [v2({ id: 1 })],
  'response to unsent': [v2({ id: 99, result: 1 })],
  'response null id error': [v2({ id: null, error: { code: -1, message: 'm' } })],
  'result and error': [v2({ id: 99, result: 1, error: { code: 1, message: 'x' } })],
  'batch of responses, unsent': [`[${v2({ id: 1, result: 1 })}]`],
  'two in one write': [
    '{"jsonrpc":"2.0","id":1,"method":"sum","params":[1]}\n{"jsonrpc":"2.0","id":2,"method":"sum","params":[2]}',
  ],
  'slow then fast (order)': [
    v2({ id: 1, method: 'slow', params: [0.2] }),
    v2({ id: 2, method: 'sum', params: [2] }),
  ],
  'half close after request': [v2({ id: 1, method: 'slow', params: [0.1] })],
  bye: [v2({ id: 1, method: 'bye', params: ['ciao'] })],
};

export const cases: readonly Case[] = Object.entries(CASES).map(([name, sent]) => ({
  name,
  sent,
  halfClose: name.startsWith('half'),
}));

/** What a case has on the wire. */
export function bytesOf({ sent }: Case): Uint8Array {
  const encoder = new TextEncoder();
  return Uint8Array.from(
    sent.flatMap((each) => [...(typeof each === 'string' ? encoder.encode(`${each}\n`) : each)]),
  );
}

/** The answers of a capture by case, and how the connection was then: `open` or `EOF`. */
export function captured(text: string): ReadonlyMap<string, { lines: readonly string[]; end: string }> {
  const answers = new Map<string, { lines: readonly string[]; end: string }>();
  let current = '';
  let lines: string[] = [];
  for (const line of text.trimEnd().split('\n')) {
    // The longest: one name begins like another.
    const known = cases
      .filter(({ name }) => line.startsWith(`${name} `))
      .sort((a, b) => b.name.length - a.name.length)[0];
    const rest = known ? line.slice(known.name.length).trimStart() : line;
    if (known) {
      current = known.name;
      lines = [];
    }
    const end = /(?:^| )(open|EOF|RST)$/.exec(rest);
    const answer = end ? rest.slice(0, end.index) : rest;
    if (answer !== '') lines.push(answer);
    if (end) answers.set(current, { lines, end: end[1] as string });
  }
  return answers;
}
