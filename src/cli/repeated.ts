// An option that may be given again: what was said each time, in order.
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
