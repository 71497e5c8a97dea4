/** A duration in ms: `4 s`, `3 m 12 s`, `2 h`. */
export function durationText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1_000));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} m ${pad(s % 60)} s`;
  const h = Math.floor(s / 3_600);
  return h < 24 ? `${h} h` : `${Math.floor(h / 24)} d`;
}

/** A date in ms as `12:04:31`, where the reader is. */
export function clockText(at: number): string {
  const date = new Date(at);
  return `${minuteText(at)}:${pad(date.getSeconds())}`;
}

/** A date in ms as `12:04`. */
export function minuteText(at: number): string {
  const date = new Date(at);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** What follows the second: `.646`. */
export function millisText(at: number): string {
  return `.${String(new Date(at).getMilliseconds()).padStart(3, '0')}`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
