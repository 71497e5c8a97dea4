/** Several errors as one text, as an agent has it (hashicorp/go-multierror). */
export function severalErrors(errors: readonly string[]): string {
  const count = `${errors.length} error${errors.length === 1 ? '' : 's'}`;
  return `${count} occurred:\n\t* ${errors.join('\n\t* ')}\n\n`;
}
