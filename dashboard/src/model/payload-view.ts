export const VIEWS = ['Text', 'JSON', 'Hex'] as const;
/** How bytes are read. */
export type PayloadView = (typeof VIEWS)[number];

/** So many bytes of a payload are shown as hex. */
const HEX_BYTES = 4_096;
/** So many bytes a line. */
const COLUMNS = 16;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The text that bytes are in UTF-8, if they are one. */
export function payloadText(payload: Uint8Array): string | undefined {
  try {
    return decoder.decode(payload);
  } catch {
    return undefined;
  }
}

/** The view that shows most of a payload. */
export function bestView(payload: Uint8Array): PayloadView {
  const text = payloadText(payload);
  if (text === undefined) return 'Hex';
  return /^\s*[[{]/.test(text) && json(text) !== undefined ? 'JSON' : 'Text';
}

/** The lines of a payload in a view, or why it cannot be had. */
export function payloadLines(
  payload: Uint8Array,
  view: PayloadView,
): { readonly lines: readonly string[]; readonly wrong?: string } {
  if (view === 'Hex') return { lines: hexLines(payload) };
  const text = payloadText(payload);
  if (text === undefined) return { lines: [], wrong: 'These bytes are not UTF-8.' };
  if (view === 'Text') return { lines: text.split('\n') };
  const pretty = json(text);
  return pretty === undefined
    ? { lines: [], wrong: 'This text is not JSON.' }
    : { lines: pretty.split('\n') };
}

/** A payload in one line. */
export function payloadPreview(payload: Uint8Array): string {
  return payloadText(payload) ?? `${payload.length} bytes that are not text`;
}

function json(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return undefined;
  }
}

function hexLines(payload: Uint8Array): string[] {
  const lines: string[] = [];
  for (let start = 0; start < Math.min(payload.length, HEX_BYTES); start += COLUMNS) {
    const bytes = [...payload.subarray(start, start + COLUMNS)];
    const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = bytes
      .map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
      .join('');
    lines.push(`${start.toString(16).padStart(4, '0')}  ${hex.padEnd(COLUMNS * 3)} ${text}`);
  }
  if (payload.length > HEX_BYTES) lines.push(`and ${payload.length - HEX_BYTES} bytes more`);
  return lines;
}
