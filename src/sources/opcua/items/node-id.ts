// A node id as people write it, made into the one this server understands today: namespace URIs are names,
// the numbers behind them are only true until the server's next start.

/** `nsu=<uri>;s=…` with the server's namespace array; undefined when the server has no such namespace. */
export function resolveNodeText(text: string, namespaces: readonly string[]): string | undefined {
  const match = /^nsu=([^;]+);([sibg]=.+)$/s.exec(text);
  if (match === null) return text;
  const index = namespaces.indexOf(match[1]!);
  return index < 0 ? undefined : `ns=${index};${match[2]!}`;
}
