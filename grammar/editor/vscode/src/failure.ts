/** What went wrong, in words. */

/** What an error says. */
export function asText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
