/** Where a key leads from a row, of so many rows with so many in sight; `undefined` if it leads nowhere. Without a row, to the first. */
export function rowAfter(key: string, index: number, count: number, page: number): number | undefined {
  const to = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + page,
    PageUp: index - page,
    Home: 0,
    End: count - 1,
  }[key];
  if (to === undefined || count === 0) return undefined;
  return index < 0 && key !== 'End' ? 0 : Math.min(count - 1, Math.max(0, to));
}
