// Node ids as a person keeps them.

/** `ns=2;s=x` with the name of the namespace; that of the standard has no number to lose. */
export function stableId(nodeId: string, namespaces: readonly string[]): string {
  const match = /^ns=(\d+);(.*)$/s.exec(nodeId);
  if (match === null) return nodeId;
  const uri = namespaces[Number(match[1])];
  if (match[1] === '0') return match[2]!;
  return uri === undefined || uri.includes(';') ? nodeId : `nsu=${uri};${match[2]!}`;
}
