// The browsers of `gateway.mjs`, in a process of their own: `URL COUNT WHAT BYTES`. Prints `ready` when all of them are where they
// should be, and `done` when each has got so many bytes more.
//
//   bare      says nothing
//   idle      has shaken hands and given its key
//   stream    listens to user events as well
//   members   asks for the members as well: with the answer it is ready
import { encode } from '@msgpack/msgpack';
import { WebSocket } from 'ws';

const [url = '', count = '0', what = '', bytes = '0'] = process.argv.slice(2);
const N = Number(count);
/** What each sends when it is open, and how many bytes of answers that makes at least. */
/** @type {object[][]} */
const requests = [
  [{ Command: 'handshake', Seq: 0 }, { Version: 1 }],
  [{ Command: 'auth', Seq: 1 }, { AuthKey: 'bench-key-0123456789' }],
];
if (what === 'stream') requests.push([{ Command: 'stream', Seq: 2 }, { Type: 'user' }]);
if (what === 'members') requests.push([{ Command: 'members', Seq: 2 }]);
const hello = Buffer.concat(requests.flat().map((value) => encode(value)));
/** `{Error: '', Seq: n}` for each request. */
const ANSWER = encode({ Error: '', Seq: 0 }).length;
const least = ANSWER * requests.length + (what === 'members' ? 1 : 0);

let ready = 0;
let done = 0;
for (let i = 0; i < N; i++) {
  const webSocket = new WebSocket(url, { perMessageDeflate: false });
  let got = 0;
  let isReady = false;
  const settled = () => {
    isReady = true;
    got = 0;
    if (++ready === N) console.log('ready');
  };
  webSocket.on('open', () => (what === 'bare' ? settled() : webSocket.send(hello)));
  webSocket.on('message', (/** @type {Buffer} */ data) => {
    got += data.length;
    if (!isReady) {
      if (got >= least) settled();
    } else if (got === Number(bytes)) {
      if (++done === N) console.log('done');
    } else if (got > Number(bytes)) fail(`a browser has got ${got} bytes of ${bytes}`);
  });
  webSocket.on('error', ({ message }) => fail(message));
  webSocket.on('close', (code, reason) => fail(`closed with ${code} ${reason}`));
}

/** @param {string} why */
function fail(why) {
  console.log(why);
  process.exit(1);
}
