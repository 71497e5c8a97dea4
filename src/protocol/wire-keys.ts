import { viewOf } from './text-cache.ts';

/** The name of a field as it is on the wire, a head byte with the length and ASCII: its first, middle and last four bytes, which overlap. */
export interface Key {
  readonly length: number;
  readonly first: number;
  readonly middle: number;
  readonly middleAt: number;
  readonly last: number;
  readonly lastAt: number;
  /** Of the four bytes, those that are the key's: a short one has fewer. */
  readonly mask: number;
}

/** @param name of 2 to 11 characters */
function key(name: string): Key {
  const length = 1 + name.length;
  const bytes = Uint8Array.from({ length: 12 }, (_, i) =>
    i === 0 ? 0xa0 | name.length : name.charCodeAt(i - 1),
  );
  const view = viewOf(bytes);
  const lastAt = Math.max(length - 4, 0);
  const middleAt = Math.min(4, lastAt);
  return {
    length,
    first: view.getInt32(0),
    middle: view.getInt32(middleAt),
    middleAt,
    last: view.getInt32(lastAt),
    lastAt,
    mask: length < 4 ? -1 << (8 * (4 - length)) : -1,
  };
}

export const ADDR = /* @__PURE__ */ key('Addr');
export const COALESCE = /* @__PURE__ */ key('Coalesce');
export const DELEGATE_CUR = /* @__PURE__ */ key('DelegateCur');
export const DELEGATE_MAX = /* @__PURE__ */ key('DelegateMax');
export const DELEGATE_MIN = /* @__PURE__ */ key('DelegateMin');
export const ERROR = /* @__PURE__ */ key('Error');
export const EVENT = /* @__PURE__ */ key('Event');
export const FROM = /* @__PURE__ */ key('From');
export const ID = /* @__PURE__ */ key('ID');
export const LOG = /* @__PURE__ */ key('Log');
export const LTIME = /* @__PURE__ */ key('LTime');
export const MEMBERS = /* @__PURE__ */ key('Members');
export const NAME = /* @__PURE__ */ key('Name');
export const PAYLOAD = /* @__PURE__ */ key('Payload');
export const PORT = /* @__PURE__ */ key('Port');
export const PROTOCOL_CUR = /* @__PURE__ */ key('ProtocolCur');
export const PROTOCOL_MAX = /* @__PURE__ */ key('ProtocolMax');
export const PROTOCOL_MIN = /* @__PURE__ */ key('ProtocolMin');
export const SEQ = /* @__PURE__ */ key('Seq');
export const STATUS = /* @__PURE__ */ key('Status');
export const TAGS = /* @__PURE__ */ key('Tags');
export const TYPE = /* @__PURE__ */ key('Type');
