// The clients of juggler.mjs: PORT CLIENTS FIRST FRAMES. Says `ready` when each has got FIRST frames, and `done` after FRAMES more.
import { WebSocket } from 'ws';

const [port, clients, first, frames] = process.argv.slice(2).map(Number);
let ready = 0;
let done = 0;
for (let i = 0; i < Number(clients); i++) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { perMessageDeflate: false });
  let count = 0;
  socket.on('error', (error) => console.log(`failed: ${error.message}`));
  socket.on('message', () => {
    count++;
    if (count === Number(first) && ++ready === Number(clients)) console.log('ready');
    if (count === Number(first) + Number(frames) && ++done === Number(clients)) console.log('done');
  });
}
