/** A result as the JSON of `--json`: two spaces, one newline at the end. */
export function json(result: unknown): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}
