// Bodies as an agent has them on the wire. Where a letter will do, it is the payload, the line or the name.

const utf8 = new TextEncoder();

/** A record of `stream`: a user event. */
export function userEvent(payload: string | Uint8Array, name = 'deploy', ltime = 1) {
  return { Event: 'user', LTime: ltime, Name: name, Payload: payloadOf(payload), Coalesce: false };
}

/** A record of `stream`: a query that waits for an answer. */
export function queryEvent(id: number, payload = '', name = 'load', ltime = 1) {
  return { Event: 'query', ID: id, LTime: ltime, Name: name, Payload: payloadOf(payload) };
}

/** A record of `stream`: members have joined, left, … */
export function memberEvent(event: string, ...names: string[]) {
  return { Event: event, Members: names.map(wireMember) };
}

/** A record of `monitor`. */
export function line(text: string) {
  return { Log: text };
}

/** Records of `query`. */
export function ack(from: string) {
  return { Type: 'ack', From: from };
}
export function response(from: string, payload: string | Uint8Array = from) {
  return { Type: 'response', From: from, Payload: payloadOf(payload) };
}
export const done = { Type: 'done' };
/** What an agent sends around a query's deadline: it means nothing. */
export function phantom(type: 'ack' | 'response') {
  return { Type: type, From: '', Payload: null };
}

/** The answer to `members` and `members-filtered`. */
export function members(...names: string[]) {
  return { Members: names.map(wireMember) };
}

function wireMember(name: string) {
  return {
    Name: name,
    Addr: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1),
    Port: 7946,
    Tags: { role: 'web' },
    Status: 'alive',
    ProtocolMin: 1,
    ProtocolMax: 5,
    ProtocolCur: 2,
    DelegateMin: 2,
    DelegateMax: 5,
    DelegateCur: 4,
  };
}

/** A member as the client gives it. */
export function member(name: string) {
  return {
    name,
    address: '10.0.0.1',
    port: 7946,
    tags: { role: 'web' },
    status: 'alive',
    protocol: { min: 1, max: 5, current: 2 },
    delegate: { min: 2, max: 5, current: 4 },
  };
}

function payloadOf(payload: string | Uint8Array): Uint8Array {
  return typeof payload === 'string' ? utf8.encode(payload) : payload;
}
