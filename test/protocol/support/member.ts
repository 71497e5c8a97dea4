/** A member as it is on the wire, and as the client has it. */
export const MEMBER = {
  Name: 'n1',
  Addr: Uint8Array.of(10, 0, 0, 1),
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
export const member = {
  name: 'n1',
  address: '10.0.0.1',
  port: 7946,
  tags: { role: 'web' },
  status: 'alive',
  protocol: { min: 1, max: 5, current: 2 },
  delegate: { min: 2, max: 5, current: 4 },
};
