export * from './bodies.ts';
export * from './bug.ts';
export * from './frames.ts';
export * from './letters.ts';
export { failure, type Kit, manual, marbles, marblesWith } from './marbles.ts';
export * from './payloads.ts';
export { request } from './sent.ts';
export * from './soon.ts';
export { takesNo } from './takes-no.ts';
