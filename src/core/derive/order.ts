// In which order signals that are made of one another are computed; or the ring that allows none.

export type Order =
  | { readonly names: readonly string[]; readonly ring?: undefined }
  | { readonly names?: undefined; readonly ring: readonly string[] };

/**
 * `needs` says by name what it is made of; names it does not hold are there from the start. A ring begins and
 * ends with the same name.
 */
export function orderOf(needs: ReadonlyMap<string, readonly string[]>): Order {
  const done = new Set<string>();
  const open: string[] = [];
  const visit = (name: string): readonly string[] | undefined => {
    if (done.has(name)) return undefined;
    const since = open.indexOf(name);
    if (since >= 0) return [...open.slice(since), name];
    open.push(name);
    for (const need of needs.get(name) ?? []) {
      const ring = needs.has(need) ? visit(need) : undefined;
      if (ring !== undefined) return ring;
    }
    open.pop();
    done.add(name);
    return undefined;
  };
  for (const name of needs.keys()) {
    const ring = visit(name);
    if (ring !== undefined) return { ring };
  }
  return { names: [...done] };
}
