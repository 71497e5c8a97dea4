// What the load agent sends, to hold against what a client delivers.

/** @typedef {{ltime: number | bigint, name: string, payload: Uint8Array}} User */

/**
 * Whether it is not the user event with this LTime: a look at all events while the clock is running, so it is a short one.
 * @param {number} ltime
 * @param {User} event
 * @param {number} size how many bytes its payload has
 */
export function isWrong(ltime, event, size = 64) {
  return event.ltime !== ltime || event.payload.length !== size || event.payload[0] !== (ltime & 255);
}

/**
 * What is wrong with a user event, at leisure.
 * @param {number} ltime
 * @param {User} event
 */
export function wrongUser(ltime, { ltime: time, name, payload }) {
  if (time !== ltime || name !== `deploy-${(ltime - 1) % 10}`) return `event ${ltime} is ${time} ${name}`;
  if (!(payload instanceof Uint8Array) || payload.length !== 64) return `event ${ltime} has another payload`;
  const byte = payload.findIndex((value, j) => value !== ((ltime + j) & 255));
  return byte < 0 ? undefined : `event ${ltime} has a wrong byte ${byte}`;
}

/**
 * What is wrong with the i-th member, from 0.
 * @param {number} i
 * @param {{name: string, address: string, rack: string | undefined}} member
 */
export function wrongMember(i, { name, address, rack }) {
  const right =
    name === nodeName(i) && address === `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` && rack === `r${i % 40}`;
  return right ? undefined : `member ${i} is ${name} ${address} ${rack}`;
}

/**
 * What is wrong with a query's i-th reply: all acks come first.
 * @param {number} i from 0
 * @param {number} responses
 * @param {{type: string, from: string, payload?: Uint8Array | null | undefined}} reply
 */
export function wrongReply(i, responses, { type, from, payload }) {
  const node = i % responses;
  const text = payload ? new TextDecoder().decode(payload) : '';
  const right =
    from === nodeName(node) &&
    (i < responses
      ? type === 'ack'
      : type === 'response' && text === `load ${node % 8}.${String(node % 100).padStart(2, '0')}`);
  return right ? undefined : `reply ${i} is ${type} ${from} ${text}`;
}

/** @param {number} i */
function nodeName(i) {
  return `node-${String(i).padStart(5, '0')}`;
}
