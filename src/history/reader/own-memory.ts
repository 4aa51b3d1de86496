// The memory of an answer that can be given away instead of copied: that of columns which have it for themselves.

/** Each once. Columns that lie in the memory of others are copied by the engine. */
export function ownMemory(answer: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  collect(answer, found, 0);
  return [...found];
}

/** Answers are columns, or objects with columns in them. */
const depthMax = 3;

function collect(value: unknown, found: Set<ArrayBuffer>, depth: number): void {
  if (typeof value !== 'object' || value === null || depth > depthMax) return;
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteLength } = value;
    // Without a length there is nothing to save, and constants may be such.
    if (buffer instanceof ArrayBuffer && byteLength > 0 && byteLength === buffer.byteLength)
      found.add(buffer);
    return;
  }
  if (Array.isArray(value) || value instanceof Map) return;
  for (const part of Object.values(value)) collect(part, found, depth + 1);
}
