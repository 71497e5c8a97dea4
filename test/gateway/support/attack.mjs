// A flood in a process of its own: URL KIND. Says so when it has begun.
import { encode } from '@msgpack/msgpack';
import { WebSocket } from 'ws';

const [url = '', kind = ''] = process.argv.slice(2);
const HELLO = Buffer.concat([encode({ Command: 'handshake', Seq: 0 }), encode({ Version: 1 })]);
const attacks = { pings, upgrades, foreign, guesses, garbage };
const attack = new Map(Object.entries(attacks)).get(kind);
for (let i = 0; i < 8; i++) attack?.();
setTimeout(() => process.send?.('begun'), 500);

/** @param {object} options */
function open(options = {}) {
  const webSocket = new WebSocket(url, { perMessageDeflate: false, ...options });
  webSocket.on('error', () => {});
  return webSocket;
}

function pings() {
  const webSocket = open({ headers: { Authorization: 'Bearer viewer-key-0123456789' } });
  webSocket.on('open', () => {
    webSocket.send(HELLO);
    setInterval(() => {
      for (let i = 0; i < 5_000 && webSocket.bufferedAmount < 1_000_000; i++) webSocket.ping();
    }, 1);
  });
}

function upgrades() {
  open().on('open', upgrades).on('unexpected-response', upgrades);
}

function foreign() {
  open({ origin: 'https://evil.example' }).on('unexpected-response', (_, response) => {
    response.destroy();
    setImmediate(foreign);
  });
}

function guesses() {
  const webSocket = open();
  webSocket.on('open', () =>
    webSocket.send(
      Buffer.concat([
        HELLO,
        ...Array.from({ length: 200 }, (_, i) => [
          encode({ Command: 'auth', Seq: i + 1 }),
          encode({ AuthKey: `guess-${i}` }),
        ]).flat(),
      ]),
    ),
  );
  webSocket.on('close', () => setImmediate(guesses));
}

function garbage() {
  const webSocket = open();
  webSocket.on('open', () => webSocket.send(Buffer.alloc(60_000, 0x91)));
  webSocket.on('close', () => setImmediate(garbage));
}
